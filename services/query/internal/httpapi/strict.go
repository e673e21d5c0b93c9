package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// strictly refuses what would otherwise be another question with a plausible answer, as unknown parameters are: net/url leaves out pairs that it
// cannot read, so that a filter with a broken escape would be no filter, and of a parameter that is given twice only the first would count. Names are
// kept as UTF-8, so that a value that is none could never match.
func strictly(hc huma.Context, next func(huma.Context)) {
	address := hc.URL()
	values, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		refuse(hc, newProblem(http.StatusBadRequest, "unreadable-query", "",
			"The query string is not well-formed: a percent sign is followed by two hexadecimal digits, and pairs are separated by &, not by a semicolon."))
		return
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // of several wrong ones always the same is told
	for _, name := range names {
		switch given := values[name]; {
		case len(given) > 1:
			refuse(hc, parameterProblem("repeated-parameter", name, "is given more than once; several values are separated by commas"))
			return
		case !utf8.ValidString(given[0]) || !utf8.ValidString(name):
			refuse(hc, parameterProblem("invalid-parameter", strings.ToValidUTF8(name, "�"), "is not UTF-8"))
			return
		}
	}
	next(hc)
}

// refuse answers with a problem before the operation is reached.
func refuse(hc huma.Context, problem *huma.ErrorModel) {
	hc.SetHeader("Content-Type", "application/problem+json")
	hc.SetHeader("Cache-Control", noStore)
	hc.SetStatus(problem.Status)
	encoder := json.NewEncoder(hc.BodyWriter())
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(problem) // the client may be gone
}

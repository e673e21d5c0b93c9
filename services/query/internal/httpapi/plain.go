package httpapi

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Types of the problems that are found before a handler is asked. They are as stable as those of Problem.
var earlyTypes = map[int]string{
	http.StatusBadRequest: "malformed-body", http.StatusRequestTimeout: "too-slow", http.StatusNotAcceptable: "no-such-format",
	http.StatusRequestEntityTooLarge: "body-too-large", http.StatusUnsupportedMediaType: "unsupported-media-type", http.StatusUnprocessableEntity: "invalid-parameter",
}

// plainly puts every problem into the same words and gives it its type, whoever found it. The library that reads requests speaks of schemas and patterns,
// and tells what its JSON reader said; people who ask need the field, what is wrong with it and what to send instead.
func plainly(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	out := *m
	out.Errors = nil
	for _, e := range m.Errors {
		out.Errors = append(out.Errors, plainDetail(ctx.Operation(), e))
	}
	if out.Type != "" {
		return &out, nil
	}
	out.Type = "urn:tributary:problem:" + cmp.Or(earlyTypes[out.Status], "invalid-request")
	out.Detail = plainSummary(&out)
	return &out, nil
}

// plainSummary is the first thing that is wrong, in a sentence.
func plainSummary(m *huma.ErrorModel) string {
	switch {
	case m.Status == http.StatusRequestEntityTooLarge:
		return "The body is larger than this address takes. Send it in parts."
	case m.Status == http.StatusUnsupportedMediaType:
		return "This address does not take bodies of that Content-Type. /docs names those it takes."
	case len(m.Errors) == 0 && m.Status == http.StatusBadRequest:
		return "A body is needed. /docs shows one."
	case len(m.Errors) == 0:
		return "The request is not as /docs describes it."
	}
	first := m.Errors[0]
	_, name, _ := strings.Cut(first.Location, ".")
	summary := cmp.Or(name, first.Location) + ": " + first.Message
	if more := len(m.Errors) - 1; more > 0 {
		summary += fmt.Sprintf(" (and %d more, see errors)", more)
	}
	return summary
}

// plainDetail says one thing that is wrong. The value itself is left out: it is in the request, and may be long or somebody's.
func plainDetail(op *huma.Operation, e *huma.ErrorDetail) *huma.ErrorDetail {
	where, name, _ := strings.Cut(e.Location, ".")
	out := &huma.ErrorDetail{Location: e.Location, Message: e.Message}
	if where == "query" {
		out.Location = located(op, name)
	}
	for _, p := range phrases {
		if found := p.said.FindStringSubmatch(e.Message); found != nil {
			out.Message = p.plain(op, out, name, found)
			break
		}
	}
	return out
}

// located is where a field of an operation is: in its query, its path or its body.
func located(op *huma.Operation, name string) string {
	for _, p := range op.Parameters {
		if p.Name == name {
			return p.In + "." + name
		}
	}
	switch {
	case op.RequestBody == nil:
		return "query." + name
	case name == "body":
		return name
	}
	return "body." + name
}

// phrase turns words of the library into ours.
type phrase struct {
	said  *regexp.Regexp
	plain func(op *huma.Operation, d *huma.ErrorDetail, name string, found []string) string
}

func says(text string) func(*huma.Operation, *huma.ErrorDetail, string, []string) string {
	return func(*huma.Operation, *huma.ErrorDetail, string, []string) string { return text }
}

// saysFound is says with what the library's words name.
func saysFound(format string) func(*huma.Operation, *huma.ErrorDetail, string, []string) string {
	return func(_ *huma.Operation, _ *huma.ErrorDetail, _ string, found []string) string {
		return fmt.Sprintf(format, found[1])
	}
}

var phrases = []phrase{
	{regexp.MustCompile(`^unknown query parameter$`), unknownParameter},
	{regexp.MustCompile(`^required \w+ parameter is missing$`), missingParameter},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), saysFound("must be one of %s")},
	{regexp.MustCompile(`^(?:expected|invalid) integer`), says("must be a whole number, as 20")},
	{regexp.MustCompile(`^expected number >= (.+)$`), saysFound("must be %s or more")},
	{regexp.MustCompile(`^expected number <= (.+)$`), saysFound("must be %s or less")},
	{regexp.MustCompile(`^expected length >= (.+)$`), saysFound("must have %s characters or more")},
	{regexp.MustCompile(`^expected length <= (.+)$`), saysFound("must have %s characters or fewer")},
	{regexp.MustCompile(`^expected array length >= (.+)$`), saysFound("must name %s or more")},
	{regexp.MustCompile(`^expected array length <= (.+)$`), saysFound("must name %s or fewer")},
	{regexp.MustCompile(`^(?:expected|invalid) (?:number|float)`), says("must be a number, as 12.50")},
	{regexp.MustCompile(`^(?:expected|invalid) bool`), says("must be true or false")},
	{regexp.MustCompile(`^expected string to (?:match pattern|be) `), pattern},
	{regexp.MustCompile(`^expected string`), says("must be text, in quotes")},
	{regexp.MustCompile(`^expected array`), says("must be a list, in square brackets")},
	{regexp.MustCompile(`^expected object`), says("must be an object, in braces")},
	{regexp.MustCompile(`^expected required property (\S+) to be present`), missingProperty},
	{regexp.MustCompile(`^unexpected property`), says("is not known here: leave it out, or see /docs for what is")},
	{regexp.MustCompile(`^(unexpected end of JSON input|invalid character|unexpected EOF|cannot unmarshal|json:|EOF|unable to)`), says("is not JSON as it should be: /docs shows a body")},
	{regexp.MustCompile(`^expected `), says("is not what /docs says it must be")},
}

func unknownParameter(op *huma.Operation, d *huma.ErrorDetail, name string, _ []string) string {
	d.Location = "query." + name
	var known []string
	for _, p := range op.Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	slices.Sort(known)
	if len(known) == 0 {
		return "is not known here; this address takes no parameters"
	}
	return "is not known here; there are: " + strings.Join(known, ", ")
}

func missingParameter(op *huma.Operation, _ *huma.ErrorDetail, name string, _ []string) string {
	for _, p := range op.Parameters {
		if p.Name == name && p.Description != "" {
			return "is missing: " + p.Description
		}
	}
	return "is missing"
}

func missingProperty(_ *huma.Operation, d *huma.ErrorDetail, _ string, found []string) string {
	d.Location += "." + found[1]
	return "is missing; /docs says what it is"
}

// pattern is told by what the field is for, which says in words what the pattern says.
func pattern(op *huma.Operation, _ *huma.ErrorDetail, name string, _ []string) string {
	for _, p := range op.Parameters {
		if p.Name == name && p.Description != "" {
			return "is not written as it must be: " + p.Description
		}
	}
	return "is not written as /docs says it must be"
}

package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// registerOtherMethods answers every other method of a path with 405 and what the path does take (RFC 9110, section 15.5.6).
func registerOtherMethods(mux *http.ServeMux, document *huma.OpenAPI) {
	for path, item := range document.Paths {
		allow := strings.Join(methodsOf(item), ", ")
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			httpx.WriteProblem(w, r, httpx.NewProblem(http.StatusMethodNotAllowed, "urn:tributary:problem:method-not-allowed",
				"This path takes "+allow+". What the API takes is described at /docs; events are sent to the collector."))
		})
	}
}

func methodsOf(item *huma.PathItem) []string {
	methods := []string{}
	for method, o := range map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
	} {
		if o != nil {
			methods = append(methods, method)
		}
	}
	if item.Get != nil {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return methods
}

// documentRefusals adds to every operation what any request may be refused with before it is understood: a query string that cannot be read, a form
// that no answer has, a body that is none, of another kind, too large or from another site.
func documentRefusals(document *huma.OpenAPI) {
	for _, item := range document.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete, item.Patch} {
			if o == nil {
				continue
			}
			statuses := []int{http.StatusBadRequest}
			if _, isQuestion := o.Responses["304"]; isQuestion {
				statuses = append(statuses, http.StatusNotAcceptable)
			}
			if o.Method != http.MethodGet {
				statuses = append(statuses, http.StatusForbidden)
			}
			if o.RequestBody != nil {
				statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout)
			}
			documentProblems(o, statuses)
		}
	}
}

// documentProblems describes further problems as the one is described that every operation has.
func documentProblems(o *huma.Operation, statuses []int) {
	for _, status := range statuses {
		key := strconv.Itoa(status)
		if o.Responses[key] == nil {
			o.Responses[key] = &huma.Response{Description: http.StatusText(status), Content: o.Responses[strconv.Itoa(http.StatusUnprocessableEntity)].Content}
		}
	}
}

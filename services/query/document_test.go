package query_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// apiOperation is what these tests look at of an operation in the API's own document.
type apiOperation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Parameters                        []apiParameter
	RequestBody                       *struct{ Content map[string]json.RawMessage }
	Responses                         map[string]struct {
		Description string
		Content     map[string]struct {
			Schema   json.RawMessage
			Example  json.RawMessage
			Examples map[string]json.RawMessage
		}
	}
}

type apiParameter struct {
	Name, In, Description string
	Required              bool
	Example               json.RawMessage
	Schema                struct {
		Type     any
		Enum     []any
		Default  json.RawMessage
		Examples []json.RawMessage
		Items    json.RawMessage
	}
}

type apiDocument struct {
	OpenAPI string
	Info    struct{ Title, Version, Description string }
	Paths   map[string]map[string]apiOperation
}

func (w *world) document(headers ...string) apiDocument {
	w.t.Helper()
	_, _, body := get(w.t, w.url+"/api/openapi.json", headers...)
	return decoded[apiDocument](w.t, body)
}

// TestDocument_isComplete holds the document against what its readers need: every operation says what it is, every parameter what it means and what
// may stand in it, every answer what it looks like, with an example, and every way to fail.
func TestDocument_isComplete(t *testing.T) {
	w := newWorld(t, nil)
	d := w.document()
	if !strings.HasPrefix(d.OpenAPI, "3.1") || d.Info.Description == "" {
		t.Errorf("version %q, %q", d.OpenAPI, d.Info.Description)
	}
	ids := map[string]string{}
	for path, item := range d.Paths {
		for method, o := range item {
			at := strings.ToUpper(method) + " " + path
			if ids[o.OperationID] != "" || o.OperationID == "" {
				t.Errorf("%s: operation id %q is also that of %s", at, o.OperationID, ids[o.OperationID])
			}
			ids[o.OperationID] = at
			if o.Summary == "" || o.Description == "" || len(o.Tags) == 0 {
				t.Errorf("%s is not described", at)
			}
			for _, p := range o.Parameters {
				says := p.Example != nil || len(p.Schema.Enum)+len(p.Schema.Examples) > 0 || p.Schema.Default != nil || p.Schema.Items != nil || strings.Contains(p.Description, " ")
				if p.Description == "" || !says {
					t.Errorf("%s: parameter %s says neither what it means nor what may stand in it", at, p.Name)
				}
			}
			w.answersAreDocumented(at, o)
		}
	}
	if len(ids) < 30 {
		t.Errorf("only %d operations", len(ids))
	}
}

func (w *world) answersAreDocumented(at string, o apiOperation) {
	w.t.Helper()
	for _, status := range []string{"401", "422", "503", "504"} {
		problem, ok := o.Responses[status].Content["application/problem+json"]
		if !ok || problem.Schema == nil {
			w.t.Errorf("%s does not say what a %s looks like", at, status)
		}
	}
	good := slices.DeleteFunc([]string{"200", "201", "204"}, func(s string) bool { _, ok := o.Responses[s]; return !ok })
	if len(good) != 1 {
		w.t.Errorf("%s: answers %v", at, good)
		return
	}
	for media, content := range o.Responses[good[0]].Content {
		if content.Schema == nil {
			w.t.Errorf("%s as %s has no schema", at, media)
		}
		if media == "application/json" && content.Example == nil && len(content.Examples) == 0 {
			w.t.Errorf("%s has no example of its answer", at)
		}
	}
}

// TestProblems_everywhere tries what can be wrong with a request before anything is asked: always a problem document that says its status.
func TestProblems_everywhere(t *testing.T) {
	w := deskWorld(t)
	long := strings.Repeat("x", 17<<20)
	for name, c := range map[string]struct {
		method, path, body, contentType, accept, role string
		want                                          int
	}{
		"no such path":        {"GET", "/api/v1/nothing", "", "", "", "admin", 404},
		"no such API":         {"GET", "/api/v9/channels", "", "", "", "admin", 404},
		"method of a read":    {"POST", "/api/v1/channels", "{}", "", "", "admin", 405},
		"method of a change":  {"PATCH", "/api/v1/views/a", "{}", "", "", "admin", 405},
		"delete of a read":    {"DELETE", "/api/v1/journeys/a", "", "", "", "admin", 405},
		"no such format":      {"GET", "/api/v1/channels", "", "", "image/png", "admin", 406},
		"table of no table":   {"GET", "/api/v1/quality?format=csv", "", "", "", "admin", 406},
		"unknown parameter":   {"GET", "/api/v1/journeys?modle=x", "", "", "", "admin", 422},
		"body that is none":   {"PUT", "/api/v1/views/a", "{", "", "", "admin", 400},
		"body of other type":  {"PUT", "/api/v1/views/a", "name=x", "application/x-www-form-urlencoded", "", "admin", 415},
		"body without fields": {"PUT", "/api/v1/views/a", "{}", "", "", "admin", 422},
		"no body":             {"PUT", "/api/v1/views/a", "", "", "", "admin", 400},
		"too long a body":     {"POST", "/api/v1/rates", long, "text/csv", "", "admin", 413},
		"no token":            {"GET", "/api/v1/channels", "", "", "", "", 401},
		"wrong token":         {"GET", "/api/v1/channels", "", "", "", "nobody", 401},
		"too small a role":    {"PUT", "/api/v1/views/a", `{"name":"a","address":"/"}`, "", "", "viewer", 403},
		"too long an id":      {"GET", "/api/v1/journeys/" + strings.Repeat("x", 600), "", "", "", "admin", 422},
		"no such journey":     {"GET", "/api/v1/journeys/none", "", "", "", "admin", 404},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), c.method, w.url+c.path, strings.NewReader(c.body))
			w.check(err)
			request.Header.Set("Content-Type", "application/json")
			if c.contentType != "" {
				request.Header.Set("Content-Type", c.contentType)
			}
			if c.accept != "" {
				request.Header.Set("Accept", c.accept)
			}
			if c.role != "" {
				request.Header.Set(as(c.role)[0], as(c.role)[1])
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var problem struct {
				Title, Detail string
				Status        int
			}
			err = json.NewDecoder(response.Body).Decode(&problem)
			if response.StatusCode != c.want || response.Header.Get("Content-Type") != "application/problem+json" || err != nil || problem.Status != c.want || problem.Title == "" || problem.Detail == "" {
				t.Errorf("%d %s %+v %v, want %d", response.StatusCode, response.Header.Get("Content-Type"), problem, err, c.want)
			}
			if c.want == 405 && response.Header.Get("Allow") == "" {
				t.Error("it does not say what is allowed")
			}
			if c.want == 401 && response.Header.Get("WWW-Authenticate") == "" {
				t.Error("it does not say how to come in")
			}
		})
	}
}

// needed is the least role of every operation that is no question; what is not here a viewer may do.
var needed = map[string]string{
	"PUT /api/v1/views/{id}": "editor", "DELETE /api/v1/views/{id}": "editor", "GET /api/v1/audit": "approver",
	"POST /api/v1/periods/{month}/close": "approver", "POST /api/v1/periods/{month}/reopen": "approver", "POST /api/v1/rates": "admin",
}

// TestRoles tries every operation of the document as every role.
func TestRoles(t *testing.T) {
	w := deskWorld(t)
	b2b(w)
	roles := []string{"viewer", "editor", "approver", "admin"}
	bodies := map[string]string{
		"PUT /api/v1/views/{id}": `{"name":"n","address":"/channels"}`, "POST /api/v1/periods/{month}/close": `{"note":"n"}`, "POST /api/v1/periods/{month}/reopen": `{"note":"n"}`,
		"POST /api/v1/rates": `[{"day":"2026-01-01","from":"EUR","to":"USD","rate":"1.1"}]`,
	}
	tried := map[string]bool{}
	for path, item := range w.document(as("admin")...).Paths {
		for method := range item {
			at := strings.ToUpper(method) + " " + path
			tried[at] = true
			if path == "/api/v1/events" {
				continue // which goes on for as long as somebody listens
			}
			least := max(0, slices.Index(roles, needed[at]))
			for i, role := range roles {
				address := w.url + strings.NewReplacer("{id}", "x", "{month}", fmt.Sprintf("20%d0-01", i+1)).Replace(path)
				status, body := send(t, strings.ToUpper(method), address, bodies[at], as(role)...)
				if (status == http.StatusForbidden) != (i < least) || status == http.StatusUnauthorized || status >= 500 {
					t.Errorf("%s as %s: %d %s", at, role, status, body)
				}
			}
		}
	}
	for at := range needed {
		if !tried[at] {
			t.Errorf("there is no %s any more", at)
		}
	}
}

package access

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestGate(t *testing.T) {
	open := Config{Workspaces: []string{"default", "other"}}
	closed := Config{
		Workspaces: []string{"default", "other"},
		Tokens:     []Token{{Secret: "everything-0123456789"}, {Secret: "only-other-0123456789", Workspaces: []string{"other"}}},
	}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	for name, c := range map[string]struct {
		cfg    Config
		auth   func(*http.Request)
		asked  string
		status int
		want   string
	}{
		"open, first by default":        {open, nil, "", 200, "default"},
		"open, named":                   {open, nil, "other", 200, "other"},
		"open, unknown":                 {open, nil, "default' OR 1=1 --", 200, ""},
		"no token":                      {closed, nil, "", 401, ""},
		"wrong token":                   {closed, bearer("everything-012345678"), "", 401, ""},
		"empty token":                   {closed, bearer(""), "", 401, ""},
		"token for all":                 {closed, bearer("everything-0123456789"), "other", 200, "other"},
		"token for one, by default":     {closed, bearer("only-other-0123456789"), "", 200, "other"},
		"token for one, the other":      {closed, bearer("only-other-0123456789"), "default", 200, ""},
		"token as a browser's password": {closed, func(r *http.Request) { r.SetBasicAuth("me", "everything-0123456789") }, "", 200, "default"},
	} {
		t.Run(name, func(t *testing.T) {
			gate, err := New(c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			got, failed := "", error(nil)
			handler := gate.Require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, failed = Workspace(r.Context(), c.asked)
			}))
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if c.auth != nil {
				c.auth(r)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.status || got != c.want {
				t.Errorf("got status %d, workspace %q; want %d, %q", w.Code, got, c.status, c.want)
			}
			var unknown *UnknownWorkspaceError
			if c.status == 200 && (c.want == "") != errors.As(failed, &unknown) {
				t.Errorf("error: %v", failed)
			}
			if unknown != nil && c.auth != nil && slices.Contains(unknown.Visible, c.asked) {
				t.Errorf("the error names a workspace that the caller may not see: %v", unknown)
			}
		})
	}
}

func TestWithoutTheGateNothingIsVisible(t *testing.T) {
	if _, err := Workspace(t.Context(), ""); err == nil {
		t.Error("a handler that forgot the gate could read the default workspace")
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"no workspace":      {},
		"short token":       {Workspaces: []string{"a"}, Tokens: []Token{{Secret: "short"}}},
		"unknown workspace": {Workspaces: []string{"a"}, Tokens: []Token{{Secret: "0123456789abcdef", Workspaces: []string{"b"}}}},
	} {
		if c.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

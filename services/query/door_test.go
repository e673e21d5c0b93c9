package query_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query"
)

// browse asks as a browser would for a page of some site: under a Host, with the headers given.
func browse(t *testing.T, method, address, host, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// TestDoor_rebinding asks every operation under the name of another site that leads to this machine, as a browser does whose page's name was made to
// lead here after it was loaded: nothing is answered, probes and metrics included.
func TestDoor_rebinding(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	paths := []string{"/", "/docs", "/docs/data", "/metrics", "/healthz", "/api/openapi.json", "/no/such/page"}
	for path := range w.document().Paths {
		paths = append(paths, strings.NewReplacer("{id}", "x", "{month}", "2026-01").Replace(path))
	}
	for _, path := range paths {
		for _, host := range []string{"evil.example", "evil.example:8090", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[2001:db8::1]:8090", "notlocalhost"} {
			status, header, body := browse(t, http.MethodGet, w.url+path, host, "", "Sec-Fetch-Site", "same-origin")
			if status != http.StatusMisdirectedRequest || header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "localhost") {
				t.Errorf("%s as %s: %d %s", path, host, status, body)
			}
		}
	}
	for _, host := range []string{"localhost", "localhost:1", "LOCALHOST.", "dash.localhost:8090", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8090"} {
		if status, _, body := browse(t, http.MethodGet, w.url+"/api/v1/channels", host, ""); status != http.StatusOK {
			t.Errorf("as %s: %d %s", host, status, body)
		}
	}
}

// TestDoor_otherNames lets any name in where tokens or something in front decide who comes in.
func TestDoor_otherNames(t *testing.T) {
	tokens := newWorld(t, func(c *query.Config) { c.Tokens = []query.Token{{Secret: "reads-everything-1234"}} })
	if status, _, body := browse(t, http.MethodGet, tokens.url+"/api/v1/me", "figures.example", "", "Authorization", "Bearer reads-everything-1234"); status != http.StatusOK {
		t.Errorf("with a token: %d %s", status, body)
	}
	open := newWorld(t, func(c *query.Config) { c.Open = true })
	if status, _, body := browse(t, http.MethodGet, open.url+"/api/v1/me", "figures.example", ""); status != http.StatusOK {
		t.Errorf("behind a guard: %d %s", status, body)
	}
}

// TestDoor_otherOrigins asks from a page of another site: nothing is changed, no answer may be read by it, live ones included, and refusals are problems.
func TestDoor_otherOrigins(t *testing.T) {
	w := deskWorld(t)
	login := as("admin")
	for name, headers := range map[string][]string{
		"a fetch":          {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example", "Content-Type", "application/json"},
		"a form":           {"Sec-Fetch-Site", "cross-site", "Origin", "null", "Content-Type", "text/plain"},
		"a sister's page":  {"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1", "Content-Type", "text/plain"},
		"an older browser": {"Origin", "https://evil.example", "Content-Type", "application/x-www-form-urlencoded"},
	} {
		for address, method := range map[string]string{
			"/api/v1/views/a": http.MethodPut, "/api/v1/views/b": http.MethodDelete, "/api/v1/rates": http.MethodPost, "/api/v1/periods/2026-01/close": http.MethodPost, "/": http.MethodPost,
		} {
			status, header, body := browse(t, method, w.url+address, "", `{"name":"a","address":"/"}`, append(login, headers...)...)
			if status != http.StatusForbidden || header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %s %s: %d %s", name, method, address, status, body)
			}
		}
		for _, address := range []string{"/api/v1/channels", "/api/openapi.json", "/"} {
			_, header, _ := browse(t, http.MethodGet, w.url+address, "", "", append(login, headers...)...)
			for key := range header {
				if strings.HasPrefix(key, "Access-Control-") {
					t.Errorf("%s: %s says %s", name, address, key)
				}
			}
		}
	}
	if status, _, body := browse(t, http.MethodOptions, w.url+"/api/v1/rates", "", "", append(login, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")...); status < 400 {
		t.Errorf("a preflight: %d %s", status, body)
	}
	if _, body := send(t, "GET", w.url+"/api/v1/audit", "", login...); strings.Contains(body, `"action"`) {
		t.Errorf("something was changed: %s", body)
	}
}

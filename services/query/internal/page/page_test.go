package page

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
)

// served starts the pages over a made-up dashboard; nil: none was built.
func served(t *testing.T, built fstest.MapFS) http.Handler {
	t.Helper()
	document := huma.DefaultConfig("test", "1").OpenAPI
	cfg := Config{CollectorURL: `http://c.example/"><script>`, Document: document}
	if built != nil {
		cfg.Dashboard = built
	}
	p, err := New(cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	return mux
}

func ask(h http.Handler, path string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	all, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func built() fstest.MapFS {
	script := strings.Repeat("let a = 1;\n", 200)
	return fstest.MapFS{
		"index.html":         {Data: []byte(`<meta name="tributary-collector" content="COLLECTOR_URL">`)},
		"assets/index-1a.js": {Data: []byte(script)}, "theme.js": {Data: []byte("1")}, ".keep": {},
	}
}

func TestDashboard_everyPlaceIsTheSameDocument(t *testing.T) {
	h := served(t, built())
	for _, place := range []string{"/", "/outcomes", "/channels?channel=x", "/tracking", "/measurement", "/iteration"} {
		r := ask(h, place)
		text := body(t, r)
		if r.StatusCode != http.StatusOK || !strings.Contains(text, "http://c.example/") || strings.Contains(text, "<script>") {
			t.Errorf("%s: %d %s", place, r.StatusCode, text)
		}
		policy := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'; script-src 'self'; style-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %s", place, policy)
		}
	}
	if r := ask(h, "/assets/none.js"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is not there: %d", r.StatusCode)
	}
}

func TestDashboard_filesAreCompressedAndKept(t *testing.T) {
	h := served(t, built())
	plain, zipped := ask(h, "/assets/index-1a.js"), ask(h, "/assets/index-1a.js", "Accept-Encoding", "gzip, br")
	if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" || zipped.Header.Get("Cache-Control") != forever {
		t.Errorf("plain %v, zipped %v", plain.Header, zipped.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(body(t, zipped))))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || string(text) != body(t, plain) {
		t.Errorf("unzipped differs: %v", err)
	}
	if r := ask(h, "/", "If-None-Match", ask(h, "/").Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
		t.Errorf("the same document again: %d", r.StatusCode)
	}
	if r := ask(h, "/"); r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("a new version would never be seen: %s", r.Header.Get("Cache-Control"))
	}
}

func TestWithoutDashboard_saysHowToBuildIt(t *testing.T) {
	if r := ask(served(t, nil), "/"); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "make build") {
		t.Errorf("%d", r.StatusCode)
	}
}

func TestNotFound_forPeopleAndPrograms(t *testing.T) {
	h := served(t, built())
	if r := ask(h, "/api/v1/nothing"); r.StatusCode != http.StatusNotFound || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("programs: %d %s", r.StatusCode, r.Header.Get("Content-Type"))
	}
	if r := ask(h, "/nothing", "Accept", "text/html"); !strings.Contains(body(t, r), "There is no such page") {
		t.Error("people get a page")
	}
}

package pixel

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/collector/internal/pixel/bundle"
)

func handler(t *testing.T, o Options) http.Handler {
	t.Helper()
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	h, err := Wrap(next, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func do(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestScript_upToDate(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	js, err := bundle.Build(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(js, source) {
		t.Fatal("px.js is not what web makes: run go generate ./internal/pixel in services/collector")
	}
}

func TestScript_weight(t *testing.T) {
	res := do(handler(t, Options{}), "GET", "/px.js", "Accept-Encoding", "br, gzip")
	packed, err := io.ReadAll(res.Body)
	if err != nil || res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v, encoding %q", err, res.Header.Get("Content-Encoding"))
	}
	if len(packed) > MaxBytes {
		t.Errorf("px.js weighs %d bytes compressed, at most %d are allowed", len(packed), MaxBytes)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || !bytes.Equal(plain, source) {
		t.Errorf("unpacked it is another script (%v)", err)
	}
}

func TestScript_caching(t *testing.T) {
	h := handler(t, Options{})
	for _, encoding := range []string{"gzip", "identity"} {
		first := do(h, "GET", "/px.js", "Accept-Encoding", encoding)
		tag := first.Header.Get("ETag")
		if first.StatusCode != 200 || tag == "" || !strings.Contains(first.Header.Get("Cache-Control"), "max-age=3600") || first.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d %v", encoding, first.StatusCode, first.Header)
		}
		again := do(h, "GET", "/px.js", "Accept-Encoding", encoding, "If-None-Match", tag)
		if body, _ := io.ReadAll(again.Body); again.StatusCode != http.StatusNotModified || len(body) > 0 {
			t.Errorf("%s: again: %d with %d bytes, want 304 without", encoding, again.StatusCode, len(body))
		}
	}
	if res := do(h, "POST", "/px.js"); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", res.StatusCode)
	}
}

// TestCookie has requests that the collector may answer with a cookie, and those it may not: another site's page would get a third party's cookie.
func TestCookie(t *testing.T) {
	const id = "0b0d5e8e-6f1d-4b7e-9a53-1f1f8a3b2c11"
	for name, c := range map[string]struct{ target, origin, want string }{
		"subdomain":      {"https://t.acme.co.uk/v1/b?visitor=" + id, "https://www.acme.co.uk", "; Domain=acme.co.uk; Max-Age=31536000; Secure; SameSite=Lax"},
		"plain":          {"http://t.acme.example:8080/v1/b?visitor=" + id, "http://acme.example", "; Domain=acme.example; Max-Age=31536000; SameSite=Lax"},
		"address":        {"http://127.0.0.1:8080/v1/b?visitor=" + id, "http://127.0.0.1:9000", "; Max-Age=31536000; SameSite=Lax"},
		"localhost":      {"http://localhost:8080/v1/b?visitor=" + id, "http://localhost:9000", "; Max-Age=31536000; SameSite=Lax"},
		"other site":     {"https://t.acme.co.uk/v1/b?visitor=" + id, "https://shop.co.uk", ""},
		"ends alike":     {"https://notacme.example/v1/b?visitor=" + id, "https://acme.example", ""},
		"other address":  {"http://127.0.0.1/v1/b?visitor=" + id, "http://127.0.0.2", ""},
		"no origin":      {"https://t.acme.example/v1/b?visitor=" + id, "", ""},
		"opaque origin":  {"https://t.acme.example/v1/b?visitor=" + id, "null", ""},
		"no id":          {"https://t.acme.example/v1/b?visitor=", "https://acme.example", ""},
		"no id of ours":  {"https://t.acme.example/v1/b?visitor=a%3Bdomain%3Db", "https://acme.example", ""},
		"other endpoint": {"https://t.acme.example/healthz?visitor=" + id, "https://acme.example", ""},
	} {
		res := do(handler(t, Options{}), "POST", c.target, "Origin", c.origin)
		want := c.want
		if want != "" {
			want = CookieName + "=" + id + "; Path=/" + want
		}
		if got := res.Header.Get("Set-Cookie"); got != want || res.StatusCode != http.StatusTeapot {
			t.Errorf("%s: cookie %q and %d, want %q and the next handler", name, got, res.StatusCode, want)
		}
	}
	if res := do(handler(t, Options{}), "GET", "https://t.acme.example/v1/b?visitor="+id, "Origin", "https://acme.example"); res.Header.Get("Set-Cookie") != "" {
		t.Error("a GET got a cookie")
	}
}

func TestDemo(t *testing.T) {
	if res := do(handler(t, Options{Key: "pk"}), "GET", "/demo"); res.StatusCode != http.StatusTeapot {
		t.Errorf("without the setting /demo is served: %d", res.StatusCode)
	}
	h := handler(t, Options{Demo: true, Key: `pk"<`})
	for path, kind := range map[string]string{"/demo": "text/html", "/demo/pricing": "text/html", "/demo/demo.js": "text/javascript", "/demo/demo.css": "text/css"} {
		res := do(h, "GET", path)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) || res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %v (%v)", path, res.StatusCode, res.Header, err)
		}
		if kind == "text/html" && !bytes.Contains(body, []byte(`data-key="pk&#34;&lt;"`)) {
			t.Errorf("%s: the key is not in it, or not escaped", path)
		}
	}
	if res := do(h, "POST", "/demo"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the form's answer is %d", res.StatusCode)
	}
}

package pixel_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/collector/internal/pixel"
)

// FuzzCookie posts with any id, page and collector. A cookie is only ever set for a domain that both are in, and its value is the id.
func FuzzCookie(f *testing.F) {
	f.Add("visitor-1", "https://www.acme.example", "t.acme.example:8080")
	f.Add("visitor-1", "https://acme.github.io", "evil.github.io")
	f.Add("visitor-1", "http://127.0.0.1:1", "127.0.0.1")
	f.Add("visitor-1", "http://[::1]", "[::1]:80")
	f.Add("a;b", "https://co.uk", "t.co.uk")
	h, err := pixel.Wrap(http.NotFoundHandler(), pixel.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id, origin, host string) {
		r := httptest.NewRequest(http.MethodPost, "/v1/b", http.NoBody)
		r.URL.RawQuery = url.Values{"visitor": {id}}.Encode()
		r.Header.Set("Origin", origin)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		header := w.Header().Get("Set-Cookie")
		if header == "" {
			return
		}
		c, err := http.ParseSetCookie(header)
		if err != nil || c.Value != id {
			t.Fatalf("%q for %q: %v", header, id, err)
		}
		page, err := url.Parse(origin)
		if err != nil {
			t.Fatalf("a cookie for the origin %q", origin)
		}
		collector := (&url.URL{Host: host}).Hostname()
		for _, name := range []string{page.Hostname(), collector} {
			name = strings.ToLower(name)
			if c.Domain != "" && name != c.Domain && !strings.HasSuffix(name, "."+c.Domain) {
				t.Errorf("%q is set from %q for %q", header, host, origin)
			}
		}
		if c.Domain == "" && !strings.EqualFold(page.Hostname(), collector) {
			t.Errorf("strangers %q and %q share %q", origin, host, header)
		}
	})
}

package httpapi_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzBrowser asks as browsers and their trackers do, with any query, origin, address before the proxy and cookie. Nothing answers 5xx, nothing but what was counted is
// sent on, and an origin that is let in is the one that asked.
func FuzzBrowser(f *testing.F) {
	page := base64.RawURLEncoding.EncodeToString([]byte(`{"type":"page","anonymousId":"a"}`))
	f.Add(uint8(0), "k=pk&d="+page, "https://acme.example", "203.0.113.7", "sp=1")
	f.Add(uint8(0), "k=pk&d=%zz", "null", "::1%eth0", "")
	f.Add(uint8(1), "e=pv&aid=pk&url=https%3A%2F%2Fa.example%2F&duid=d&dtm=1665398554084", "http://[::1]:80", "1.2.3.4, x", "sp=a; sp=b")
	f.Add(uint8(1), "e=ue&aid=pk&ue_px=e30&duid=d", "https://a.example", "", "")
	f.Add(uint8(2), "", "https://a.example\r\nx: y", "", "")
	f.Add(uint8(3), "writeKey=pk", "https://a.example", "", "")
	f.Add(uint8(4), "pk", "", "", "")
	sent := taken{}
	h := handler(f, sent)
	f.Fuzz(func(t *testing.T, kind uint8, query, origin, forwarded, cookie string) {
		clear(sent)
		method, path := http.MethodGet, ""
		switch kind % 5 {
		case 0:
			path = "/px.gif"
		case 1:
			path = "/i"
		case 2:
			method, path = http.MethodOptions, "/v1/track"
		case 3:
			path = "/sourceConfig/"
		case 4:
			path = "/v1/projects/" + url.PathEscape(query) + "/settings"
		}
		r := httptest.NewRequest(method, path, http.NoBody)
		r.URL.RawQuery = query
		r.Header.Set("Origin", origin)
		r.Header.Set("X-Forwarded-For", forwarded)
		r.Header.Set("Cookie", cookie)
		r.RemoteAddr = "192.0.2.1:1234"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %q: %d %s", path, query, w.Code, w.Body)
		}
		if n := sent["events-v1"]; n > 0 && w.Code != http.StatusOK || sent["spend-v1"] > 0 {
			t.Errorf("%d, %v sent on", w.Code, sent)
		}
		allowed := w.Header().Get("Access-Control-Allow-Origin")
		if allowed != "" && allowed != "*" && allowed != origin {
			t.Errorf("%q is let in for %q", allowed, origin)
		}
		if allowed == "*" && w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Error("any origin with credentials, which browsers refuse")
		}
		for _, c := range w.Result().Cookies() {
			if c.Domain != "" && !strings.HasSuffix("example.com", strings.TrimPrefix(c.Domain, ".")) {
				t.Errorf("a cookie for %q from example.com", c.Domain)
			}
		}
	})
}

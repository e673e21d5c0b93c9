package collector_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector"
	"github.com/tributary-attribution/tributary/services/collector/internal/limit"
)

func TestLimit_perKey(t *testing.T) {
	now := time.Now()
	cfg := testConfig(topics(t))
	cfg.Limits.PerKey = limit.Config{PerSecond: 10, Burst: 30}
	r := startWith(t, cfg, collector.Dependencies{Now: func() time.Time { return now }})
	items := strings.TrimSuffix(strings.Repeat(`{"type":"page","anonymousId":"a"},`, 30), ",")
	r.ok("/v1/batch", secretKey, "["+items+"]", 30)
	got := r.post("/v1/page", secretKey, `{"anonymousId":"a"}`)
	if got.Status != 429 || got.Code != "rate_limited" || got.Header.Get("Retry-After") == "" || got.Header.Get("X-RateLimit-Reset") == "" {
		t.Fatalf("%d %s %v", got.Status, got.Raw, got.Header)
	}
	r.ok("/v1/page", otherKey, `{"anonymousId":"a"}`, 1)
	// Refusals of a key count against the key too: they are kept on rejected-v1, which nobody may flood.
	if got := r.post("/v1/page", secretKey, `{`); got.Status != 429 {
		t.Errorf("malformed beyond the limit: %d", got.Status)
	}
	if n := r.metric("tributary_collector_limited_total", "limit", "key"); n != 2 {
		t.Errorf("counted %v times, want 2", n)
	}
	if n := len(r.events()); n != 31 {
		t.Errorf("%d events, want 31", n)
	}
}

func TestLimit_perAddress(t *testing.T) {
	now := time.Now()
	cfg := testConfig(topics(t))
	cfg.Limits.PerAddress = limit.Config{PerSecond: 1, Burst: 2}
	cfg.Limits.TrustedProxies = []string{"127.0.0.0/8"}
	r := startWith(t, cfg, collector.Dependencies{Now: func() time.Time { return now }})
	page := `{"anonymousId":"a"}`
	from := func(ip string) http.Header { return header("X-Forwarded-For", "203.0.113.99, "+ip) }
	for i, v := range []struct {
		key    string
		header http.Header
		status int
	}{
		{publicKey, from("198.51.100.1"), 200},
		{"guess", from("198.51.100.1"), 401},
		{publicKey, from("198.51.100.1"), 429}, // what came before the proxy's own entry is the client's claim, and does not help
		{publicKey, from("198.51.100.2"), 200},
		{secretKey, from("198.51.100.1"), 200}, // a server sends for many
		{publicKey, from("2001:db8::1"), 200},
		{publicKey, from("2001:db8::2"), 200},
		{publicKey, from("2001:db8::3"), 429}, // one client has a whole /64
		{publicKey, from("2001:db8:0:1::3"), 200},
	} {
		if got := r.post("/v1/page", v.key, page, v.header); got.Status != v.status {
			t.Errorf("request %d: %d %s, want %d", i, got.Status, got.Raw, v.status)
		}
	}
	if n := r.metric("tributary_collector_limited_total", "limit", "address"); n != 2 {
		t.Errorf("counted %v times, want 2", n)
	}
}

// TestStrangers_cannotFloodRejected sends garbage without a key: all of it is counted, little of it is kept.
func TestStrangers_cannotFloodRejected(t *testing.T) {
	now := time.Now()
	cfg := testConfig(topics(t))
	cfg.Limits.KeptStrangers = limit.Config{PerSecond: 1, Burst: 3}
	r := startWith(t, cfg, collector.Dependencies{Now: func() time.Time { return now }})
	for range 20 {
		if got := r.post("/v1/page", "guess", `{"anonymousId":"a"}`); got.Status != 401 || got.Header.Get("WWW-Authenticate") == "" {
			t.Fatalf("%d %s", got.Status, got.Raw)
		}
	}
	if n := len(r.rejected()); n != 3 {
		t.Errorf("%d kept, want 3", n)
	}
	if all, unkept := r.metric("tributary_collector_strangers_total"), r.metric("tributary_collector_strangers_unkept_total"); all != 20 || unkept != 17 {
		t.Errorf("%v counted and %v of them not kept, want 20 and 17", all, unkept)
	}
}

func TestBrowser_preflightAndOrigin(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/v1/t", "/v1/batch", "/v1/identify"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, r.url+path, http.NoBody)
		req.Header.Set("Origin", "https://acme.example")
		req.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		got := r.do(req)
		if got.Status != 204 || got.Header.Get("Access-Control-Allow-Origin") != "https://acme.example" ||
			!strings.Contains(got.Header.Get("Access-Control-Allow-Headers"), "Authorization") || got.Header.Get("Access-Control-Max-Age") == "" {
			t.Errorf("%s: %d %v", path, got.Status, got.Header)
		}
	}
	for origin, want := range map[string]string{"https://acme.example": "https://acme.example", "": "*", "null": "*"} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		for _, body := range []string{`{"anonymousId":"a"}`, `{`} { // errors are readable as well
			if got := r.post("/v1/page", publicKey, body, h); got.Header.Get("Access-Control-Allow-Origin") != want || got.Header.Get("Vary") != "Origin" {
				t.Errorf("origin %q: %v", origin, got.Header)
			}
		}
	}
}

func TestPixel(t *testing.T) {
	r := start(t)
	get := func(query string) reply {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/px.gif?"+query, http.NoBody)
		req.Header.Set("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")
		return r.do(req)
	}
	// {"type":"page","anonymousId":"a?>","messageId":"px"} in base64url.
	const d = "eyJ0eXBlIjoicGFnZSIsImFub255bW91c0lkIjoiYT8-IiwibWVzc2FnZUlkIjoicHgifQ"
	got := get("k=" + publicKey + "&d=" + d)
	if got.Status != 200 || got.Header.Get("Content-Type") != "image/gif" || len(got.Raw) != 43 || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v, %d bytes", got.Status, got.Header, len(got.Raw))
	}
	if e := r.byID("px").Msg; e.VisitorId != "a?>" || !e.GetPage().GetOrigin().IsBot {
		t.Errorf("%v", e)
	}
	for query, status := range map[string]int{"d=" + d: 401, "k=" + publicKey + "&d=!": 400, "k=" + publicKey: 400, "k=guess&d=" + d: 401} {
		if got := get(query); got.Status != status || got.Code == "" {
			t.Errorf("%s: %d %s", query, got.Status, got.Raw)
		}
	}
}

func TestOperations(t *testing.T) {
	r := start(t)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "tributary_collector_requests_total"} {
		deadline, cancel := context.WithTimeout(t.Context(), patience)
		r.ok("/v1/page", publicKey, `{"anonymousId":"a"}`, 1)
		var got reply
		for got.Status != 200 && deadline.Err() == nil { // readiness comes with the first answer of the broker
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, http.NoBody)
			got = r.do(req)
		}
		cancel()
		if got.Status != 200 || !strings.Contains(string(got.Raw), want) {
			t.Errorf("%s: %d %.200s", path, got.Status, got.Raw)
		}
	}
	if got := r.post("/v1/nothing", publicKey, "{}"); got.Status != 404 {
		t.Errorf("an unknown path: %d", got.Status)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/v1/track", http.NoBody)
	if got := r.do(req); got.Status != 405 {
		t.Errorf("GET of an endpoint: %d", got.Status)
	}
	if n := r.metric("tributary_collector_requests_total", "endpoint", "page", "status", strconv.Itoa(200)); n != 3 {
		t.Errorf("%v requests counted, want 3", n)
	}
}

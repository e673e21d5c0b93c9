package httpx_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

func TestOperations(t *testing.T) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "up_test"}))
	var broken error
	mux := http.NewServeMux()
	httpx.Operations(mux, httpx.Checks{"kafka": func() error { return broken }, "disk": func() error { return nil }}, reg)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "up_test 0"} {
		if w := get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	broken = errors.New("no broker answers")
	w := get("/readyz")
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("not ready, but %d", w.Code)
	}
	var doc struct{ Checks map[string]string }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(doc.Checks, map[string]string{"kafka": "no broker answers"}); diff != "" {
		t.Errorf("checks (-got, +want):\n%s", diff)
	}
	if w := get("/healthz"); w.Code != http.StatusOK {
		t.Error("a process whose dependency is away is healthy: a restart would not help")
	}
}

func TestWriteProblem(t *testing.T) {
	for _, c := range []struct {
		name    string
		err     error
		status  int
		body    string
		headers map[string]string
	}{
		{
			"all members", &httpx.Problem{
				Type: "invalid-event", Status: 400, Detail: "one field is wrong", Fields: []httpx.FieldError{{Field: "/timestamp", Reason: "is in the future"}},
				Extensions: map[string]any{"workspace": "acme", "status": 200},
			}, 400,
			`{"detail":"one field is wrong","errors":[{"field":"/timestamp","reason":"is in the future"}],"instance":"/v1/track","status":400,"title":"Bad Request","type":"invalid-event","workspace":"acme"}`,
			map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"},
		},
		{
			"retry after, rounded up", &httpx.Problem{Status: 503, RetryAfter: 1500 * time.Millisecond}, 503,
			`{"instance":"/v1/track","status":503,"title":"Service Unavailable","type":"about:blank"}`,
			map[string]string{"Retry-After": "2"},
		},
		{
			"wrapped", fmt.Errorf("read body: %w", httpx.NewProblem(413, "body-too-large", "")), 413,
			`{"instance":"/v1/track","status":413,"title":"Request Entity Too Large","type":"body-too-large"}`, nil,
		},
		{
			"any other error keeps its secret", errors.New("dial tcp 10.0.0.7: refused"), 500,
			`{"instance":"/v1/track","status":500,"title":"Internal Server Error","type":"internal"}`, nil,
		},
		{"no status", &httpx.Problem{}, 500, `{"instance":"/v1/track","status":500,"title":"Internal Server Error","type":"about:blank"}`, nil},
		{
			"an extension that JSON cannot hold", &httpx.Problem{Status: 400, Extensions: map[string]any{"x": math.NaN()}}, 400,
			`{"instance":"/v1/track","status":400,"title":"Bad Request","type":"about:blank"}`, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			httpx.WriteError(w, httptest.NewRequest(http.MethodPost, "/v1/track?key=secret", nil), c.err)
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			if diff := cmp.Diff(w.Body.String(), c.body); diff != "" {
				t.Errorf("body (-got, +want):\n%s", diff)
			}
			for k, v := range c.headers {
				if got := w.Header().Get(k); got != v {
					t.Errorf("%s: %q, want %q", k, got, v)
				}
			}
		})
	}
}

func zip(s string) string {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return buf.String()
}

func TestReadBody(t *testing.T) {
	limits := httpx.BodyLimits{Bytes: 100, Decompressed: 1000}
	for _, c := range []struct {
		name, encoding, body, want string
		status                     int // 0: accepted
	}{
		{"empty", "", "", "", 0},
		{"plain", "", "hello", "hello", 0},
		{"at the limit", "", strings.Repeat("x", 100), strings.Repeat("x", 100), 0},
		{"over the limit", "", strings.Repeat("x", 101), "", 413},
		{"gzip", "gzip", zip("hello"), "hello", 0},
		{"gzip, capitals", "GZIP", zip("hello"), "hello", 0},
		{"unpacks to the limit", "gzip", zip(strings.Repeat("x", 1000)), strings.Repeat("x", 1000), 0},
		{"unpacks beyond it", "gzip", zip(strings.Repeat("x", 1001)), "", 413},
		{"bomb", "gzip", zip(strings.Repeat("x", 50_000)), "", 413},
		{"no gzip", "gzip", "hello", "", 400},
		{"gzip cut short", "gzip", zip("hello")[:20], "", 400},
		{"unknown encoding", "br", "hello", "", 415},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %t", c.name, chunked), func(t *testing.T) {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
				r.Header.Set("Content-Encoding", c.encoding)
				if chunked {
					r.ContentLength = -1 // the client does not say how much comes
				}
				got, err := httpx.ReadBody(httptest.NewRecorder(), r, limits)
				var p *httpx.Problem
				if c.status == 0 && (err != nil || string(got) != c.want) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
				if c.status != 0 && (!errors.As(err, &p) || p.Status != c.status) {
					t.Errorf("%d bytes, error %v; want status %d", len(got), err, c.status)
				}
			})
		}
	}
}

func TestReadBody_brokenConnection(t *testing.T) {
	for err, status := range map[error]int{timeout{}: 408, errors.New("reset by peer"): 400} {
		r := httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(err))
		_, got := httpx.ReadBody(httptest.NewRecorder(), r, httpx.DefaultBodyLimits())
		var p *httpx.Problem
		if !errors.As(got, &p) || p.Status != status {
			t.Errorf("%v became %v, want status %d", err, got, status)
		}
	}
}

type timeout struct{}

func (timeout) Error() string { return "i/o timeout" }
func (timeout) Timeout() bool { return true }

package query_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

var parameters = []string{
	"workspace", "model", "models", "from", "to", "basis", "group_by", "currency", "value", "conversion_type", "channel", "compare_from", "compare_to",
	"as_of", "sort", "limit", "offset", "unknown",
}

var attacks = []string{
	"'", "\\", "x' OR '1'='1", "x') UNION ALL SELECT * FROM spend_rows --", "default' OR workspace != '", "{workspace:String}", "\x00", "a\nb\tc", "\\N",
	"<script>alert(1)</script>", "99999999999999999999", "2026-01-01' --", "日本語", "\xff\xfe", strings.Repeat("x", 5000),
}

// TestInjection asks with every attack in every parameter: the answer is an answer or a 422, never another workspace's figures, never a
// failure, and the tables are still there.
func TestInjection(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	for _, path := range []string{"/api/v1/channels", "/api/v1/compare", "/"} {
		for _, parameter := range parameters {
			for _, attack := range attacks {
				address := path + "?" + parameter + "=" + url.QueryEscape(attack)
				status, header, body := get(t, w.url+address)
				if status != http.StatusOK && status != http.StatusUnprocessableEntity {
					t.Errorf("%s: %d %s", address, status, body)
				}
				if strings.Contains(body, "Secret") || strings.Contains(body, "secret_model") {
					t.Errorf("%s shows another workspace: %s", address, body)
				}
				isPage := strings.HasPrefix(header.Get("Content-Type"), "text/html")
				if isPage && strings.Contains(body, "<script>") || strings.Contains(body, "DB::Exception") {
					t.Errorf("%s: unescaped, or with the engine's own words: %s", address, body)
				}
				if header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s: a browser may take the answer for a page", address)
				}
			}
		}
	}
	if a := answered[answer.Channels](w, "/api/v1/channels"); a.Totals.Value != "1000.00" {
		t.Errorf("after all that the value is %s", a.Totals.Value)
	}
}

func TestNamesAreData(t *testing.T) {
	w := newWorld(t, nil)
	names := []string{`<script>alert("c")</script>`, `a'b\`, "tab\tand\nline", "日本語", `{"x":1}`, "=1+1", ""}
	for i, name := range names {
		w.cells(cell{basis: "touch", day: "2026-01-01", model: "linear", channel: name + fmt.Sprint(i), campaign: name, currency: "USD", revenue: 100, version: 1})
	}
	a := answered[answer.Channels](w, "/api/v1/channels?group_by=campaign&model=linear")
	for i, name := range names {
		if row(a, name+fmt.Sprint(i), name) == nil {
			t.Errorf("%q does not come back as it was", name)
		}
	}
	_, _, body := get(t, w.url+"/?group_by=campaign")
	if strings.Contains(body, "<script>alert") {
		t.Error("the page runs what a visitor's address says")
	}
}

func TestProblemsSayWhatToDo(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	for query, want := range map[string]string{
		"model=nonsense":                    "first_touch, position_based",
		"from=yesterday":                    "2026-01-31",
		"from=2026-02-01&to=2026-01-01":     "ends before it begins",
		"compare_from=2026-01-01":           "both compare_from and compare_to",
		"from=1980-01-01&to=2020-01-01":     "at most",
		"currency=euro":                     "ISO 4217",
		"basis=both":                        "basis",
		"group_by=ad":                       "group_by",
		"sort=spent":                        "cost_per_opportunity",
		"limit=0":                           "limit",
		"limit=1001":                        "limit",
		"offset=-1":                         "offset",
		"as_of=yesterday":                   "2026-03-01T12:00:00Z",
		"books=shut":                        "books",
		"as_of=2026-01-01&group_by=content": "the ledger names no",
		"modle=linear":                      "is not known here",
		"workspace=third":                   "you can read: default, other",
	} {
		status, header, body := get(t, w.url+"/api/v1/channels?"+query)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want 422 with %q", query, status, body, want)
		}
		if got := header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: content type %s", query, got)
		}
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t, func(c *query.Config) {
		c.Tokens = []query.Token{{Secret: "reads-everything-1234"}, {Secret: "reads-other-alone-1234", Workspaces: []string{"other"}}}
	})
	b2b(w)
	other := []string{"Authorization", "Bearer reads-other-alone-1234"}
	for _, path := range []string{"/api/v1/channels", "/api/v1/compare", "/", "/api/openapi.json", "/docs"} {
		if status, header, _ := get(t, w.url+path); status != http.StatusUnauthorized || header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s without a token: %d", path, status)
		}
		if status, _, _ := get(t, w.url+path, other...); status != http.StatusOK {
			t.Errorf("%s with a token: %d", path, status)
		}
	}
	for _, path := range []string{"/api/v1/channels?workspace=default", "/api/v1/compare?workspace=default"} {
		if status, _, body := get(t, w.url+path, other...); status != http.StatusUnprocessableEntity || strings.Contains(body, "Paid Search") {
			t.Errorf("%s with the other workspace's token: %d %s", path, status, body)
		}
	}
	if status, _, _ := get(t, w.url+"/healthz"); status != http.StatusOK {
		t.Errorf("probes carry no token: %d", status)
	}
	result, err := query.Report(t.Context(), query.ReportRequest{URL: w.url, Token: "reads-everything-1234"})
	if err != nil || result.Totals.Value != "1000.00" {
		t.Errorf("report with a token: %v", err)
	}
	if _, err := query.Report(t.Context(), query.ReportRequest{URL: w.url}); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("report without a token: %v", err)
	}
}

func TestClickHouseAway(t *testing.T) {
	cfg := query.DefaultConfig()
	cfg.HTTP.Addr = "127.0.0.1:0"
	cfg.ClickHouse.Addr, cfg.ClickHouse.DialTimeout = []string{"127.0.0.1:1"}, time.Second
	url := start(t, cfg)
	status, header, body := get(t, url+"/api/v1/channels")
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "Nothing is lost") {
		t.Errorf("%d %v %s", status, header, body)
	}
	if status, _, _ := get(t, url+"/"); status != http.StatusOK {
		t.Errorf("the page: %d: it is what tells people that the figures are away", status)
	}
	if status, _, body := get(t, url+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "clickhouse") {
		t.Errorf("readiness: %d %s", status, body)
	}
	if status, _, _ := get(t, url+"/healthz"); status != http.StatusOK {
		t.Errorf("health: %d: a restart would not bring ClickHouse back", status)
	}
	_, _, metrics := get(t, url+"/metrics")
	for _, want := range []string{
		`tributary_query_http_request_seconds_count{route="/api/v1/channels",status="503"} 1`, `tributary_query_http_request_seconds_count{route="/{$}",status="200"} 1`,
		`result="unavailable"`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

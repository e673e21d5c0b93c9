package query_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/tributary-attribution/tributary/services/query"
)

func TestOpenAPIAndDocs(t *testing.T) {
	w := newWorld(t, nil)
	status, _, body := get(t, w.url+"/api/openapi.json")
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Parameters []struct{ Name, Description string }
			Responses  map[string]any
		}
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || status != http.StatusOK || !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Fatalf("%d, version %q: %v", status, document.OpenAPI, err)
	}
	for _, path := range []string{"/api/v1/channels", "/api/v1/compare", "/api/v1/journeys/{id}", "/api/v1/journeys/{id}/explain"} {
		operation, ok := document.Paths[path]["get"]
		if !ok || operation.Responses["200"] == nil || operation.Responses["422"] == nil {
			t.Errorf("%s is not described", path)
		}
		for _, p := range operation.Parameters {
			if p.Description == "" {
				t.Errorf("%s: parameter %s says nothing", path, p.Name)
			}
		}
	}
	_, header, docs := get(t, w.url+"/docs")
	for _, want := range []string{"/api/v1/compare", "cost_per_opportunity", "compare_from"} {
		if !strings.Contains(docs, want) {
			t.Errorf("the documentation lacks %s", want)
		}
	}
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(docs, "<script") {
		t.Errorf("the documentation needs nothing from elsewhere: %s", policy)
	}
}

func TestUnknownPaths(t *testing.T) {
	w := newWorld(t, nil)
	if status, header, _ := get(t, w.url+"/api/v1/channel"); status != http.StatusNotFound || header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("for programs: %d %s", status, header.Get("Content-Type"))
	}
	if status, _, body := get(t, w.url+"/nothing", "Accept", "text/html"); status != http.StatusNotFound || !strings.Contains(body, "<h1>Nothing here</h1>") {
		t.Errorf("for people: %d %s", status, body)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/track", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") == "" {
		t.Errorf("an event sent to the wrong port: %d", response.StatusCode)
	}
}

func TestAccessLogAndMetrics(t *testing.T) {
	w := newWorld(t, nil)
	core, logs := observer.New(zap.InfoLevel)
	reg := prometheus.NewRegistry()
	cfg := query.DefaultConfig()
	cfg.HTTP.Addr = "127.0.0.1:0"
	cfg.ClickHouse.Addr = []string{"127.0.0.1:1"}
	s, err := query.New(cfg, query.Dependencies{Logger: zap.New(core), Registry: reg, Gatherer: reg})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Ready() == nil {
		t.Error("ready without ClickHouse")
	}
	get(t, s.URL()+"/api/v1/channels?model=linear", "Authorization", "Bearer a-secret-token-0123")
	get(t, s.URL()+"/healthz")
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if s.Err() != nil {
		t.Errorf("a stopped service did not fail: %v", s.Err())
	}
	entries := logs.FilterMessage("request").All()
	if len(entries) != 1 {
		t.Fatalf("%d requests logged: probes are not news", len(entries))
	}
	fields := entries[0].ContextMap()
	if fields["route"] != "/api/v1/channels" || fields["query"] != "model=linear" || fields["status"] != int64(503) {
		t.Errorf("logged: %v", fields)
	}
	for _, value := range fields {
		if text, ok := value.(string); ok && strings.Contains(text, "a-secret-token") {
			t.Error("the log holds a token")
		}
	}
	_, _, metrics := get(t, w.url+"/metrics")
	if !strings.Contains(metrics, "tributary_query_http_requests_in_flight 1") {
		t.Error("the request that asks for metrics is in flight")
	}
}

func TestConfig(t *testing.T) {
	if err := query.DefaultConfig().Validate(); err != nil {
		t.Errorf("the default configuration: %v", err)
	}
	for name, change := range map[string]func(*query.Config){
		"open to the world without a token": func(c *query.Config) { c.HTTP.Addr = "0.0.0.0:8090" },
		"no workspace":                      func(c *query.Config) { c.Workspaces = nil },
		"no model":                          func(c *query.Config) { c.Model = "" },
		"no currency":                       func(c *query.Config) { c.Workspaces[0].BaseCurrency = "dollars" },
		"a rate without a day":              func(c *query.Config) { c.Rates = []query.Rate{{From: "EUR", To: "USD", Rate: "1.1"}} },
		"a short token":                     func(c *query.Config) { c.Tokens = []query.Token{{Secret: "short"}} },
		"no time":                           func(c *query.Config) { c.MaxExecution = 0 },
		"no rows":                           func(c *query.Config) { c.MaxResultRows = 0 },
		"a collector that is no URL":        func(c *query.Config) { c.CollectorURL = "collector" },
	} {
		cfg := query.DefaultConfig()
		change(&cfg)
		if cfg.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := query.New(cfg, query.Dependencies{Logger: zap.NewNop(), Registry: prometheus.NewRegistry()}); err == nil {
			t.Errorf("%s: a service was made of it", name)
		}
	}
	cfg := query.DefaultConfig()
	cfg.HTTP.Addr = "0.0.0.0:8090"
	cfg.Open = true
	if err := cfg.Validate(); err != nil {
		t.Errorf("open on purpose: %v", err)
	}
	if _, err := query.New(query.DefaultConfig(), query.Dependencies{}); err == nil {
		t.Error("a service without a logger was made")
	}
}

func TestTerminalOptions_ofAFile(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "report")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if o := query.TerminalOptions(f, func(string) string { return "" }); o.Color || o.Width != 0 {
		t.Errorf("a file is no terminal: %+v", o)
	}
}

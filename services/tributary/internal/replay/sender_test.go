package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// collector is a stand-in that keeps what it was sent; answer decides the status and body of each request.
type collector struct {
	mu       sync.Mutex
	requests map[string]int
	items    map[string]int
	inFlight atomic.Int32
	most     atomic.Int32
	answer   func(n int, path string, items []json.RawMessage) (int, string)
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	text, _ := io.ReadAll(r.Body)
	var items []json.RawMessage
	var envelope struct{ Batch []json.RawMessage }
	if err := json.Unmarshal(text, &items); err != nil {
		if err := json.Unmarshal(text, &envelope); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		items = envelope.Batch
	}
	c.mu.Lock()
	c.requests[r.URL.Path]++
	n := 0
	for _, k := range c.requests {
		n += k
	}
	c.mu.Unlock()
	status, body := c.answer(n, r.URL.Path, items)
	if status < 300 {
		c.mu.Lock()
		c.items[r.URL.Path] += len(items)
		c.mu.Unlock()
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func serve(t *testing.T, answer func(n int, path string, items []json.RawMessage) (int, string)) (*collector, Config) {
	t.Helper()
	c := &collector{requests: map[string]int{}, items: map[string]int{}, answer: answer}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	cfg := DefaultConfig()
	cfg.Collector, cfg.Key, cfg.RetryFor = server.URL, "secret", 10*time.Second
	return c, cfg
}

func send(t *testing.T, cfg Config, text string) (Counts, []Refusal, error) {
	t.Helper()
	tally := NewTally()
	sender, err := NewSender(cfg, tally)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	err = sender.Send(t.Context(), open(t, text))
	return tally.Counts(), tally.Refusals(), err
}

func mixed(pages, touches int) string {
	var b strings.Builder
	for i := range pages {
		fmt.Fprintf(&b, "{\"type\":\"page\",\"n\":%d}\n", i)
	}
	for i := range touches {
		fmt.Fprintf(&b, "{\"type\":\"touch\",\"n\":%d}\n", i)
	}
	return b.String()
}

func TestSend_batchesByEndpointWithBoundedInFlight(t *testing.T) {
	c, cfg := serve(t, func(int, string, []json.RawMessage) (int, string) { return 200, `{"success":true}` })
	cfg.BatchItems, cfg.Workers = 10, 3
	counts, _, err := send(t, cfg, mixed(95, 12))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(counts, Counts{Read: 107, Accepted: 107}); diff != "" {
		t.Errorf("(-got, +want):\n%s", diff)
	}
	want := map[string]int{"/v1/batch": 10, "/v1/touches": 2}
	if diff := cmp.Diff(c.requests, want); diff != "" {
		t.Errorf("requests (-got, +want):\n%s", diff)
	}
	if most := c.most.Load(); most > 3 {
		t.Errorf("%d requests in flight, want at most 3", most)
	}
}

func TestSend_retriesWhatMayPass(t *testing.T) {
	_, cfg := serve(t, func(n int, _ string, _ []json.RawMessage) (int, string) {
		return map[int]int{1: 503, 2: 429}[n] + 200*min(1, max(0, n-2)), `{"success":true}`
	})
	counts, _, err := send(t, cfg, mixed(5, 0))
	if err != nil {
		t.Fatal(err)
	}
	if counts.Accepted != 5 || counts.Retries != 2 {
		t.Errorf("got %+v, want 5 accepted after 2 retries", counts)
	}
}

func TestSend_countsRefusalsByReason(t *testing.T) {
	_, cfg := serve(t, func(_ int, path string, _ []json.RawMessage) (int, string) {
		if path == "/v1/touches" {
			return 413, `{"code":"too_large","title":"too large"}`
		}
		return 200, `{"accepted":3,"rejected":2,"results":[{"index":0,"status":200},{"index":1,"status":422,"field":"event","code":"missing_field","reason":"no event"},{"index":2,"status":200},{"index":3,"status":422,"field":"event","code":"missing_field","reason":"no event"},{"index":4,"status":200}]}`
	})
	counts, refusals, err := send(t, cfg, mixed(5, 4)+"{bad\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(counts, Counts{Read: 9, Accepted: 3, Rejected: 7}); diff != "" {
		t.Errorf("(-got, +want):\n%s", diff)
	}
	got := map[string]int{}
	for _, r := range refusals {
		got[r.Code] = r.Count
	}
	if diff := cmp.Diff(got, map[string]int{"too_large": 4, "missing_field": 2, "malformed_json": 1}); diff != "" {
		t.Errorf("reasons (-got, +want):\n%s", diff)
	}
}

func TestSend_refusedKeyEndsTheRun(t *testing.T) {
	c, cfg := serve(t, func(int, string, []json.RawMessage) (int, string) { return 401, `{"title":"unknown key"}` })
	cfg.BatchItems, cfg.Workers = 1, 1
	_, _, err := send(t, cfg, mixed(50, 0))
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Fatalf("got %v, want an error that names the status", err)
	}
	if c.requests["/v1/batch"] > 3 {
		t.Errorf("%d requests after the first refusal", c.requests["/v1/batch"])
	}
}

func TestSend_collectorAwayEndsTheRunAfterTheRetryTime(t *testing.T) {
	_, cfg := serve(t, nil)
	cfg.Collector, cfg.RetryFor = "http://127.0.0.1:1", 300*time.Millisecond
	_, _, err := send(t, cfg, mixed(1, 0))
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1/v1/batch") {
		t.Fatalf("got %v, want an error that names the address", err)
	}
}

func TestSend_stopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, cfg := serve(t, func(int, string, []json.RawMessage) (int, string) { cancel(); return 503, "" })
	sender, err := NewSender(cfg, NewTally())
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(ctx, open(t, mixed(1, 0))); err == nil {
		t.Fatal("want an error")
	}
}

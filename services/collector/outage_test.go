package collector_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/collector"
)

// TestKafkaAway takes the broker away and brings it back: 503 with Retry-After for every request in between, first after the wait for an acknowledgement and then, when
// too much waits, at once; readiness says so; afterwards what was acknowledged is there and everything goes on by itself.
func TestKafkaAway(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	broker, err := embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	k := kafka.DefaultConfig()
	k.Brokers = broker.Brokers()
	if err := kafka.EnsureTopics(ctx, k, partitions, 1); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(k)
	cfg.Produce.AckTimeout, cfg.Produce.PingInterval, cfg.Produce.MaxInflightBytes = 300*time.Millisecond, 100*time.Millisecond, 1<<20
	cfg.Limits.RetryAfter = 2 * time.Second
	r := startWith(t, cfg, collector.Dependencies{})
	page := func(id string) string { return `{"anonymousId":"a","messageId":"` + id + `"}` }
	// The first acknowledgement takes longer than the limit of later ones, on a slow machine: connections are made for it.
	await(t, "acknowledged", func() bool { return r.post("/v1/page", secretKey, page("before")).Status == http.StatusOK })
	await(t, "ready", func() bool { return r.svc.Ready() == nil })
	if err := broker.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	got := r.post("/v1/page", secretKey, page("during"))
	if got.Status != 503 || got.Code != "unavailable" || got.Header.Get("Retry-After") != "2" {
		t.Fatalf("%d %s %v", got.Status, got.Raw, got.Header)
	}
	await(t, "not ready", func() bool { return r.svc.Ready() != nil })
	big := strings.Repeat("x", 30_000)
	var busy float64
	for i := 0; i < 100 && busy == 0; i++ {
		items := make([]string, 15)
		for j := range items {
			items[j] = fmt.Sprintf(`{"anonymousId":"a","name":"%s","messageId":"fill-%d-%d","context":{"page":{"url":"https://a.example/%s"}}}`, big[:200], i, j, big[:2000])
		}
		if got := r.post("/v1/page", secretKey, "["+strings.Join(items, ",")+"]"); got.Status != 503 {
			t.Fatalf("%d %s", got.Status, got.Raw)
		}
		busy = r.metric("tributary_collector_busy_total")
	}
	if busy == 0 {
		t.Error("the in-flight limit was never reached")
	}
	if b := r.metric("tributary_collector_inflight_bytes"); b == 0 || b > float64(cfg.Produce.MaxInflightBytes) {
		t.Errorf("%v bytes in flight, want at most %d", b, cfg.Produce.MaxInflightBytes)
	}
	// A malformed request must be kept on rejected-v1; while it cannot be, its sender is asked to come again like any other.
	if got := r.post("/v1/page", secretKey, "{"); got.Status != 503 {
		t.Errorf("malformed while Kafka is away: %d", got.Status)
	}
	if broker, err = embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: dir, Addr: k.Brokers[0]}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = r.svc.Stop(stop)
		_ = broker.Stop(stop)
	})
	await(t, "acknowledged again", func() bool { return r.post("/v1/page", secretKey, page("after")).Status == http.StatusOK })
	await(t, "ready again", func() bool { return r.svc.Ready() == nil })
	await(t, "nothing in flight", func() bool { return r.metric("tributary_collector_inflight_bytes") == 0 })
	r.byID("before")
	r.byID("after")
	if n := r.metric("tributary_collector_unavailable_total"); n < 3 {
		t.Errorf("%v unavailable answers counted", n)
	}
}

// await waits until a condition holds.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, limit := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestStop_finishesWhatRuns stops the collector while requests are on their way: each is answered 200 and stored, or not answered.
func TestStop_finishesWhatRuns(t *testing.T) {
	r := start(t)
	type outcome struct {
		id string
		ok bool
	}
	results, started := make(chan outcome, 64), make(chan struct{}, 64)
	for i := range 16 {
		go func() {
			id := fmt.Sprintf("s%d", i)
			started <- struct{}{}
			results <- outcome{id, postTo(r.url, `[{"type":"page","anonymousId":"a","messageId":"`+id+`"}]`)}
		}()
	}
	for range 16 {
		<-started
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.svc.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for _, e := range r.events() {
		stored[e.Msg.Id] = true
	}
	for range 16 {
		if o := <-results; o.ok && !stored[o.id] {
			t.Errorf("%s was acknowledged and is not there", o.id)
		}
	}
}

package produce_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

func cluster(t *testing.T) (*kfake.Cluster, kafka.Config) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events-v1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	k := kafka.DefaultConfig()
	k.Brokers = c.ListenAddrs()
	return c, k
}

func started(t *testing.T, k kafka.Config, change func(*produce.Config)) *produce.Producer {
	t.Helper()
	cfg := produce.DefaultConfig()
	change(&cfg)
	p, err := produce.New(cfg, k, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = p.Stop(ctx)
	})
	return p
}

func records(from, n int) []produce.Record {
	out := make([]produce.Record, n)
	for i := range out {
		out[i] = produce.Record{Topic: "events-v1", Key: []byte("k"), Value: fmt.Appendf(nil, "%d", from+i)}
	}
	return out
}

// stored reads the topic back and counts values.
func stored(t *testing.T, k kafka.Config, n int) map[string]int {
	t.Helper()
	cl, err := kafka.NewReader(k, "test", kgo.ConsumeTopics("events-v1"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out := map[string]int{}
	for len(out) < n && ctx.Err() == nil {
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) { out[string(r.Value)]++ })
	}
	return out
}

// TestSend_lostAcknowledgement writes and answers with an error afterwards, as a broker does whose answer gets lost: the client sends the batch again, and the record is
// there once all the same.
func TestSend_lostAcknowledgement(t *testing.T) {
	c, k := cluster(t)
	p := started(t, k, func(*produce.Config) {})
	const n = 200
	for _, e := range []*kerr.Error{kerr.RequestTimedOut, kerr.NotEnoughReplicasAfterAppend} {
		c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: e, Count: 10})
	}
	for i := range n / 10 {
		if err := p.Send(t.Context(), records(i*10, 10)); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	got := stored(t, k, n)
	if len(got) != n {
		t.Fatalf("%d of %d records are there", len(got), n)
	}
	for v, times := range got {
		if times != 1 {
			t.Errorf("record %s is there %d times", v, times)
		}
	}
}

// TestSend_lostConnection cuts the connection instead of answering, before and after the write.
func TestSend_lostConnection(t *testing.T) {
	c, k := cluster(t)
	p := started(t, k, func(*produce.Config) {})
	cuts := 0
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if cuts++; cuts%3 == 1 && cuts < 30 {
			return nil, errors.New("cut"), true
		}
		return nil, nil, false
	})
	const n = 200
	for i := range n / 10 {
		if err := p.Send(t.Context(), records(i*10, 10)); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	for v, times := range stored(t, k, n) {
		if times != 1 {
			t.Errorf("record %s is there %d times", v, times)
		}
	}
	if cuts < 20 {
		t.Errorf("only %d produce requests were seen", cuts)
	}
}

// TestSend_tooSlow holds the answers back: the wait ends, the room stays taken until the answer comes, and what does not fit is refused at once and whole.
func TestSend_tooSlow(t *testing.T) {
	c, k := cluster(t)
	p := started(t, k, func(cfg *produce.Config) { cfg.AckTimeout, cfg.MaxInflightBytes = 50*time.Millisecond, 1<<20 })
	// The first record may take longer than that: connections are made for it.
	if err := p.Send(t.Context(), records(0, 1)); err != nil && !errors.Is(err, produce.ErrTimeout) {
		t.Fatal(err)
	}
	tick, limit := time.NewTicker(time.Millisecond), time.After(2*time.Minute)
	defer tick.Stop()
	for p.Inflight() > 0 {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("the first record is not acknowledged in two minutes")
		}
	}
	f := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition, Count: -1})
	if err := p.Send(t.Context(), records(1, 1)); !errors.Is(err, produce.ErrTimeout) {
		t.Fatalf("%v, want ErrTimeout", err)
	}
	if p.Inflight() == 0 {
		t.Error("a record on its way is not counted")
	}
	big := []produce.Record{{Topic: "events-v1", Value: make([]byte, 1<<20)}, records(2, 1)[0]}
	if err := p.Send(t.Context(), big); !errors.Is(err, produce.ErrBusy) {
		t.Fatalf("%v, want ErrBusy", err)
	}
	f.Remove()
	if err := p.Send(t.Context(), records(3, 1)); err != nil && !errors.Is(err, produce.ErrTimeout) {
		t.Fatal(err)
	}
	got := stored(t, k, 3)
	if got["0"] != 1 || got["1"] != 1 || got["3"] != 1 || got["2"] != 0 {
		t.Errorf("stored %v: want 0, 1 and 3 once, and not 2, which was refused", got)
	}
}

// TestSend_refusedByTheBroker reports an error that no repetition can mend.
func TestSend_refusedByTheBroker(t *testing.T) {
	c, k := cluster(t)
	p := started(t, k, func(*produce.Config) {})
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	err := p.Send(t.Context(), records(0, 3))
	if !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Fatalf("%v, want the broker's reason", err)
	}
	if p.Inflight() != 0 {
		t.Errorf("%d bytes are still counted", p.Inflight())
	}
}

func TestConfig_Validate(t *testing.T) {
	for name, change := range map[string]func(*produce.Config){
		"too small": func(c *produce.Config) { c.MaxInflightBytes = 1 }, "beyond the client": func(c *produce.Config) { c.MaxInflightBytes = 1 << 30 },
		"no wait": func(c *produce.Config) { c.AckTimeout = 0 }, "no ping": func(c *produce.Config) { c.PingInterval = 0 },
	} {
		cfg := produce.DefaultConfig()
		change(&cfg)
		if cfg.Validate() == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := produce.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// setup gives topics with two partitions, and a watcher.
func setup(t *testing.T) (kafka.Config, *Watcher) {
	t.Helper()
	cfg := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), cfg, 2, 1); err != nil {
		t.Fatal(err)
	}
	w, err := NewWatcher(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return cfg, w
}

// produce writes records to partition 0 of a topic, in a transaction when asked, and returns the offset after the last record.
func produce(t *testing.T, cfg kafka.Config, topic string, n int, transaction bool) int64 {
	t.Helper()
	opts := []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}
	if transaction {
		opts = append(opts, kgo.TransactionalID(cfg.TopicPrefix+"lag-test"))
	}
	cl, err := kafka.NewProducer(cfg, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if transaction {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
	}
	next := int64(0)
	for range n {
		r, err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: cfg.Topic(topic), Partition: 0, Key: []byte("k"), Value: []byte("x")}).First()
		if err != nil {
			t.Fatal(err)
		}
		next = r.Offset + 1
	}
	if transaction {
		if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	return next
}

func commit(t *testing.T, w *Watcher, group, topic string, offset int64) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(w.cfg.Topic(topic), 0, offset, -1)
	if err := w.admin.CommitAllOffsets(t.Context(), w.cfg.TopicPrefix+group, offsets); err != nil {
		t.Fatal(err)
	}
}

func TestLag_countsRecordsAndNotMarkers(t *testing.T) {
	cfg, w := setup(t)
	stage := Stage{Group: "attributor", Topics: []string{"events-v1", "subjects-v1"}}
	lag := func() Lag {
		t.Helper()
		l, err := w.Lag(t.Context(), stage)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if diff := cmp.Diff(lag(), Lag{"events-v1": 0, "subjects-v1": 0}); diff != "" {
		t.Errorf("empty topics (-got, +want):\n%s", diff)
	}
	plain := produce(t, cfg, "events-v1", 3, false)
	marked := produce(t, cfg, "subjects-v1", 2, true)
	// A real broker writes the marker of a transaction's end after it has answered.
	for limit := time.Now().Add(time.Minute); lag()["subjects-v1"] != 2 && time.Now().Before(limit); { // asked again
	}
	if diff := cmp.Diff(lag(), Lag{"events-v1": 3, "subjects-v1": 2}); diff != "" {
		t.Errorf("before any commit (-got, +want):\n%s", diff)
	}
	commit(t, w, "attributor", "events-v1", plain-1)
	commit(t, w, "attributor", "subjects-v1", marked) // The marker of the transaction is still after it.
	if diff := cmp.Diff(lag(), Lag{"events-v1": 1, "subjects-v1": 0}); diff != "" {
		t.Errorf("after the commits (-got, +want):\n%s", diff)
	}
	many := produce(t, cfg, "events-v1", tailMax+10, false)
	if got := lag()["events-v1"]; got != tailMax+11 {
		t.Errorf("lag %d, want %d", got, tailMax+11)
	}
	commit(t, w, "attributor", "events-v1", many)
	if got := lag().String(); got != "none" {
		t.Errorf("lag %s, want none", got)
	}
}

func TestAwaitCaughtUp(t *testing.T) {
	cfg, w := setup(t)
	next := produce(t, cfg, "events-v1", 1, false)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err := w.AwaitCaughtUp(ctx, func(Lag) { cancel() }) // the wait ends when it has looked once
	if !errors.Is(err, ErrBehind) || !strings.Contains(err.Error(), "events-v1 1") {
		t.Fatalf("got %v, want that one event waits", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	committed := false
	err = w.AwaitCaughtUp(ctx, func(Lag) {
		if !committed {
			committed = true
			commit(t, w, "attributor", "events-v1", next)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

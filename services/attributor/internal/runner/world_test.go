package runner_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// patience is how long a condition may take. Conditions end as soon as they hold.
const patience = 3 * time.Minute

// world is a broker in this process, with faults to command, and what was sent to it.
type world struct {
	t          *testing.T
	cluster    *kfake.Cluster
	kafka      kafka.Config
	partitions int32
	producer   *kgo.Client
	oracle     *oracle
	sent       int
}

func newWorld(t *testing.T, partitions int32, opts ...kfake.Opt) *world {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return joinWorld(t, cluster, kafka.Config{Brokers: cluster.ListenAddrs(), ClientID: "test", TopicPrefix: "t-"}, partitions)
}

func joinWorld(t *testing.T, cluster *kfake.Cluster, cfg kafka.Config, partitions int32) *world {
	t.Helper()
	if err := kafka.EnsureTopics(t.Context(), cfg, partitions, 1); err != nil {
		t.Fatal(err)
	}
	producer, err := kafka.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	return &world{t: t, cluster: cluster, kafka: cfg, partitions: partitions, producer: producer, oracle: newOracle()}
}

// send produces n events over as many keys, and waits until they are acknowledged.
func (w *world) send(n, keys int) {
	w.t.Helper()
	for range n {
		w.sendOne(fmt.Sprintf("k%d", w.sent%keys), fmt.Sprintf("event %d", w.sent), true)
	}
	if err := w.producer.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sendOne(key, value string, counts bool) {
	w.sent++
	w.producer.Produce(w.t.Context(), &kgo.Record{Topic: w.kafka.Topic(runner.TopicEvents), Key: []byte(key), Value: []byte(value)},
		func(_ *kgo.Record, err error) {
			if err != nil && w.t.Context().Err() == nil {
				w.t.Errorf("produce: %v", err)
			}
		})
	if counts {
		w.oracle.add(key, value, w.partitions)
	}
}

func (w *world) config(dir string) runner.Config {
	cfg := runner.DefaultConfig()
	cfg.Kafka, cfg.StateDir, cfg.Embedded = w.kafka, dir, true
	cfg.CommitInterval, cfg.SessionTimeout = 10*time.Millisecond, 4*time.Second
	cfg.MemTableBytes, cfg.CacheBytes = 256<<10, 1<<20
	return cfg
}

// member is one running attributor.
type member struct {
	*runner.Runner
	stats    *tallyStats
	registry *prometheus.Registry
	once     sync.Once
}

// metric is the sum of a metric's series, histograms by their count.
func (m *member) metric(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != "tributary_attributor_"+name {
			continue
		}
		for _, s := range f.GetMetric() {
			match := len(labels) == 0
			for _, l := range s.GetLabel() {
				match = match || slices.Contains(labels, l.GetValue())
			}
			if match {
				sum += s.GetCounter().GetValue() + s.GetGauge().GetValue() + float64(s.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func (w *world) start(cfg runner.Config, stats *tallyStats) *member {
	return w.startAt(cfg, stats, time.Now)
}

// startAt is start with a wall clock.
func (w *world) startAt(cfg runner.Config, stats *tallyStats, now func() time.Time) *member {
	w.t.Helper()
	registry := prometheus.NewRegistry()
	log := zap.NewNop()
	if os.Getenv("TRIBUTARY_TEST_LOG") != "" {
		log = zaptest.NewLogger(w.t)
	}
	r, err := runner.New(cfg, runner.Dependencies{
		NewOperator: func(s operator.Store) (runner.Operator, error) { return newTally(s, stats), nil },
		Logger:      log, Registry: registry, Now: now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := r.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	m := &member{Runner: r, stats: stats, registry: registry}
	w.t.Cleanup(func() { m.stop(w.t) })
	return m
}

// stop ends a member in good order.
func (m *member) stop(t *testing.T) {
	m.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := m.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// ended waits until a member has ended by itself.
func (w *world) ended(m *member) {
	w.t.Helper()
	select {
	case <-m.Done():
	case <-time.After(patience):
		w.t.Fatalf("the member goes on: not ended within %s", patience)
	}
}

// await polls a condition until it holds.
func (w *world) await(what string, ok func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// fold reads a topic to its end, last value per key; deletions delete.
func (w *world) fold(topic string) map[place][]byte {
	w.t.Helper()
	all := map[place][]byte{}
	w.read(topic, func(p int32, rec *kgo.Record) {
		at := place{p, string(rec.Key)}
		if rec.Value == nil {
			delete(all, at)
			return
		}
		all[at] = rec.Value
	})
	return all
}

func (w *world) read(topic string, each func(int32, *kgo.Record)) {
	w.t.Helper()
	bounds, err := readlog.Find(w.t.Context(), w.kafka, topic)
	if err != nil {
		w.t.Fatal(err)
	}
	err = readlog.Read(w.t.Context(), w.kafka, topic, bounds.Start, bounds, func(b readlog.Batch) error {
		for _, rec := range b.Records {
			each(b.Partition, rec)
		}
		return nil
	}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
}

// differences compares everything committed with the oracle: changelog, cells, ledger.
func (w *world) differences() string {
	w.t.Helper()
	logged, cells, ledger := map[place]total{}, map[string]total{}, map[string]int{}
	for at, v := range w.fold(runner.TopicState) {
		logged[at] = decodeTotal(v)
	}
	for at, v := range w.fold("cells-v1") {
		cells[at.key] = decodeTotal(v)
	}
	w.read("ledger-v1", func(_ int32, rec *kgo.Record) { ledger[string(rec.Value)]++ })
	exact := cmp.AllowUnexported(place{}, total{})
	return cmp.Diff(logged, w.oracle.state, exact) + cmp.Diff(cells, w.oracle.cells, exact) + cmp.Diff(ledger, w.oracle.ledger)
}

// settled waits until every event and every message that follows has been committed, and checks everything.
func (w *world) settled() {
	w.t.Helper()
	var want uint64
	for _, c := range w.oracle.cells {
		want += c.count
	}
	w.await(fmt.Sprintf("%d events in the cells", want), func() bool {
		var got uint64
		for _, v := range w.fold("cells-v1") {
			got += decodeTotal(v).count
		}
		return got >= want
	})
	if diff := w.differences(); diff != "" {
		w.t.Fatalf("committed, and not what the oracle says (-got, +want):\n%.4000s", diff)
	}
}

// checkStores compares the stores of stopped members with the oracle.
func (w *world) checkStores(dirs ...string) {
	w.t.Helper()
	got := map[place]total{}
	for _, dir := range dirs {
		for p := range w.partitions {
			folder := filepath.Join(dir, fmt.Sprintf("task-%d", p))
			if _, err := os.Stat(folder); err != nil {
				continue
			}
			s, err := state.Open(state.DefaultConfig(folder))
			if err != nil {
				w.t.Fatal(err)
			}
			if err := s.Scan(nil, func(k, v []byte) error { got[place{p, string(k)}] = decodeTotal(v); return nil }); err != nil {
				w.t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(got, w.oracle.state, cmp.AllowUnexported(place{}, total{})); diff != "" {
		w.t.Fatalf("local stores are not what the oracle says (-got, +want):\n%.4000s", diff)
	}
}

package sink_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/sink"
)

const (
	partitions = 4
	// patience is how long a condition may take: conditions end as soon as they hold, and machines are slow.
	patience = 3 * time.Minute
)

// stack is the engines of one test, with the topics made.
type stack struct {
	t        testing.TB
	cfg      sink.Config
	producer *kgo.Client
	conn     driver.Conn
}

func newStack(t testing.TB) *stack {
	t.Helper()
	return newStackOn(t, enginetest.Kafka(t), enginetest.ClickHouse(t))
}

func newStackOn(t testing.TB, k kafka.Config, ch clickhouse.Config) *stack {
	t.Helper()
	cfg := sink.DefaultConfig()
	cfg.Kafka, cfg.ClickHouse = k, ch
	cfg.FlushInterval, cfg.CommitInterval = 20*time.Millisecond, 50*time.Millisecond
	cfg.SessionTimeout = 6 * time.Second
	cfg.RetryMin, cfg.RetryMax = 10*time.Millisecond, 200*time.Millisecond
	if err := kafka.EnsureTopics(t.Context(), k, partitions, 1); err != nil {
		t.Fatal(err)
	}
	producer, err := kafka.NewProducer(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	conn, err := clickhouse.Open(ch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &stack{t: t, cfg: cfg, producer: producer, conn: conn}
}

// message is what goes on a topic.
type message struct {
	topic, key string
	value      []byte
}

// send produces messages in order and returns when they are acknowledged.
func (s *stack) send(msgs ...message) {
	s.t.Helper()
	records := make([]*kgo.Record, len(msgs))
	for i, m := range msgs {
		records[i] = &kgo.Record{Topic: s.cfg.Kafka.Topic(m.topic), Key: []byte(m.key), Value: m.value}
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
		s.t.Fatal(err)
	}
}

// running is a started sink.
type running struct {
	*sink.Service
	t        testing.TB
	registry *prometheus.Registry
	stopped  bool
}

func (s *stack) start() *running {
	s.t.Helper()
	reg := prometheus.NewRegistry()
	svc, err := sink.New(s.cfg, sink.Dependencies{Logger: quiet(s.t), Registry: reg})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := svc.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	r := &running{Service: svc, t: s.t, registry: reg}
	s.t.Cleanup(r.stop)
	return r
}

func (r *running) stop() {
	if r.stopped {
		return
	}
	r.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		r.t.Errorf("stop: %v", err)
	}
}

func quiet(t testing.TB) *zap.Logger {
	return zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel))
}

// drained waits until everything on the topics is stored and committed.
func (s *stack) drained() {
	s.t.Helper()
	adm, err := kafka.NewAdmin(s.cfg.Kafka)
	if err != nil {
		s.t.Fatal(err)
	}
	defer adm.Close()
	group := s.cfg.Kafka.TopicPrefix + sink.Group
	eventually(s.t, "the group's lag is 0", func() (bool, string) {
		ends, err := adm.ListEndOffsets(s.t.Context())
		if err != nil {
			return false, err.Error()
		}
		committed, err := adm.FetchOffsets(s.t.Context(), group)
		if err != nil {
			return false, err.Error()
		}
		for _, topic := range sinkTopics {
			name := s.cfg.Kafka.Topic(topic)
			for p, end := range ends[name] {
				if end.Offset == 0 {
					continue
				}
				if at := committed[name][p].At; at != end.Offset {
					return false, fmt.Sprintf("%s/%d is at %d of %d", topic, p, at, end.Offset)
				}
			}
		}
		return true, ""
	})
}

var sinkTopics = []string{
	"credits-v1", "ledger-v1", "cells-v1", "touchpoints-v1", "conversions-v1", "opportunities-v1", "spend-v1", "plans-v1", "rejected-v1", "models-v1",
}

// eventually polls a condition that engines bring about.
func eventually(t testing.TB, what string, ok func() (bool, string)) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		done, why := ok()
		if done {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("not in time: %s: %s", what, why)
		case <-tick.C:
		}
	}
}

// rows reads a query's result as text, one line per row.
func (s *stack) rows(query string) []string {
	s.t.Helper()
	r, err := s.conn.Query(s.t.Context(), "SELECT toString(tuple(*)) FROM ("+query+") ORDER BY 1")
	if err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	var out []string
	for r.Next() {
		var line string
		if err := r.Scan(&line); err != nil {
			s.t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := r.Err(); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return out
}

// value sums a metric over its labels.
func (r *running) value(name string) (sum float64) {
	r.t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

package operator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// script feeds events one at a time, in calm: one partition, one operator, everything that follows done before the next event.
type script struct {
	t       *testing.T
	cfg     operator.Config
	op      *operator.Operator
	store   memStore
	sink    *sink
	pending []operator.Input
	nowUS   int64
	seq     int64
	metrics *prometheus.Registry
	// longest is the longest value by topic, where a test asks for it.
	longest map[string]int
}

func newScript(t *testing.T) *script {
	r := rules.Default()
	r.Models = slices.DeleteFunc(r.Models, func(m attribution.Model) bool {
		return !slices.Contains([]string{"linear", "w_shaped", "full_path"}, m.Name())
	})
	s := &script{
		t: t, store: memStore{newMemPartition()}, sink: newSink(), nowUS: epochUS, seq: epochUS,
		metrics: prometheus.NewRegistry(),
		cfg:     operator.Config{Rules: &rules.Set{Default: r}, Partitions: 1, CacheBytes: 1 << 20},
	}
	s.restart()
	return s
}

func (s *script) restart() {
	s.t.Helper()
	s.metrics = prometheus.NewRegistry()
	m, err := operator.NewMetrics(s.metrics)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.op, err = operator.New(s.cfg, s.store, m); err != nil {
		s.t.Fatal(err)
	}
}

// send applies an event and everything that follows, but for what waits for the clock. day is counted from the epoch of the tests.
func (s *script) send(day float64, ev *pb.Event) {
	s.t.Helper()
	s.seq += 1000
	ev.Workspace, ev.OccurredUs, ev.ReceiptSeq, ev.ReceivedUs = "w", epochUS+int64(day*dayUS), s.seq, s.seq
	value, err := ev.MarshalVT()
	if err != nil {
		s.t.Fatal(err)
	}
	s.pending = append(s.pending, operator.Input{Key: []byte(recordKey(ev)), Value: value})
	s.settle()
}

// burst applies events in one transaction, and then everything that follows.
func (s *script) burst(day float64, events ...*pb.Event) {
	s.t.Helper()
	for i, ev := range events {
		s.seq += 1000
		ev.Workspace, ev.OccurredUs, ev.ReceiptSeq, ev.ReceivedUs = "w", epochUS+int64((day+float64(i))*dayUS), s.seq, s.seq
		value, err := ev.MarshalVT()
		if err != nil {
			s.t.Fatal(err)
		}
		s.pending = append(s.pending, operator.Input{Key: []byte(recordKey(ev)), Value: value})
	}
	s.settle()
}

func (s *script) settle() {
	s.t.Helper()
	for range 100 {
		due, err := s.op.NextWake([]int32{0})
		if err != nil {
			s.t.Fatal(err)
		}
		if len(s.pending) == 0 && (due == 0 || due > s.nowUS) {
			return
		}
		s.transact()
	}
	s.t.Fatal("the messages do not come to an end")
}

// transact commits what is pending.
func (s *script) transact() {
	s.t.Helper()
	batch := s.pending
	s.pending = nil
	for _, in := range batch {
		if err := s.op.Apply(in); err != nil {
			s.t.Fatal(err)
		}
	}
	res, err := s.op.Flush(s.nowUS)
	if err != nil {
		s.t.Fatal(err)
	}
	s.store.apply(res.Changes)
	s.measure(res)
	for _, out := range res.Outputs {
		if out.Topic != "subjects-v1" {
			if err := s.sink.take(out); err != nil {
				s.t.Fatal(err)
			}
			continue
		}
		s.pending = append(s.pending, operator.Input{Source: operator.SourceSubjects, Key: out.Key, Value: out.Value})
	}
	s.op.Commit()
	if err := s.sink.check(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *script) measure(res operator.Result) {
	if s.longest == nil {
		return
	}
	for _, c := range res.Changes {
		s.longest["state-v1"] = max(s.longest["state-v1"], len(c.Value))
	}
	for _, o := range res.Outputs {
		s.longest[o.Topic] = max(s.longest[o.Topic], len(o.Value))
	}
}

// reasons are the reasons of a journey's batches so far, in order.
func (s *script) reasons(journey string) string {
	var words []string
	for _, b := range s.sink.batches {
		if b.JourneyId == journey {
			words = append(words, reasonWord(b.Reason))
		}
	}
	return strings.Join(words, " ")
}

func reasonWord(r pb.Reason) string {
	return strings.ToLower(strings.TrimPrefix(r.String(), "REASON_"))
}

// amounts are a journey's credits of one measure under one model, by channel.
func (s *script) amounts(journey, model string, m pb.Measure) map[string]int64 {
	got := make(map[string]int64)
	for _, set := range s.sink.credits {
		if set.JourneyId != journey || set.Model != model {
			continue
		}
		for _, r := range set.Rows {
			for _, a := range r.Amounts {
				if a.Measure == m {
					got[r.Channel] += a.Amount
				}
			}
		}
	}
	return got
}

func (s *script) want(what string, got, want any) {
	s.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

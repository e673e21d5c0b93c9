package attributor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/eventlog"
)

// BenchmarkSweep is re-attribution of everything with a new model, while events come in: how long it takes, and how long the credit of a new conversion
// takes (from the write of its event to the committed record on credits-v1) before, while, and after. State is of visitors with ten touches each, one in
// three with an order, which is weighed under the shipped models and the new one.
//
//	go test -run='^$' -bench=Sweep -benchtime=1x -timeout=2h ./services/attributor
//
// TRIBUTARY_BENCH_TOUCHES sets the number of touches (default 100,000), TRIBUTARY_BENCH_SESSIONS the sessions (default 1).
func BenchmarkSweep(b *testing.B) {
	touches := setting("TRIBUTARY_BENCH_TOUCHES", 100_000)
	for b.Loop() {
		b.StopTimer()
		broker := enginetest.Kafka(b)
		cfg := attributor.DefaultConfig()
		cfg.Kafka, cfg.StateDir, cfg.Partitions, cfg.Embedded = broker, b.TempDir(), 4, true
		cfg.Sessions = setting("TRIBUTARY_BENCH_SESSIONS", 1)
		if err := kafka.EnsureTopics(b.Context(), broker, cfg.Partitions, 1); err != nil {
			b.Fatal(err)
		}
		events := fillTouches(b, broker, touches)
		registry := prometheus.NewRegistry()
		svc, err := attributor.New(cfg, attributor.Dependencies{Registry: registry})
		if err != nil {
			b.Fatal(err)
		}
		if err := svc.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		awaitDone(b, svc, registry, events)
		b.Logf("%d events with %d touches taken in in %s", events, touches, time.Since(began).Round(time.Second))

		probe := newProbe(b, broker)
		before := probe.measure(b.Context(), time.After(5*time.Second))
		b.StartTimer()
		began = time.Now()
		model, err := attribution.Compile(attribution.ModelConfig{Name: "linear", Version: "2", Rule: attribution.RuleTimeDecay})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := attributor.SendControl(b.Context(), broker, "default", attributor.DefineModel(&model), time.Time{}); err != nil {
			b.Fatal(err)
		}
		swept := make(chan time.Time)
		go func() {
			defer close(swept)
			awaitSwept(b.Context(), registry, float64(touches))
		}()
		while := probe.measure(b.Context(), swept)
		took := time.Since(began)
		b.StopTimer()
		after := probe.measure(b.Context(), time.After(5*time.Second))
		if err := svc.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(took.Seconds(), "s/sweep")
		b.ReportMetric(float64(touches)/took.Seconds(), "touches/s")
		for name, times := range map[string][]time.Duration{"before": before, "while": while, "after": after} {
			if len(times) > 0 {
				b.ReportMetric(float64(times[len(times)/2].Milliseconds()), "ms-p50-"+name)
				b.ReportMetric(float64(times[len(times)*99/100].Milliseconds()), "ms-p99-"+name)
			}
		}
		b.StartTimer()
	}
}

// fillTouches writes visits, one in thirty followed by an order.
func fillTouches(b *testing.B, broker kafka.Config, touches int) (events int) {
	b.Helper()
	w, err := eventlog.NewWriter(broker)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	made := &traffic{Rand: rand.New(rand.NewPCG(1, 7))}
	write := func(visitor, at int, ev *tributaryv1.Event) {
		ev.Id, ev.Workspace, ev.VisitorId = fmt.Sprintf("%016x", made.Uint64()), "default", fmt.Sprintf("anon-%d", visitor)
		ev.OccurredUs = epochUS + int64(at)*86_400_000_000
		ev.ReceiptSeq = epochUS + int64(events)
		ev.ReceivedUs = ev.ReceiptSeq
		value, err := ev.MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		w.Write([]byte(recordKey(ev)), value)
		events++
	}
	for i := range touches {
		visitor, day := i/10, i%10
		write(visitor, day, &tributaryv1.Event{Body: &tributaryv1.Event_Page{Page: &tributaryv1.Page{Origin: made.origin()}}})
		if day == 9 && visitor%3 == 0 {
			write(visitor, day+1, order())
		}
	}
	if err := w.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	return events
}

func order() *tributaryv1.Event {
	return &tributaryv1.Event{Body: &tributaryv1.Event_Track{Track: &tributaryv1.Track{
		Name: "Order Completed", HasValue: true, ValueMinor: 10_000, Currency: "USD",
	}}}
}

// awaitSwept waits until a sweep has computed that many touches and no subject is left.
func awaitSwept(ctx context.Context, registry *prometheus.Registry, touches float64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for total(registry, "tributary_attributor_swept_touches_total") < touches {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// probe sends orders of new visitors and looks for their credit.
type probe struct {
	b      *testing.B
	writer *eventlog.Writer
	n      int

	mu   sync.Mutex
	sent map[string]time.Time
	took []time.Duration
}

func newProbe(b *testing.B, broker kafka.Config) *probe {
	b.Helper()
	w, err := eventlog.NewWriter(broker)
	if err != nil {
		b.Fatal(err)
	}
	reader, err := kafka.NewReader(broker, "probe", kgo.ConsumeTopics(broker.Topic("credits-v1")), kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		b.Fatal(err)
	}
	p := &probe{b: b, writer: w, sent: map[string]time.Time{}}
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			reader.PollFetches(ctx).EachRecord(p.see)
		}
	})
	b.Cleanup(func() { cancel(); wg.Wait(); reader.Close(); w.Close() })
	return p
}

// see notes the first credit of a probe's journey.
func (p *probe) see(rec *kgo.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set := &tributaryv1.CreditSet{}
	if set.UnmarshalVT(rec.Value) != nil {
		return
	}
	if at, ok := p.sent[set.JourneyId]; ok {
		p.took = append(p.took, time.Since(at))
		delete(p.sent, set.JourneyId)
	}
}

// measure sends ten orders a second until done, and returns in order how long their credit took, those included that are still on their way.
func (p *probe) measure(ctx context.Context, done <-chan time.Time) []time.Duration {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.send()
		case <-done:
			return p.drain(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *probe) send() {
	p.n++
	ev := order()
	ev.Id, ev.Workspace, ev.VisitorId = fmt.Sprintf("probe-%d", p.n), "default", fmt.Sprintf("probe-visitor-%d", p.n)
	ev.ReceiptSeq = time.Now().UnixMicro()
	ev.ReceivedUs, ev.OccurredUs = ev.ReceiptSeq, ev.ReceiptSeq
	value, err := ev.MarshalVT()
	if err != nil {
		p.b.Error(err)
		return
	}
	p.mu.Lock()
	p.sent[attribution.ConversionJourneyID(ev.Id)] = time.Now()
	p.mu.Unlock()
	p.writer.Write([]byte(recordKey(ev)), value)
}

func (p *probe) drain(ctx context.Context) []time.Duration {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		p.mu.Lock()
		if len(p.sent) == 0 {
			took := p.took
			p.took = nil
			p.mu.Unlock()
			slices.Sort(took)
			return took
		}
		p.mu.Unlock()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

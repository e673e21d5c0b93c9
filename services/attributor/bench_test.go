package attributor_test

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/eventlog"
)

// BenchmarkLoop is the whole loop: read events and messages, apply, produce, commit in transactions, write Pebble, until nothing is left to do.
// The broker is another process. "pages" is anonymous web traffic, five pages a visit; "business" has orders, leads, identified visitors, contacts and
// deals besides, one record in seven, each of which is weighed under all models.
//
//	go test -run='^$' -bench=Loop -benchtime=1x ./services/attributor
//
// TRIBUTARY_BENCH_EVENTS sets the number of events (default 200,000), TRIBUTARY_BENCH_SESSIONS the sessions (default 1). events/core-s
// is events per second of this process's CPU time, client, operator and Pebble together: it does not depend on what else the machine does.
func BenchmarkLoop(b *testing.B) {
	events := setting("TRIBUTARY_BENCH_EVENTS", 200_000)
	for _, pagesOnly := range []bool{true, false} {
		made := newTraffic(1, events/10)
		made.pagesOnly = pagesOnly
		b.Run(map[bool]string{true: "pages", false: "business"}[pagesOnly], func(b *testing.B) { benchLoop(b, made, events) })
	}
}

func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func benchLoop(b *testing.B, made *traffic, events int) {
	for b.Loop() {
		b.StopTimer()
		broker := enginetest.Kafka(b)
		cfg := attributor.DefaultConfig()
		cfg.Kafka, cfg.StateDir, cfg.Partitions, cfg.Embedded = broker, b.TempDir(), 4, true
		cfg.Sessions = setting("TRIBUTARY_BENCH_SESSIONS", 1)
		fill(b, broker, cfg.Partitions, made, events)
		registry := prometheus.NewRegistry()
		svc, err := attributor.New(cfg, attributor.Dependencies{Registry: registry})
		if err != nil {
			b.Fatal(err)
		}
		before := cpu()
		b.StartTimer()
		start := time.Now()
		if err := svc.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		awaitDone(b, svc, registry, events)
		took, used := time.Since(start), cpu()-before
		b.StopTimer()
		if err := svc.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(events)/took.Seconds(), "events/s")
		b.ReportMetric(float64(events)/used.Seconds(), "events/core-s")
		b.ReportMetric(total(registry, "tributary_attributor_produced_records_total")/float64(events), "produced/event")
		b.ReportMetric(counter(registry, "tributary_attributor_records_total", "subjects-v1")/float64(events), "messages/event")
		b.ReportMetric(counter(registry, "tributary_attributor_transactions_total", "committed"), "transactions")
		b.StartTimer()
	}
}

// fill makes the topics and the events.
func fill(b *testing.B, broker kafka.Config, partitions int32, made *traffic, events int) {
	b.Helper()
	if err := kafka.EnsureTopics(b.Context(), broker, partitions, 1); err != nil {
		b.Fatal(err)
	}
	w, err := eventlog.NewWriter(broker)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	for range events {
		_, key, value := made.next()
		w.Write(key, value)
	}
	if err := w.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// awaitDone waits until every event and every message has been read in a committed transaction.
func awaitDone(b *testing.B, svc *attributor.Service, registry *prometheus.Registry, events int) {
	b.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-svc.Done():
			b.Fatal(svc.Err())
		}
		const prefix = "tributary_attributor_"
		committed := histogramSum(registry, prefix+"transaction_input_records") // first: what is read after it is not in it
		read, messages := counter(registry, prefix+"records_total", "events-v1"), counter(registry, prefix+"records_total", "subjects-v1")
		sent := counter(registry, prefix+"produced_records_total", "subjects-v1")
		if read == float64(events) && messages == sent && committed == read+messages {
			return
		}
	}
}

func histogramSum(registry *prometheus.Registry, name string) float64 {
	families, err := registry.Gather()
	if err != nil {
		return 0
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetHistogram().GetSampleSum()
		}
	}
	return 0
}

// total is the sum of all series of a counter.
func total(registry *prometheus.Registry, name string) float64 {
	families, err := registry.Gather()
	if err != nil {
		return 0
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, s := range f.GetMetric() {
				sum += s.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// cpu is the CPU time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

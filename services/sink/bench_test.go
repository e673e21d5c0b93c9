package sink_test

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink"
)

// BenchmarkSink measures the whole way, Kafka to acknowledged row, on whatever engines the tests use. Each round stores the same records again: rows/s
// is of rows that ClickHouse has acknowledged.
func BenchmarkSink(b *testing.B) {
	const (
		journeys = 20_000
		touches  = 10
	)
	for _, c := range []struct {
		name string
		make func(journey int) message
		rows int
	}{
		{"credits", func(n int) message { return creditMessage(b, n, touches) }, touches},
		{"ledger", func(n int) message { return ledgerMessage(b, n, touches) }, touches},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := newStack(b)
			s.cfg.FlushInterval = sink.DefaultConfig().FlushInterval
			for from := 0; from < journeys; from += 1000 {
				var msgs []message
				for n := range 1000 {
					msgs = append(msgs, c.make(from+n))
				}
				s.send(msgs...)
			}
			warm := s.start() // migrations are no part of what is measured
			s.drained()
			warm.stop()
			b.ResetTimer()
			before := cpu(b)
			for b.Loop() {
				b.StopTimer()
				s.rewind()
				b.StartTimer()
				run := s.start()
				s.awaitRows(run, journeys*c.rows)
				b.StopTimer()
				run.stop()
				b.StartTimer()
			}
			stored := float64(b.N) * journeys * float64(c.rows)
			b.ReportMetric(stored/b.Elapsed().Seconds(), "rows/s")
			// What the machine's other work does not change. Without the engines, which are processes of their own.
			b.ReportMetric(stored/(cpu(b)-before).Seconds(), "rows/cpu-s")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/(1<<20), "MB-of-process")
		})
	}
}

// cpu is the processor time that this process has taken.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (s *stack) awaitRows(run *running, n int) {
	s.t.Helper()
	eventually(s.t, "the rows are stored", func() (bool, string) {
		got := run.value("tributary_sink_rows_total")
		return int(got) >= n, fmt.Sprint(got)
	})
}

func creditMessage(t testing.TB, n, touches int) message {
	day := at(1+n%12, 1+n%28, 0)
	set := &pb.CreditSet{
		Workspace: "default", JourneyId: fmt.Sprintf("c:%032d", n), Kind: pb.JourneyKind_JOURNEY_KIND_CONVERSION, Model: "linear", ModelVersion: "1",
		Version: 1, ConversionType: "purchase", Currency: "EUR", CloseUs: day, OpenedUs: day, PartsTotal: uint64(touches), RecordedUs: time.Now().UnixMicro(),
	}
	for i := range touches {
		set.Rows = append(set.Rows, &pb.CreditRow{
			TouchpointId: fmt.Sprintf("%016d%016d", n, i), Positions: 16, Channel: "Paid Search", Source: "google", Medium: "cpc",
			Campaign: fmt.Sprintf("campaign %d", i), TouchUs: day, PersonId: fmt.Sprintf("u:%032d", n), Parts: 1,
			Amounts: []*pb.MeasureAmount{{Measure: 1, Amount: 100_000_000}, {Measure: 2, Amount: 1234}},
		})
	}
	return msg(t, "credits-v1", set.JourneyId+"|linear", set)
}

func ledgerMessage(t testing.TB, n, postings int) message {
	l := &pb.LedgerBatch{
		Workspace: "default", JourneyId: fmt.Sprintf("c:%032d", n), Kind: pb.JourneyKind_JOURNEY_KIND_CONVERSION, Version: 1, Currency: "EUR",
		Reason: pb.Reason_REASON_CONVERSION, CauseEventId: fmt.Sprintf("%032d", n), EffectiveUs: at(1, 1, 0), RecordedUs: at(1, 1, 0),
	}
	for i := range postings {
		l.Postings = append(l.Postings, &pb.Posting{
			Model: "linear", ModelVersion: "1", Measure: 2, TouchpointId: fmt.Sprintf("%016d%016d", n, i), Channel: "Paid Search",
			Campaign: fmt.Sprintf("campaign %d", i), DeltaWeight: .1, Delta: 1234,
		})
	}
	return msg(t, "ledger-v1", l.JourneyId, l)
}

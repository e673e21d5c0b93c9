package operator_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// BenchmarkStateSize is a world of touches of five per visitor, every third visitor a contact of an account, one order per twenty touches: what a touch takes on
// disk, in the changelog and in memory when everything is cached; how long a store takes
// to be written anew from the changelog's records, to open as a killed process left it, to close, and to open after that.
//
//	go test -run='^$' -bench=StateSize -benchtime=1x ./services/attributor/internal/operator
//
// TRIBUTARY_STATE_TOUCHES sets how many (default 1,000,000).
func BenchmarkStateSize(b *testing.B) {
	touches := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("TRIBUTARY_STATE_TOUCHES")); err == nil {
		touches = n
	}
	for b.Loop() {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := newHotRun(b, 1<<40)
		r.keepChanges = true
		var batch []operator.Input
		for i := range touches {
			for _, ev := range stateEvents(i) {
				value, err := ev.MarshalVT()
				if err != nil {
					b.Fatal(err)
				}
				batch = append(batch, operator.Input{Key: []byte(recordKey(ev)), Value: value})
			}
			if len(batch) >= 2000 {
				r.nowUS += 50_000
				r.transact(batch)
				batch = batch[:0]
			}
		}
		r.transact(batch)
		for r.pending.len() > 0 {
			r.nowUS += 500_000
			r.transact(nil)
		}
		changes, bytes := r.changes, 0
		latest := make(map[string]int, len(changes))
		for _, c := range changes {
			latest[string(c.Key)] = len(c.Key) + len(c.Value)
		}
		for _, n := range latest {
			bytes += n
		}
		r.changes = nil
		clear(latest)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(bytes)/float64(touches), "state-bytes/touch")
		b.ReportMetric(float64(r.store.SizeBytes())/float64(touches), "disk-bytes/touch")
		held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		for _, c := range changes {
			held -= int64(cap(c.Key) + cap(c.Value))
		}
		b.ReportMetric(float64(held)/float64(touches), "heap-bytes/touch")
		b.ReportMetric(reopen(b, changes).Seconds(), "from-changelog-s")
		r.op = nil
	}
}

// stateEvents are the events of a touch.
func stateEvents(i int) []*pb.Event {
	visitor := i / 5
	us := int64(epochUS) + int64(visitor)*1_000_000 + int64(i%5)*dayUS
	finish := func(ev *pb.Event) *pb.Event {
		ev.Workspace, ev.OccurredUs, ev.ReceiptSeq, ev.ReceivedUs = "w", us, us, us
		return ev
	}
	name := fmt.Sprintf("anon-%08d", visitor)
	ev := visit(fmt.Sprintf("0190f0c4-7b5a-7000-8000-%012d", i), name, []string{"Paid Search", "Email", "Referral"}[i%3])
	ev.GetPage().Origin.Campaign, ev.GetPage().Origin.LandingPage = "spring", "example.com/pricing"
	events := []*pb.Event{finish(ev)}
	if i%15 == 0 {
		events = append(events, finish(contact(fmt.Sprintf("0190f0c4-7b5a-7000-8000-c%011d", i), fmt.Sprintf("person-%d", visitor), name, fmt.Sprintf("account-%d", visitor/50))))
	}
	if i%20 == 19 {
		events = append(events, finish(order(fmt.Sprintf("0190f0c4-7b5a-7000-8000-o%011d", i), name, 4200)))
	}
	return events
}

// reopen writes a new store from the changes, as a restore does.
func reopen(b *testing.B, changes []state.Change) time.Duration {
	b.Helper()
	start := time.Now()
	dir := b.TempDir()
	store, err := state.Open(state.DefaultConfig(dir))
	if err != nil {
		b.Fatal(err)
	}
	const chunk = 5000
	for from := 0; from < len(changes); from += chunk {
		part := changes[from:min(from+chunk, len(changes))]
		if err := store.Apply(part, state.Checkpoint{Offset: int64(from + 1), At: time.Now()}); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	killed := b.TempDir()
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		b.Fatal(err)
	}
	measure(b, "open-killed-ms", func() error {
		other, err := state.Open(state.DefaultConfig(killed))
		if err == nil {
			b.Cleanup(func() { _ = other.Close() })
		}
		return err
	})
	measure(b, "close-ms", store.Close)
	measure(b, "open-ms", func() (err error) {
		store, err = state.Open(state.DefaultConfig(dir))
		return err
	})
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

func measure(b *testing.B, name string, do func() error) {
	b.Helper()
	start := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), name)
}

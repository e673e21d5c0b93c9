package sink_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/services/sink"
)

// killsEnv sets the number of kills, for longer runs than a test suite wants.
const killsEnv = "TRIBUTARY_SINK_KILLS"

// TestSink_killed kills the sink again and again under load: half of the children never commit, so that every one of them dies between insert and
// commit, the others die anywhere. What is left is what an undisturbed sink leaves.
func TestSink_killed(t *testing.T) {
	kills := 12
	if n, err := strconv.Atoi(os.Getenv(killsEnv)); err == nil {
		kills = n
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	for i := range kills {
		commit := 10 * time.Millisecond
		if i%2 == 0 {
			commit = time.Hour
		}
		c := s.startChild(commit)
		before := s.count()
		s.send(w.step(300)...)
		if commit == time.Hour {
			// Rows of this load are there and their offsets are not committed.
			eventually(t, "the child inserts", func() (bool, string) {
				now := s.count()
				return now > before, fmt.Sprintf("%d postings, as before", now)
			})
		} else {
			wait(t, time.Duration(w.rng.IntN(60))*time.Millisecond)
		}
		c.kill()
	}
	s.cfg.InstanceID = "child"
	s.start()
	s.drained()
	w.check(s)
	t.Logf("%d kills, %d messages", kills, len(w.messages))
}

// count is how many different postings were ever written: every load has some, and unlike the number of rows it does not fall when the server merges what came again.
func (s *stack) count() (n uint64) {
	s.t.Helper()
	const q = `SELECT uniqExact(posting_id) FROM ledger_rows`
	if err := s.conn.QueryRow(s.t.Context(), q).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// wait lets time pass on purpose: the moment of the kill is what is random here.
func wait(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// TestSink_clickhouseAway kills ClickHouse under load and starts it again: the sink says it is not ready, holds its offsets, and catches up.
func TestSink_clickhouseAway(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an engine of its own")
	}
	opts := embedded.ClickHouseOptions{DataDir: t.TempDir()}
	engine := startEngine(t, opts)
	cfg := engine.Config()
	cfg.Database = "away"
	s := newStackOn(t, enginetest.Kafka(t), cfg)
	opts.TCPAddr = cfg.Addr[0]
	w := newWorld(t, enginetest.Seed(t))
	run := s.start()
	s.send(w.step(500)...)
	s.drained()
	for range 2 {
		stopEngine(t, engine)
		s.send(w.step(500)...)
		eventually(t, "the sink says it is not ready", func() (bool, string) { return run.Ready() != nil, "" })
		if retries := run.value("tributary_sink_retries_total"); retries == 0 {
			t.Error("no retry was counted")
		}
		engine = startEngine(t, opts)
		s.send(w.step(500)...)
		s.drained()
		eventually(t, "the sink is ready again", func() (bool, string) { err := run.Ready(); return err == nil, errText(err) })
		w.check(s)
	}
	run.stop()
	stopEngine(t, engine)
}

// TestSink_startsWithoutClickHouse starts before the server does, and stops while it is still away.
func TestSink_startsWithoutClickHouse(t *testing.T) {
	s := newStack(t)
	s.cfg.ClickHouse.Addr = []string{"127.0.0.1:1"}
	run := s.start()
	eventually(t, "it waits", func() (bool, string) {
		err := run.Ready()
		return err != nil && err.Error() != "sink is preparing its tables", errText(err)
	})
	run.stop()
	if run.Ready() == nil {
		t.Error("ready after stop")
	}
}

// TestSink_stopGivesUp stops while ClickHouse is away in the middle of a load: in time, and without losing anything.
func TestSink_stopGivesUp(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an engine of its own")
	}
	opts := embedded.ClickHouseOptions{DataDir: t.TempDir()}
	engine := startEngine(t, opts)
	cfg := engine.Config()
	cfg.Database = "away"
	s := newStackOn(t, enginetest.Kafka(t), cfg)
	s.cfg.StopTimeout = 300 * time.Millisecond
	opts.TCPAddr = cfg.Addr[0]
	w := newWorld(t, enginetest.Seed(t))
	run := s.start()
	s.send(w.step(200)...)
	s.drained()
	stopEngine(t, engine)
	s.send(w.step(200)...)
	eventually(t, "an insert fails", func() (bool, string) { return run.Ready() != nil, "" })
	begin := time.Now()
	run.stop()
	// Without its own limit it would wait as long as the test does.
	if took := time.Since(begin); took > patience/2 {
		t.Errorf("stop took %v", took)
	}
	engine = startEngine(t, opts)
	s.cfg.StopTimeout = sink.DefaultConfig().StopTimeout
	again := s.start()
	s.drained()
	w.check(s)
	again.stop()
	stopEngine(t, engine)
}

func startEngine(t *testing.T, o embedded.ClickHouseOptions) *embedded.ClickHouse {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := embedded.StartClickHouse(ctx, o)
	if err != nil {
		t.Skipf("embedded ClickHouse cannot be had here: %v", err)
	}
	return e
}

func stopEngine(t *testing.T, e *embedded.ClickHouse) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.Stop(ctx); err != nil {
		t.Errorf("stop engine: %v", err)
	}
}

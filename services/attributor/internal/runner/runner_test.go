package runner_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

func TestRunner_stateIsThatOfTheOracle(t *testing.T) {
	w := newWorld(t, 4)
	dir := t.TempDir()
	w.send(2000, 100)
	m := w.start(w.config(dir), &tallyStats{})
	w.send(3000, 300)
	w.settled()
	if err := m.Ready(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{
		"records_total", "produced_records_total", "transactions_total", "commit_duration_seconds",
		"transaction_input_records", "restore_duration_seconds", "state_bytes",
	} {
		if m.metric(t, name) == 0 {
			t.Errorf("metric %s shows nothing", name)
		}
	}
	if got := m.metric(t, "tasks", "running"); got != 4 {
		t.Errorf("%v tasks running", got)
	}
	m.stop(t)
	if err := m.Err(); err != nil {
		t.Error(err)
	}
	w.checkStores(dir)
}

// Several sessions in one process, each with an operator of its own, share the tasks.
func TestRunner_sessionsShareTheTasks(t *testing.T) {
	w := newWorld(t, 6)
	cfg := w.config(t.TempDir())
	cfg.Sessions = 3
	m := w.start(cfg, &tallyStats{})
	w.await("all sessions ready", func() bool { return m.Ready() == nil && m.metric(t, "tasks", "running") == 6 })
	w.send(5000, 200)
	w.settled()
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

// A record that can never be applied is kept on rejected-v1, once, and the task goes on.
func TestRunner_poisonIsKeptAndPassed(t *testing.T) {
	w := newWorld(t, 2)
	cfg := w.config(t.TempDir())
	cfg.RawBytesMax = 6
	m := w.start(cfg, &tallyStats{poison: "poison pill"})
	w.send(100, 10)
	w.sendOne("ws|v|1", "poison pill", false)
	w.send(100, 10)
	w.settled()
	var got []*tributaryv1.Rejected
	w.read(runner.TopicRejected, func(_ int32, rec *kgo.Record) {
		r := &tributaryv1.Rejected{}
		if err := r.UnmarshalVT(rec.Value); err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	})
	if len(got) != 1 {
		t.Fatalf("%d rejections of one poison record", len(got))
	}
	r := got[0]
	if r.Code != "poison" || r.Field != "value" || r.Stage != "attributor" || r.Workspace != "ws" || string(r.Raw) != "poison" || r.RawLength != 11 || r.Id == "" || r.ReceivedUs == 0 {
		t.Errorf("rejection: %v", r)
	}
	if n := m.metric(t, "rejected_records_total", "poison"); n != 1 {
		t.Errorf("the metric counts %v poison records", n)
	}
}

// A lost disk costs a restore, nothing else.
func TestRunner_lostDiskIsRestored(t *testing.T) {
	w := newWorld(t, 4)
	cfg := w.config(t.TempDir())
	m := w.start(cfg, &tallyStats{})
	w.send(3000, 200)
	w.settled()
	m.stop(t)
	if err := os.RemoveAll(cfg.StateDir); err != nil {
		t.Fatal(err)
	}
	m = w.start(cfg, &tallyStats{})
	w.send(3000, 250)
	w.settled()
	if m.metric(t, "restored_records_total") == 0 {
		t.Error("nothing was restored")
	}
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

// After a restart with its disk a task reads the end of the changelog only.
func TestRunner_restartWithDiskRestoresNothing(t *testing.T) {
	w := newWorld(t, 4)
	cfg := w.config(t.TempDir())
	m := w.start(cfg, &tallyStats{})
	w.send(3000, 200)
	w.settled()
	m.stop(t)
	m = w.start(cfg, &tallyStats{})
	w.await("ready", func() bool { return m.Ready() == nil })
	if n := m.metric(t, "restored_records_total"); n != 0 {
		t.Errorf("%v records restored although the store was at the end", n)
	}
	w.send(1000, 200)
	w.settled()
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

// Local state that was not confirmed for longer than half the tombstone retention is wiped.
func TestRunner_staleDiskIsWiped(t *testing.T) {
	w := newWorld(t, 2)
	cfg := w.config(t.TempDir())
	m := w.start(cfg, &tallyStats{})
	w.send(1000, 100)
	w.settled()
	m.stop(t)
	m = w.startAt(cfg, &tallyStats{}, func() time.Time { return time.Now().Add(cfg.StateMaxAge + time.Minute) })
	w.await("ready", func() bool { return m.Ready() == nil })
	if n := m.metric(t, "state_wipes_total"); n != 2 {
		t.Errorf("%v of 2 stale stores wiped", n)
	}
	w.send(1000, 100)
	w.settled()
	m.stop(t)
}

// A compacted changelog has holes and restores all the same, with and without the disk.
func TestRunner_compactedChangelog(t *testing.T) {
	w := newWorld(t, 3)
	cfg := w.config(t.TempDir())
	for round := range 4 {
		m := w.start(cfg, &tallyStats{})
		w.send(1500, 120)
		w.settled()
		w.cluster.Compact()
		m.stop(t)
		if round%2 == 0 {
			if err := os.RemoveAll(cfg.StateDir); err != nil {
				t.Fatal(err)
			}
		}
		w.cluster.Compact()
	}
	w.checkStores(cfg.StateDir)
}

// Another changelog under the same name (after a rebuild) makes local state worthless, however well its offsets fit.
func TestRunner_storeOfAnotherChangelogIsWiped(t *testing.T) {
	w := newWorld(t, 1)
	cfg := w.config(t.TempDir())
	m := w.start(cfg, &tallyStats{})
	w.send(500, 50)
	w.settled()
	m.stop(t)
	dir := filepath.Join(cfg.StateDir, "task-0")
	s, err := state.Open(state.DefaultConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	cp := s.Checkpoint()
	cp.Changelog[0] ^= 1
	if err := errors.Join(s.Apply([]state.Change{{Key: []byte("n/ghost"), Value: []byte("x")}}, cp), s.Close()); err != nil {
		t.Fatal(err)
	}
	m = w.start(cfg, &tallyStats{})
	w.send(500, 50)
	w.settled()
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

// A store found corrupted while its task runs is wiped and restored; the other tasks and the session go on.
func TestRunner_corruptedStoreIsRestoredWhileRunning(t *testing.T) {
	w := newWorld(t, 3)
	cfg := w.config(t.TempDir())
	var hits atomic.Int64
	stats := &tallyStats{onApply: func(in operator.Input) error {
		if in.Partition == 1 && hits.Add(1) == 400 {
			return &state.CorruptedError{Dir: filepath.Join(cfg.StateDir, "task-1"), Err: errors.New("said the test")}
		}
		return nil
	}}
	m := w.start(cfg, stats)
	w.send(6000, 300)
	w.settled()
	if m.metric(t, "state_wipes_total") != 1 || m.metric(t, "transactions_total", "aborted") == 0 {
		t.Errorf("%v wipes and %v aborts for one corrupted store", m.metric(t, "state_wipes_total"), m.metric(t, "transactions_total", "aborted"))
	}
	w.await("ready again", func() bool { return m.Ready() == nil })
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

// An error of the operator that is no poison ends the process; nothing of the transaction is left.
func TestRunner_operatorErrorEndsTheSession(t *testing.T) {
	w := newWorld(t, 1)
	cfg := w.config(t.TempDir())
	defect := errors.New("defect")
	var hits atomic.Int64
	m := w.start(cfg, &tallyStats{onApply: func(operator.Input) error {
		if hits.Add(1) == 150 {
			return defect
		}
		return nil
	}})
	w.send(300, 20)
	w.ended(m)
	if !errors.Is(m.Err(), defect) || !errors.Is(m.Ready(), defect) {
		t.Errorf("ended with %v, ready says %v", m.Err(), m.Ready())
	}
	m = w.start(cfg, &tallyStats{})
	w.settled()
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

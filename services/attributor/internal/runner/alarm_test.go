package runner_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// A task without records commits nothing until its operator wants to be woken; then it commits what that sends, and what follows.
func TestRunner_wakesWithoutRecords(t *testing.T) {
	w := newWorld(t, 2)
	var message atomic.Pointer[operator.Input]
	stats := &tallyStats{onApply: func(in operator.Input) error {
		message.CompareAndSwap(nil, &in)
		return nil
	}}
	due := time.Now().Add(time.Second).UnixMicro()
	stats.wakeUS.Store(due)
	m := w.start(w.config(t.TempDir()), stats)
	w.await("the message of the wake", func() bool { return stats.commits.Load() == 2 })
	in := message.Load()
	if in == nil || in.Source != operator.SourceSubjects || string(in.Key) != "all|e" {
		t.Fatalf("what came: %v", in)
	}
	if at := int64(decodeTotal(in.Value).sum); at < due {
		t.Errorf("woken %d us early", due-at)
	}
	// Records come and go afterwards as ever.
	w.sendOne("ws|v|1", "value", false)
	w.await("the event and its message", func() bool { return stats.applied.Load() >= 3 })
	m.stop(t)
	if err := m.Err(); err != nil {
		t.Error(err)
	}
	if n := stats.commits.Load(); n > 4 {
		t.Errorf("%d commits of a wake, its message, an event and its message", n)
	}
}

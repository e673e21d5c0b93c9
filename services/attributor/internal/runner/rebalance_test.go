package runner_test

import "testing"

// Members come and go while events come in: every rebalance moves tasks, in the middle of transactions, and the state goes along.
func TestRunner_rebalanceInTheMiddleOfTransactions(t *testing.T) {
	w := newWorld(t, 6)
	var dirs []string
	join := func(ordinal int) *member {
		cfg := w.config(t.TempDir())
		cfg.Ordinal = ordinal
		dirs = append(dirs, cfg.StateDir)
		return w.start(cfg, &tallyStats{})
	}
	running := func(ms ...*member) func() bool {
		return func() bool {
			sum := 0.0
			for _, m := range ms {
				n := m.metric(t, "tasks", "running")
				if m.Ready() != nil || n == 0 {
					return false
				}
				sum += n
			}
			return sum == float64(w.partitions)
		}
	}
	feed := func(what string, until func() bool) {
		w.await(what, func() bool { w.send(50, 150); return until() })
	}
	a := join(0)
	feed("one member", running(a))
	b := join(1)
	feed("two members", running(a, b))
	c := join(2)
	feed("three members", running(a, b, c))
	b.stop(t) // a static member is missed after its session timeout
	feed("two members again", running(a, c))
	b = join(1) // on a new disk
	feed("three members again", running(a, b, c))
	a.stop(t)
	c.stop(t)
	feed("one is left", running(b))
	w.settled()
	b.stop(t)
	for i, m := range []*member{a, b, c} {
		if err := m.Err(); err != nil {
			t.Errorf("member %d: %v", i, err)
		}
	}
	w.checkStores(dirs[3]) // the last owner of everything
	t.Logf("%d events", w.sent)
}

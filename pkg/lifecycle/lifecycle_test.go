package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tributary-attribution/tributary/pkg/lifecycle"
)

// journal records what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) part(name string, startErr, stopErr error) lifecycle.Funcs {
	return lifecycle.Funcs{
		OnStart: func(context.Context) error { j.add("start " + name); return startErr },
		OnStop:  func(context.Context) error { j.add("stop " + name); return stopErr },
	}
}

func (j *journal) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(j.lines, lines) {
		t.Errorf("happened %q, want %q", j.lines, lines)
	}
}

func TestGroup_startsInOrderStopsInReverse(t *testing.T) {
	var j journal
	var g lifecycle.Group
	for _, n := range []string{"a", "b", "c"} {
		g.Add(n, j.part(n, nil, nil))
	}
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	j.want(t, "start a", "start b", "start c", "stop c", "stop b", "stop a")
	if err := g.Stop(t.Context()); err != nil {
		t.Errorf("second stop: %v", err)
	}
	j.want(t, "start a", "start b", "start c", "stop c", "stop b", "stop a")
}

func TestGroup_unwindsAFailedStart(t *testing.T) {
	var j journal
	var g lifecycle.Group
	refused, stuck := errors.New("port taken"), errors.New("file busy")
	g.Add("a", j.part("a", nil, stuck))
	g.Add("b", j.part("b", nil, nil))
	g.Add("c", j.part("c", refused, nil))
	g.Add("d", j.part("d", nil, nil))
	err := g.Start(t.Context())
	if !errors.Is(err, refused) || !errors.Is(err, stuck) || !strings.Contains(err.Error(), "start c: port taken") {
		t.Errorf("error %v must say what failed, and what failed while unwinding", err)
	}
	j.want(t, "start a", "start b", "start c", "stop b", "stop a")
}

func TestGroup_cancelledStartStillUnwinds(t *testing.T) {
	var j journal
	var g lifecycle.Group
	ctx, cancel := context.WithCancel(t.Context())
	var stopCtx error
	g.Add("a", lifecycle.Funcs{
		OnStart: func(context.Context) error { cancel(); return nil },
		OnStop:  func(ctx context.Context) error { stopCtx = ctx.Err(); return nil },
	})
	g.Add("b", j.part("b", nil, nil))
	if err := g.Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if stopCtx != nil {
		t.Errorf("stop got a context that had ended: %v", stopCtx)
	}
	j.want(t)
}

func TestGroup_oneThatHangsDoesNotTakeAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g lifecycle.Group
		g.Add("store", lifecycle.Funcs{OnStop: func(ctx context.Context) error {
			if d, ok := ctx.Deadline(); !ok || time.Until(d) < time.Second {
				t.Error("the store must still have time to close")
			}
			j.add("stop store")
			return nil
		}})
		release := make(chan struct{})
		defer close(release)
		g.Add("socket", lifecycle.Funcs{OnStop: func(context.Context) error { <-release; return nil }})
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := g.Stop(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stop socket") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took > lifecycle.StopTimeout {
			t.Errorf("stopping took %s, limit %s", took, lifecycle.StopTimeout)
		}
		j.want(t, "stop store")
	})
}

// mortal ends by itself.
type mortal struct {
	lifecycle.Funcs

	done chan struct{}
	err  error
}

func (m *mortal) Done() <-chan struct{} { return m.done }
func (m *mortal) Err() error            { return m.err }

func TestGroup_Run(t *testing.T) {
	t.Run("ends with the component that ended", func(t *testing.T) {
		var j journal
		g := lifecycle.Group{}
		m := &mortal{Funcs: j.part("m", nil, nil), done: make(chan struct{}), err: errors.New("killed")}
		g.Add("a", j.part("a", nil, nil))
		g.Add("m", m)
		time.AfterFunc(10*time.Millisecond, func() { close(m.done) })
		if err := g.Run(t.Context()); !errors.Is(err, m.err) || !strings.Contains(err.Error(), "m: killed") {
			t.Errorf("error %v", err)
		}
		j.want(t, "start a", "start m", "stop m", "stop a")
	})
	t.Run("is clean when asked to stop", func(t *testing.T) {
		var j journal
		g := lifecycle.Group{}
		m := &mortal{Funcs: j.part("m", nil, nil), done: make(chan struct{})}
		g.Add("m", m)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		if err := g.Run(ctx); err != nil {
			t.Errorf("error %v", err)
		}
		j.want(t, "start m", "stop m")
	})
}

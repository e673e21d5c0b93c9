// Package lifecycle starts the parts of a program in order and stops them in reverse, so that nothing is used before it is up or after it
// is gone. Wiring stays plain Go: a Group knows order and time limits, nothing else.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// StopTimeout is the default limit for stopping a whole group: inside the time orchestrators give between SIGTERM and SIGKILL.
const StopTimeout = 10 * time.Second

// Component is a part of a program. Start opens and spawns, and returns when the part can be used, or undoes what it had begun and returns an
// error. Stop undoes Start within its context's deadline. Both are called at most once, Stop only after a Start without error.
type Component interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Doner is a Component that may end by itself: Done is closed then, and Err says why. Both are used only after Start.
type Doner interface {
	Done() <-chan struct{}
	Err() error
}

// Funcs makes a Component of functions; a nil one does nothing.
type Funcs struct {
	OnStart, OnStop func(ctx context.Context) error
}

// Start implements Component.
func (f Funcs) Start(ctx context.Context) error { return call(ctx, f.OnStart) }

// Stop implements Component.
func (f Funcs) Stop(ctx context.Context) error { return call(ctx, f.OnStop) }

func call(ctx context.Context, fn func(context.Context) error) error {
	if fn == nil {
		return nil
	}
	return fn(ctx)
}

// Group is an ordered set of components. The zero value is empty and ready.
type Group struct {
	// StopTimeout limits stopping the whole group. 0: the package's StopTimeout.
	StopTimeout time.Duration

	members []member
	started int
	ended   chan error
	quit    chan struct{}
	watch   sync.WaitGroup
}

type member struct {
	name string
	Component
}

// Add appends a component: it is started after, and stopped before, those already there. Not after Start.
func (g *Group) Add(name string, c Component) { g.members = append(g.members, member{name, c}) }

// Start starts the components in order. If one fails, or ctx ends, those already started are stopped in reverse and the error is returned
// with whatever went wrong on the way back.
func (g *Group) Start(ctx context.Context) error {
	g.ended, g.quit = make(chan error, len(g.members)), make(chan struct{})
	for _, m := range g.members {
		err := ctx.Err()
		if err == nil {
			err = m.Start(ctx)
		}
		if err != nil {
			// The caller's context may be what ended; stopping gets its own time.
			return errors.Join(fmt.Errorf("start %s: %w", m.name, err), g.Stop(context.WithoutCancel(ctx)))
		}
		g.started++
		if d, ok := m.Component.(Doner); ok {
			g.watchOne(m.name, d, g.quit)
		}
	}
	return nil
}

func (g *Group) watchOne(name string, d Doner, quit <-chan struct{}) {
	g.watch.Go(func() {
		select {
		case <-d.Done():
		case <-quit:
			return
		}
		err := d.Err()
		if err == nil {
			err = errors.New("ended by itself")
		}
		g.ended <- fmt.Errorf("%s: %w", name, err)
	})
}

// Ended receives the error of each component that ended by itself. The program should stop then: the others depend on it.
func (g *Group) Ended() <-chan error { return g.ended }

// Stop stops what was started, in reverse, within StopTimeout. Each component gets the time that is left, but a component that does not
// return is left behind at the deadline, and those before it still get a moment, so that files are closed even when a socket hangs.
func (g *Group) Stop(ctx context.Context) error {
	if g.quit != nil {
		close(g.quit)
		g.quit = nil
	}
	limit := g.StopTimeout
	if limit == 0 {
		limit = StopTimeout
	}
	deadline := time.Now().Add(limit)
	var errs []error
	for ; g.started > 0; g.started-- {
		m := g.members[g.started-1]
		// Half of what is left, so that one that hangs cannot use up the time of all others.
		left := time.Until(deadline)
		if g.started > 1 {
			left /= 2
		}
		if err := stopOne(ctx, m, left); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", m.name, err))
		}
	}
	g.watch.Wait()
	return errors.Join(errs...)
}

func stopOne(ctx context.Context, m member, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- m.Stop(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// A component that honours its context returns about now; prefer its own words.
	select {
	case err := <-done:
		return err
	case <-time.After(100 * time.Millisecond):
		return fmt.Errorf("did not stop within %s: %w", limit.Round(time.Millisecond), ctx.Err())
	}
}

// Run starts the group, waits until ctx ends or a component ends by itself, and stops the group. It returns nil after a clean stop asked
// for by ctx.
func (g *Group) Run(ctx context.Context) error {
	if err := g.Start(ctx); err != nil {
		return err
	}
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-g.ended:
	}
	return errors.Join(cause, g.Stop(context.WithoutCancel(ctx)))
}

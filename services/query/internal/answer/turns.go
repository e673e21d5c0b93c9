package answer

import (
	"context"
	"sync"
)

// turns let those who ask for the data's version at once share a look. A look that has begun already is not shared: what landed since it began, and
// before the question came, would be missed, and an entity tag would say that nothing has changed. So whoever comes during a look waits for the next,
// which all who wait share: two looks at most for each who asks, and one at a time for however many.
type turns[T any] struct {
	mu        sync.Mutex
	now, next *sharedLook[T]
}

type sharedLook[T any] struct {
	flight
	look func(context.Context) (T, error)
	//nolint:containedctx // the reading's own, from which it is cancelled when nobody waits any more
	ctx context.Context
}

// ask looks, or waits for a look that begins after now.
func (t *turns[T]) ask(ctx context.Context, look func(context.Context) (T, error)) (T, error) {
	t.mu.Lock()
	one := t.next
	if one == nil {
		one = &sharedLook[T]{flight: flight{done: make(chan struct{})}, look: look}
		one.ctx, one.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if t.now == nil {
			t.begin(one)
		} else {
			t.next = one
		}
	}
	one.waiting++
	t.mu.Unlock()
	select {
	case <-one.done:
		version, _ := one.value.(T)
		return version, one.err
	case <-ctx.Done():
		t.leave(one)
		var none T
		return none, ctx.Err()
	}
}

// begin starts a look. The caller holds mu.
func (t *turns[T]) begin(one *sharedLook[T]) {
	t.now = one
	go func() { // ends with the look, which the last who leaves cancels
		version, err := one.look(one.ctx)
		t.mu.Lock()
		defer t.mu.Unlock()
		one.value, one.err = version, err
		one.cancel()
		close(one.done)
		if t.now = nil; t.next != nil {
			next := t.next
			t.next = nil
			t.begin(next)
		}
	}()
}

// leave cancels a look that nobody waits for any more. One that has not begun is given up; one that has is not joined by anybody anyway.
func (t *turns[T]) leave(one *sharedLook[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.waiting--; one.waiting > 0 {
		return
	}
	if t.next == one {
		t.next = nil
	}
	one.cancel()
}

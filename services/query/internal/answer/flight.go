package answer

import (
	"context"
	"sync"
)

// flights let questions that are asked at once be read once: when something has landed, every page that is open asks the same anew, and none would
// find what the others are still reading.
type flights struct {
	mu  sync.Mutex
	now map[string]*flight
}

// flight is one reading under way.
type flight struct {
	done  chan struct{}
	value any
	err   error
	// waiting are those who want the value; the last who goes cancels the reading. Guarded by flights.mu.
	waiting int
	cancel  context.CancelFunc
}

// fly reads, or waits for who reads the same already. The reading goes on while anybody waits for it, so that a client who goes away takes nothing
// from the others, and ends on the server when all have gone. What is read is shared: nobody may change it.
func fly[T any](ctx context.Context, f *flights, key string, read func(context.Context) (T, error)) (T, error) {
	f.mu.Lock()
	one := f.now[key]
	if one == nil {
		one = &flight{done: make(chan struct{})}
		var reading context.Context
		reading, one.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if f.now == nil {
			f.now = map[string]*flight{}
		}
		f.now[key] = one
		go func() {
			value, err := read(reading)
			f.land(key, one, value, err)
		}() // ends with the reading, which the last who leaves cancels
	}
	one.waiting++
	f.mu.Unlock()
	select {
	case <-one.done:
		value, _ := one.value.(T)
		return value, one.err
	case <-ctx.Done():
		f.leave(key, one)
		var none T
		return none, ctx.Err()
	}
}

// land gives the value to all who wait. Whoever comes later reads anew.
func (f *flights) land(key string, one *flight, value any, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now[key] == one {
		delete(f.now, key)
	}
	one.value, one.err = value, err
	one.cancel()
	close(one.done)
}

// leave cancels a reading that nobody waits for any more. It is taken out at once: who comes next must not get its cancellation for an answer.
func (f *flights) leave(key string, one *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one.waiting--; one.waiting > 0 {
		return
	}
	if f.now[key] == one {
		delete(f.now, key)
	}
	one.cancel()
}

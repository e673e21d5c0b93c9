package embedded

import (
	"maps"
	"sync"
)

// tally counts what was refused, by reason, and tells somebody the totals after each change.
type tally struct {
	mu     sync.Mutex
	counts map[string]uint64
	told   chan struct{} // holds a mark when there is something to tell
}

// newTally tells the totals to tell, one call at a time, for as long as the process lives. A burst is told as one.
func newTally(tell func(map[string]uint64)) *tally {
	t := &tally{counts: map[string]uint64{}, told: make(chan struct{}, 1)}
	go func() {
		for range t.told {
			t.mu.Lock()
			counts := maps.Clone(t.counts)
			t.mu.Unlock()
			tell(counts)
		}
	}()
	return t
}

func (t *tally) add(reason string) {
	t.mu.Lock()
	t.counts[reason]++
	t.mu.Unlock()
	select {
	case t.told <- struct{}{}:
	default: // it will be told with the mark that is there already
	}
}

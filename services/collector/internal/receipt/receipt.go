// Package receipt stamps what the collector receives: with a time, and with a sequence that never repeats or goes back.
package receipt

import (
	"sync"
	"time"
)

// Stamper gives out receipt sequences. They are the second part of the tie rule between events of the same time, so two events must never share one, even
// when the clock stands still or is set back. After a restart the sequence goes on from the clock: it is unique as far as the machine's clock is.
type Stamper struct {
	now  func() time.Time
	mu   sync.Mutex
	last int64
}

// New returns a stamper that reads the given clock.
func New(now func() time.Time) *Stamper { return &Stamper{now: now} }

// Stamp returns the time of receipt in microseconds and the first of n consecutive sequences, each at least that time.
func (s *Stamper) Stamp(n int) (receivedUS, firstSeq int64) {
	receivedUS = s.now().UnixMicro()
	s.mu.Lock()
	defer s.mu.Unlock()
	firstSeq = max(s.last+1, receivedUS)
	s.last = firstSeq + int64(n) - 1
	return receivedUS, firstSeq
}

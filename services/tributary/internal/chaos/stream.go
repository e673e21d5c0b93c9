package chaos

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/demo"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

const (
	// worldDays and worldAccounts make a world of some thousand records, with everything in it: identity, forms, deals, spend.
	worldDays     = 60
	worldAccounts = 40
)

// stream yields one demo world after the other at a steady rate until it is told to end.
type stream struct {
	seed  uint64
	rate  float64
	end   time.Time
	begun time.Time
	sent  int
	world int
	left  []demo.Event
	over  atomic.Bool
	// ids are those of the yielded records. The sender's end is their acknowledgement, unless it reports rejected ones.
	ids []string
}

// Next implements replay.Source.
func (s *stream) Next() (replay.Item, error) {
	if s.over.Load() {
		return replay.Item{}, io.EOF
	}
	for len(s.left) == 0 {
		w, err := demo.Generate(demo.Options{
			Seed: s.seed + uint64(s.world), Days: worldDays, End: s.end, Accounts: worldAccounts, Prefix: fmt.Sprintf("chaos%d", s.world),
		})
		if err != nil {
			return replay.Item{}, err
		}
		s.world++
		s.left = w.Events
	}
	due := s.begun.Add(time.Duration(float64(s.sent) / s.rate * float64(time.Second)))
	if wait := time.Until(due); wait > 0 {
		<-time.After(wait)
	}
	s.sent++
	item := s.left[0].Item
	s.left = s.left[1:]
	if id := idOf(item.Body); id != "" {
		s.ids = append(s.ids, id)
	}
	return item, nil
}

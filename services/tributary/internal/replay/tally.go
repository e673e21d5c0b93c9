package replay

import (
	"maps"
	"slices"
	"sync"
)

// Tally counts a run; safe for concurrent use.
type Tally struct {
	mu       sync.Mutex
	counts   Counts
	examples map[string]string
	codes    map[string]int
}

// Counts is a moment of a run.
type Counts struct {
	// Read is items taken from the sources; Accepted and Rejected what was answered.
	Read, Accepted, Rejected int
	// Retries is requests sent again.
	Retries int
	// LastRetry says why, of the latest.
	LastRetry string
}

// Refusal is a reason for rejections with their number and one example.
type Refusal struct {
	Code    string
	Count   int
	Example string
}

// NewTally returns an empty tally.
func NewTally() *Tally { return &Tally{examples: map[string]string{}, codes: map[string]int{}} }

// Counts returns the present state.
func (t *Tally) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}

// Refusals lists the reasons, most frequent first.
func (t *Tally) Refusals() []Refusal {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Refusal
	for _, code := range slices.Sorted(maps.Keys(t.codes)) {
		out = append(out, Refusal{code, t.codes[code], t.examples[code]})
	}
	slices.SortStableFunc(out, func(a, b Refusal) int { return b.Count - a.Count })
	return out
}

func (t *Tally) read(n int) { t.add(func(c *Counts) { c.Read += n }) }

func (t *Tally) accept(n int) { t.add(func(c *Counts) { c.Accepted += n }) }

func (t *Tally) retry(err error) {
	t.add(func(c *Counts) { c.Retries, c.LastRetry = c.Retries+1, err.Error() })
}

func (t *Tally) reject(code, example string, n int) {
	t.add(func(c *Counts) {
		c.Rejected += n
		t.codes[code] += n
		if t.examples[code] == "" {
			t.examples[code] = example
		}
	})
}

func (t *Tally) add(change func(*Counts)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.counts)
}

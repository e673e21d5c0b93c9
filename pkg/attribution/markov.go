package attribution

import (
	"fmt"
	"strings"
)

// markovStatesMax bounds the chain: the work grows with the third power of its states, about a second at this size.
const markovStatesMax = 1200

// Markov returns each channel's removal effect in an absorbing Markov chain of the given order (1 to 4) over the paths: the part of all
// conversions that is lost when every journey ends at its first touch of the channel. It is computed exactly, by linear algebra, not by
// simulation. Channels' parts follow the removal effects divided by their sum.
//
// The states are the last channels met, as many as the order says. Repeats of a channel are transitions like any other; transform the
// paths first where they should not count. The error wraps ErrPathCount, or ErrTooComplex beyond 1,200 states.
func Markov(paths []WeightedPath, order int) ([]ChannelWeight, error) {
	if order < 1 || order > orderMax {
		return nil, fmt.Errorf("markov: order %d: want 1 to %d", order, orderMax)
	}
	paths, err := checkPaths(paths)
	if err != nil {
		return nil, fmt.Errorf("markov: %w", err)
	}
	c := newChain()
	for _, p := range paths {
		c.walk(p, order)
		if len(c.states) > markovStatesMax {
			return nil, fmt.Errorf("markov: %w: order %d needs more than %d", ErrTooComplex, order, markovStatesMax)
		}
	}
	return channelWeights(c.removalEffects()), nil
}

// chain counts transitions. State 0 is the start.
type chain struct {
	// number of each state by its key, and the channel that was met last in it.
	number  map[string]int
	states  []string
	counts  []map[int]float64
	convert []float64
	total   []float64
}

func newChain() *chain {
	c := &chain{number: make(map[string]int)}
	c.state("", "")
	return c
}

// state returns the number of a state, adding it when it is new.
func (c *chain) state(key, channel string) int {
	s, ok := c.number[key]
	if !ok {
		s = len(c.states)
		c.number[key] = s
		c.states = append(c.states, channel)
		c.counts = append(c.counts, make(map[int]float64))
		c.convert = append(c.convert, 0)
		c.total = append(c.total, 0)
	}
	return s
}

// walk counts one path's transitions.
func (c *chain) walk(p WeightedPath, order int) {
	n := p.Conversions + p.Nulls
	if n == 0 {
		return
	}
	at := 0
	for i, channel := range p.Channels {
		memory := p.Channels[max(0, i+1-order) : i+1]
		next := c.state(strings.Join(memory, "\x00"), channel)
		c.counts[at][next] += n
		c.total[at] += n
		at = next
	}
	c.convert[at] += p.Conversions
	c.total[at] += n
}

// removalEffects computes, for each channel, the probability that a journey converts and meets the channel, over the probability that
// it converts at all.
//
// With N the fundamental matrix (expected visits), B = N r the probability to convert from each state, and S the channel's states: a
// journey is lost to the removal exactly when it enters S, and the probabilities h of entering S first at each of its states solve
// h N[S,S] = N[start,S]. What is lost is the sum of h B over S. So one inversion serves all channels.
func (c *chain) removalEffects() map[string]float64 {
	n := len(c.states)
	inverse := invert(c.transient())
	convert := make([]float64, n)
	for i := range n {
		for j := range n {
			// The conversion stops the compiler from fusing the two operations, which would differ between processors.
			convert[i] += float64(inverse[i][j] * (c.convert[j] / max(c.total[j], 1e-300)))
		}
	}
	effects := make(map[string]float64)
	if convert[0] <= 0 {
		return effects
	}
	for channel, s := range c.byChannel() {
		lost := 0.0
		for i, h := range firstEntry(inverse, s) {
			lost += float64(h * convert[s[i]])
		}
		effects[channel] = lost / convert[0]
	}
	return effects
}

// transient returns I - Q, with Q the transition probabilities between states.
func (c *chain) transient() [][]float64 {
	m := newMatrix(len(c.states))
	for i, to := range c.counts {
		m[i][i] = 1
		for j, count := range to {
			m[i][j] -= count / c.total[i]
		}
	}
	return m
}

func (c *chain) byChannel() map[string][]int {
	by := make(map[string][]int)
	for s, channel := range c.states {
		if s > 0 {
			by[channel] = append(by[channel], s)
		}
	}
	return by
}

// firstEntry returns the probability, from the start, of entering the set s first at each of its states: h N[s,s] = N[start,s].
func firstEntry(inverse [][]float64, s []int) []float64 {
	// Transposed, so that the unknowns stand in a column.
	m := newMatrix(len(s))
	h := make([]float64, len(s))
	for i := range s {
		for j := range s {
			m[j][i] = inverse[s[i]][s[j]]
		}
		h[i] = inverse[0][s[i]]
	}
	inv := invert(m)
	out := make([]float64, len(s))
	for i := range s {
		for j := range s {
			out[i] += float64(inv[i][j] * h[j])
		}
	}
	return out
}

package attribution

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// paths reads "ABA+ AB- ..." with a count: one journey along each, converting or not.
func paths(text string) []WeightedPath {
	var ps []WeightedPath
	for _, word := range strings.Fields(text) {
		p := WeightedPath{Channels: strings.Split(word[:len(word)-1], "")}
		if strings.HasSuffix(word, "+") {
			p.Conversions = 1
		} else {
			p.Nulls = 1
		}
		ps = append(ps, p)
	}
	return ps
}

func wantCredit(t *testing.T, got []ChannelWeight, conversions float64, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %v", got, want)
	}
	sum := uint64(0)
	for i, w := range got {
		sum += w.Parts
		if c := float64(w.Parts) / NanoUnit * conversions; math.Abs(c-want[i]) > 1e-8 {
			t.Errorf("%s: got %v, want %v", w.Channel, c, want[i])
		}
	}
	if sum != NanoUnit {
		t.Errorf("parts sum to %d", sum)
	}
}

func TestMarkov_golden(t *testing.T) {
	got, err := Markov(paths("ABABBA+ ABBAA+ AA+"), 1)
	if err != nil {
		t.Fatal(err)
	}
	wantCredit(t, got, 3, 2, 1)
	got, err = Markov(paths("ABC+ AC+ C+ B- A-"), 1)
	if err != nil {
		t.Fatal(err)
	}
	wantCredit(t, got, 3, 9.0/11, 6.0/11, 18.0/11)
	for i, want := range []float64{1.0 / 2, 1.0 / 3, 1} {
		if math.Abs(got[i].Effect-want) > 1e-12 {
			t.Errorf("removal effect of %s: %v, want %v", got[i].Channel, got[i].Effect, want)
		}
	}
}

func TestMarkov_edges(t *testing.T) {
	for _, text := range []string{"", "A- B-"} {
		if got, err := Markov(paths(text), 1); got != nil || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := Markov(nil, 0); err == nil {
		t.Error("order 0 is accepted")
	}
	if _, err := Markov([]WeightedPath{{Channels: []string{"A"}, Conversions: -1}}, 1); !errors.Is(err, ErrPathCount) {
		t.Errorf("negative count: %v", err)
	}
	var many []WeightedPath
	for i := range markovStatesMax + 1 {
		many = append(many, WeightedPath{Channels: []string{fmt.Sprint(i)}, Conversions: 1})
	}
	if _, err := Markov(many, 1); !errors.Is(err, ErrTooComplex) {
		t.Errorf("too many states: %v", err)
	}
	got, err := Markov([]WeightedPath{{Channels: []string{"A"}, Conversions: 5}, {Conversions: 3}, {Channels: []string{"B"}}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	wantCredit(t, got, 5, 5)
}

func drawPaths(t *rapid.T) []WeightedPath {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) WeightedPath {
		return WeightedPath{
			Channels:    rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B", "C", "D"}), 1, 7).Draw(t, "channels"),
			Conversions: float64(rapid.IntRange(0, 5).Draw(t, "conversions")), Nulls: float64(rapid.IntRange(0, 5).Draw(t, "nulls")),
		}
	}), 1, 12).Draw(t, "paths")
}

// absorbed is the probability to convert without entering a channel, by iterating the chain: another way to the same number.
func absorbed(ps []WeightedPath, order int, without string) float64 {
	c := newChain()
	for _, p := range ps {
		c.walk(p, order)
	}
	x := make([]float64, len(c.states))
	for range 1000 {
		for s := range x {
			if c.total[s] == 0 {
				continue
			}
			v := c.convert[s]
			for next, n := range c.counts[s] {
				if c.states[next] != without {
					v += n * x[next]
				}
			}
			x[s] = v / c.total[s]
		}
	}
	return x[0]
}

func TestMarkov_isTheRemovalEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps, order := drawPaths(t), rapid.IntRange(1, 3).Draw(t, "order")
		got, err := Markov(ps, order)
		if err != nil {
			t.Fatal(err)
		}
		all := absorbed(ps, order, "")
		for _, w := range got {
			if want := 1 - absorbed(ps, order, w.Channel)/all; math.Abs(w.Effect-want) > 1e-9 {
				t.Fatalf("%s: got %v, want %v", w.Channel, w.Effect, want)
			}
		}
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := slices.Clone(ps)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(ps), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		again, _ := Markov(shuffled, order)
		for i := range got {
			if again[i].Parts != got[i].Parts {
				t.Fatalf("got %+v, shuffled %+v", got, again)
			}
		}
	})
}

// TestShapley_isTheDefinition averages marginal contributions over all orders of the channels.
func TestShapley_isTheDefinition(t *testing.T) {
	channels := []string{"A", "B", "C", "D"}
	rapid.Check(t, func(t *rapid.T) {
		ps := drawPaths(t)
		worth := func(coalition []string) float64 {
			v := 0.0
			for _, p := range ps {
				if !slices.ContainsFunc(p.Channels, func(c string) bool { return !slices.Contains(coalition, c) }) {
					v += p.Conversions
				}
			}
			return v
		}
		want := make(map[string]float64)
		orders := 0.0
		var visit func(prefix, rest []string)
		visit = func(prefix, rest []string) {
			if len(rest) == 0 {
				orders++
				for i, c := range prefix {
					want[c] += worth(prefix[:i+1]) - worth(prefix[:i])
				}
			}
			for i, c := range rest {
				visit(append(slices.Clone(prefix), c), slices.Delete(slices.Clone(rest), i, i+1))
			}
		}
		visit(nil, channels)
		got, err := Shapley(ps)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range got {
			if math.Abs(w.Effect-want[w.Channel]/orders) > 1e-9 {
				t.Fatalf("%s: got %v, want %v", w.Channel, w.Effect, want[w.Channel]/orders)
			}
		}
	})
}

func TestShapley_conserves(t *testing.T) {
	got, err := Shapley(paths("ABC+ AC+ C+ B- A-"))
	if err != nil {
		t.Fatal(err)
	}
	wantCredit(t, got, 3, 1.0/3+1.0/2, 1.0/3, 1.0/3+1.0/2+1)
}

package attribution

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// along is a journey along channels, a touch a day.
func along(channels ...string) *Journey {
	j := &Journey{Kind: JourneyKindConversion, OpenedUS: 1 << 50, EndUS: 1 << 50}
	for i, c := range channels {
		at := int64(1<<50) - int64(len(channels)-i)*3_600_000_000
		j.Touches = append(j.Touches, Touchpoint{Key: Key{OccurredUS: at}, Channel: c})
	}
	return j
}

// byChannel sums the shares of a journey's channels, of 1.
func byChannel(j *Journey, shares []Share) map[string]float64 {
	total := uint64(0)
	for _, s := range shares {
		total += s.Parts
	}
	sums := map[string]float64{}
	for _, s := range shares {
		sums[j.Touches[s.Touch].Channel] += float64(s.Parts) / float64(total)
	}
	return sums
}

func compiled(t testing.TB, c ModelConfig) Model {
	t.Helper()
	m, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestModel_shapley: what journeys give their channels one by one sums up to the Shapley value over all of them.
func TestModel_shapley(t *testing.T) {
	m := compiled(t, ModelConfig{Name: "shapley", Rule: RuleShapley})
	rapid.Check(t, func(t *rapid.T) {
		ps, sums := drawPaths(t), map[string]float64{}
		for _, p := range ps {
			j := along(p.Channels...)
			for c, share := range byChannel(j, m.Weigh(j)) {
				sums[c] += share * p.Conversions
			}
		}
		want, err := Shapley(ps)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if math.Abs(sums[w.Channel]-w.Effect) > 1e-9 {
				t.Fatalf("%s has %v of the journeys, and the value %v", w.Channel, sums[w.Channel], w.Effect)
			}
		}
	})
	j := along("A", "B", "A", "A")
	if got := m.Weigh(j); len(got) != 4 || got[0].Parts != 1 || got[1].Parts != 3 || got[3].Parts != 1 {
		t.Errorf("A's half is shared by its three touches: %+v", got)
	}
}

// TestModel_markov weighs journeys by what the golden paths teach: 9/33, 6/33 and 18/33.
func TestModel_markov(t *testing.T) {
	weights, err := Markov(paths("ABC+ AC+ C+ B- A-"), 1)
	if err != nil {
		t.Fatal(err)
	}
	effects := Effects(weights)
	if effects["A"] != 272727 || effects["B"] != 181818 || effects["C"] != 545455 {
		t.Errorf("effects: %v", effects)
	}
	m := compiled(t, ModelConfig{Name: "markov", Rule: RuleMarkov, Effects: effects})
	if m.IsUnlearned() {
		t.Error("it has learned")
	}
	for _, c := range []struct {
		path []string
		want map[string]float64
	}{
		{[]string{"A", "B", "A", "C"}, map[string]float64{"A": 9. / 33, "B": 6. / 33, "C": 18. / 33}},
		{[]string{"A", "B"}, map[string]float64{"A": 9. / 15, "B": 6. / 15}},
		{[]string{"B"}, map[string]float64{"B": 1}},
		{[]string{"A", "new"}, map[string]float64{"A": .45, "new": .55}},
		{[]string{"new", "newer"}, map[string]float64{"new": .5, "newer": .5}},
	} {
		j := along(c.path...)
		got := byChannel(j, m.Weigh(j))
		if len(got) != len(c.want) {
			t.Errorf("%v: %v", c.path, got)
		}
		for channel, want := range c.want {
			if math.Abs(got[channel]-want) > 1e-2 || want == 1 && got[channel] != 1 {
				t.Errorf("%v: %s has %v, want %v", c.path, channel, got[channel], want)
			}
		}
	}
	none := compiled(t, ModelConfig{Name: "markov", Rule: RuleMarkov, Effects: map[string]Percent{"A": PercentWhole, "B": 0}})
	if got := none.Weigh(along("B", "B")); len(got) != 2 || got[0].Parts != got[1].Parts {
		t.Errorf("where no channel has any effect they are equal: %+v", got)
	}
	if got := byChannel(along("A", "B"), none.Weigh(along("A", "B"))); got["A"] != 1 {
		t.Errorf("a channel without effect earns beside one with: %v", got)
	}
}

func TestModel_unlearned(t *testing.T) {
	m := compiled(t, ModelConfig{Name: "m", Rule: RuleMarkov})
	if !m.IsUnlearned() || m.Weigh(along("A")) != nil {
		t.Error("a chain that has learned nothing weighs")
	}
	var zero Model
	if zero.IsUnlearned() || zero.Weigh(along("A")) != nil {
		t.Error("the zero model weighs")
	}
	if Effects(nil) != nil {
		t.Error("effects of nothing")
	}
}

func TestCompile_effects(t *testing.T) {
	for name, c := range map[string]ModelConfig{
		"another rule": {Rule: RuleLinear, Effects: map[string]Percent{"A": PercentWhole}},
		"sum":          {Rule: RuleMarkov, Effects: map[string]Percent{"A": 10}},
		"no name":      {Rule: RuleMarkov, Effects: map[string]Percent{"": PercentWhole}},
		"empty":        {Rule: RuleMarkov, Effects: map[string]Percent{}},
	} {
		c.Name = "m"
		if _, err := Compile(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	a := compiled(t, ModelConfig{Name: "m", Rule: RuleMarkov, Effects: map[string]Percent{"A": PercentWhole}})
	b := compiled(t, ModelConfig{Name: "m", Rule: RuleMarkov, Effects: map[string]Percent{"B": PercentWhole}})
	if a.Version() == b.Version() || !slices.Contains([]int{8}, len(a.Version())) {
		t.Errorf("what it has learned is a version: %s, %s", a.Version(), b.Version())
	}
}

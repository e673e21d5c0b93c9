package operator_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// rolesWorld are the rules of a world with a model over the people of deals, and without it.
func rolesWorld(t testing.TB, seed uint64) (with, without *rules.Set) {
	with, without = worldRules(seed), worldRules(seed)
	isRoles := func(m attribution.Model) bool { return m.Config().People == attribution.PeopleContactRoles }
	without.Default.Models = slices.DeleteFunc(without.Default.Models, isRoles)
	if !slices.ContainsFunc(with.Default.Models, isRoles) {
		m, err := attribution.Compile(attribution.ModelConfig{Name: "roles", Rule: attribution.RuleLinear, People: attribution.PeopleContactRoles})
		if err != nil {
			t.Fatal(err)
		}
		with.Default.Models = append(with.Default.Models, m)
	}
	return with, without
}

// TestOperator_rolesComeAndGo takes a model over the people of deals out of the configuration and puts it back, again and again, before the sweep that either asks for has
// reached everybody: whom deals ask is in the end what the last configuration wants, and so is all credit.
func TestOperator_rolesComeAndGo(t *testing.T) {
	tryWorlds(t, max(1, min(worlds(t)/5, 100)), func(seed uint64) []string {
		with, without := rolesWorld(t, seed)
		events := makeWorld(seed)
		sim := newSimulator(seed, with)
		sim.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		half := len(events) / 2
		if err := errors.Join(sim.feed(events[:half]), sim.run()); err != nil {
			return []string{err.Error()}
		}
		const changes = 6
		for i := range changes {
			sim.rules = []*rules.Set{without, with}[i%2]
			clear(sim.operators)
			part := events[half+(len(events)-half)*i/changes : half+(len(events)-half)*(i+1)/changes]
			if err := errors.Join(sim.feed(part), sim.kick(), sim.steps(sim.IntN(8))); err != nil {
				return []string{err.Error()}
			}
		}
		if err := sim.run(); err != nil {
			return []string{err.Error()}
		}
		return finalDiff(sim.sink, events, with)
	}, func(t *testing.T, seed uint64, lines []string) {
		for _, line := range lines[:min(len(lines), 10)] {
			t.Errorf("seed %d: %s", seed, line)
		}
	})
}

package operator_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// stageWorld are the rules of a world before and after its stages change: another order, other milestones, nothing else.
func stageWorld(t testing.TB, seed uint64) (before, after *rules.Set) {
	before, after = worldRules(seed), worldRules(seed)
	for _, set := range []*rules.Set{before, after} {
		var models []attribution.Model
		for _, c := range []attribution.ModelConfig{
			{Name: "stages", Rule: attribution.RuleCustom, Shares: map[string]attribution.Percent{
				attribution.MilestoneFirstTouch: attribution.PercentWhole / 2, "proposal": attribution.PercentWhole / 4, "big": attribution.PercentWhole / 4,
			}},
			{Name: "w_shaped", Rule: attribution.RuleWShaped},
			{Name: "linear", Rule: attribution.RuleLinear},
		} {
			m, err := attribution.Compile(c)
			if err != nil {
				t.Fatal(err)
			}
			models = append(models, m)
		}
		set.Default.Models = models
	}
	slices.Reverse(after.Default.Stages.Order)
	after.Default.Stages.Marks = []attribution.StageMark{
		{Stage: "negotiation", Milestone: "big"}, {Pipeline: "new", Stage: "proposal", Milestone: attribution.MilestoneOpportunityCreated},
	}
	return before, after
}

// TestOperator_changedStages changes the order of stages and the milestones in the configuration between two starts: without a record that asks for it, everything comes to
// what a batch computation by the new ones says, and what moved says why.
func TestOperator_changedStages(t *testing.T) {
	var posted atomic.Int64
	tryWorlds(t, min(worlds(t), 60), func(seed uint64) []string {
		before, after := stageWorld(t, seed)
		events := makeWorld(seed)
		sim := newSimulator(seed, before)
		if err := errors.Join(sim.feed(events), sim.run()); err != nil {
			return []string{err.Error()}
		}
		from := len(sim.sink.batches)
		sim.rules = after
		clear(sim.operators)
		if err := errors.Join(sim.kick(), sim.run()); err != nil {
			return []string{err.Error()}
		}
		lines := finalDiff(sim.sink, events, after)
		for _, b := range sim.sink.batches[from:] {
			if b.Reason != pb.Reason_REASON_RULES || b.CauseEventId != "config" {
				lines = append(lines, fmt.Sprintf("%s was posted with reason %v and cause %s", b.JourneyId, b.Reason, b.CauseEventId))
			}
			posted.Add(1)
		}
		return lines
	}, func(t *testing.T, seed uint64, lines []string) {
		for _, line := range lines[:min(len(lines), 10)] {
			t.Errorf("seed %d: %s", seed, line)
		}
	})
	if posted.Load() == 0 && !t.Failed() {
		t.Error("no world moved any credit: nothing was tried")
	}
}

// TestOperator_rebuildNeeded says so when a start finds other conversions or forms than those that the state was computed by, and not before.
func TestOperator_rebuildNeeded(t *testing.T) {
	set := worldRules(1)
	sim := newSimulator(1, set)
	if err := errors.Join(sim.feed(makeWorld(1)), sim.run()); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		forms []string
		want  bool
	}{{set.Default.Forms, false}, {[]string{"Newsletter", "Callback"}, true}} {
		changed := *set
		changed.Default.Forms = v.forms
		needed := ""
		sim.rules, sim.rebuildNeeded = &changed, func(workspace string) { needed = workspace }
		clear(sim.operators)
		if err := errors.Join(sim.kick(), sim.run()); err != nil {
			t.Fatal(err)
		}
		if got := needed != ""; got != v.want {
			t.Errorf("forms %v: a rebuild is needed in %q, want %v", v.forms, needed, v.want)
		}
	}
}

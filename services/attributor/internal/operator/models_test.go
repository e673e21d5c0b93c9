package operator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/channel"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// modelMaker makes random controls, and configurations that change between two starts.
type modelMaker struct {
	*rand.Rand
	seed uint64
	base *rules.Rules
	n    int
}

func (m *modelMaker) config() attribution.ModelConfig {
	names := []string{"w_shaped", "linear", "fresh", "time_decay"}
	kinds := []attribution.Rule{
		attribution.RuleLinear, attribution.RuleFirstTouch, attribution.RuleWShaped, attribution.RuleTimeDecay, attribution.RuleLastTouch,
		attribution.RuleShapley, attribution.RuleMarkov,
	}
	day := attribution.Span(24 * 3600 * 1_000_000_000)
	c := attribution.ModelConfig{
		Name: names[m.IntN(len(names))], Version: []string{"2", "3"}[m.IntN(2)], Rule: kinds[m.IntN(len(kinds))],
		Lookback: attribution.Span(1+m.IntN(60)) * day,
	}
	if c.Rule == attribution.RuleMarkov {
		email := attribution.Percent(m.IntN(3)) * attribution.PercentWhole / 2
		c.Effects = map[string]attribution.Percent{"Email": email, "Display": attribution.PercentWhole - email}
	}
	if m.IntN(3) == 0 {
		c.Direct = attribution.DirectKeep
	}
	if m.IntN(4) == 0 {
		c.People = attribution.PeopleContactRoles
	}
	if m.IntN(3) == 0 {
		c.Transforms = []attribution.Transform{{Kind: attribution.TransformExposure}}
	}
	return c
}

func (m *modelMaker) own() channel.Own {
	own := channel.Own{Version: fmt.Sprint(m.IntN(3)), Rules: []channel.Rule{{Channel: "Partner", Any: []channel.Condition{{
		Campaign: &channel.Match{In: []string{fmt.Sprintf("k%d", m.IntN(3))}},
	}}}}}
	if m.IntN(2) == 0 {
		own.Aliases = []channel.Alias{{Field: "source", From: []string{"email"}, To: []string{"display", "news"}[m.IntN(2)]}}
	}
	if m.IntN(3) == 0 {
		own.Rules[0].Any[0] = channel.Condition{Source: &channel.Match{In: []string{"news", "paid search"}}}
	}
	return own
}

// control is a random change: what promotions and retirements name often exists, and often does not.
func (m *modelMaker) control() *pb.Event {
	m.n++
	ev := &pb.Event{Id: fmt.Sprintf("control%d", m.n), Workspace: "w", OccurredUs: epochUS + int64(m.IntN(30))*dayUS}
	ev.ReceiptSeq = ev.OccurredUs + int64(m.IntN(dayUS))
	c := &pb.Control{Actor: "test"}
	model := m.config()
	base := rules.BaseFingerprint(m.base.Models, model.Name)
	if m.IntN(10) == 0 {
		base = "another"
	}
	switch m.IntN(7) {
	case 0, 1:
		c.Change = &pb.Control_Define{Define: &pb.ModelDefinition{Definition: text(model)}}
	case 2, 3:
		c.Change = &pb.Control_Promote{Promote: &pb.ModelPromotion{Name: model.Name, Version: model.Version, Base: base}}
	case 4:
		r := &pb.ModelRetirement{Name: model.Name, Base: base}
		// Conservation is measured against linear.
		if r.Name == "linear" || m.IntN(2) == 0 {
			r.Version = model.Version
		}
		c.Change = &pb.Control_Retire{Retire: r}
	default:
		r := &pb.RulesDefinition{}
		if m.base.Channels != nil {
			r.Base = rules.OwnFingerprint(m.base.Channels.Own)
		}
		if m.IntN(4) > 0 {
			r.Definition = text(m.own())
		}
		c.Change = &pb.Control_Rules{Rules: r}
	}
	ev.Body = &pb.Event_Control{Control: c}
	return ev
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// configuration are world rules with channel rules and, perhaps, other models.
func (m *modelMaker) configuration() *rules.Set {
	set := worldRules(m.seed)
	r := &set.Default
	if m.IntN(4) > 0 {
		r.Channels = &rules.Channels{Shipped: channel.RuleSet{Version: "s", Rules: []channel.Rule{
			{Channel: "Paid", Any: []channel.Condition{{Source: &channel.Match{In: []string{"paid search", "display"}}}}},
			{Channel: "Email", Any: []channel.Condition{{Source: &channel.Match{In: []string{"email"}}}}},
		}}}
		if m.IntN(2) == 0 {
			r.Channels.Own = m.own()
		}
	}
	if m.IntN(3) == 0 {
		m.Shuffle(len(r.Stages.Order), func(i, j int) { r.Stages.Order[i], r.Stages.Order[j] = r.Stages.Order[j], r.Stages.Order[i] })
		r.Stages.Marks = r.Stages.Marks[m.IntN(len(r.Stages.Marks)+1):]
		if m.IntN(2) == 0 {
			r.Stages.Marks = append(r.Stages.Marks, attribution.StageMark{Stage: "proposal", Milestone: attribution.MilestoneOpportunityCreated})
		}
	}
	if m.IntN(2) == 0 {
		c := m.config()
		compiled, err := attribution.Compile(c)
		if err != nil {
			panic(err)
		}
		if i := slices.IndexFunc(r.Models, func(o attribution.Model) bool { return o.Name() == c.Name }); i >= 0 {
			r.Models[i] = compiled
		} else {
			r.Models = append(r.Models, compiled)
		}
	}
	return set
}

// judged gives origins the rule versions that collectors of several ages stamp.
func (m *modelMaker) judged(events []*pb.Event) {
	for _, ev := range events {
		o := ev.GetPage().GetOrigin()
		if ev.GetTouch() != nil {
			o = ev.GetTouch().GetOrigin()
		}
		if o != nil && o.Evidence != pb.Evidence_EVIDENCE_NONE {
			o.RulesVersion = []string{"", "explicit", "s", "s+0", "s+1", "ancient"}[m.IntN(6)]
		}
	}
}

// TestOperator_randomModels is the promise for models and rules: whatever changes of them come in between, in whatever order, from controls or from the
// configuration between two starts, the end is what a batch computation says, and each journey is conserved under every model at every commit.
func TestOperator_randomModels(t *testing.T) {
	tryWorlds(t, min(worlds(t), 300), func(seed uint64) []string {
		events, sets := modelWorld(seed)
		return runModels(seed, events, sets)
	}, func(t *testing.T, seed uint64, lines []string) {
		for _, line := range lines[:min(len(lines), 10)] {
			t.Errorf("seed %d: %s", seed, line)
		}
	})
}

// modelWorld is a random world with controls, and the configurations that it is computed by, one after another.
func modelWorld(seed uint64) (events []*pb.Event, sets []*rules.Set) {
	m := &modelMaker{seed: seed, Rand: rand.New(rand.NewPCG(seed, 29))}
	sets = append(sets, m.configuration())
	if m.IntN(2) == 0 {
		sets = append(sets, m.configuration())
	}
	m.base = &sets[len(sets)-1].Default
	events = slices.Clone(makeWorld(seed))
	m.judged(events)
	for range 1 + m.IntN(6) {
		events = append(events, m.control())
	}
	return events, sets
}

func runModels(seed uint64, events []*pb.Event, sets []*rules.Set) []string {
	sim := newSimulator(seed, sets[0])
	sim.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for i, set := range sets {
		// Whatever the last configuration left under way goes on under the next one.
		sim.rules = set
		clear(sim.operators)
		part := events[len(events)*i/len(sets) : len(events)*(i+1)/len(sets)]
		run := sim.run
		if i < len(sets)-1 {
			run = func() error { return sim.steps(sim.IntN(60)) }
		}
		if err := errors.Join(sim.feed(part), sim.kick(), run()); err != nil {
			return []string{err.Error()}
		}
	}
	lines := finalDiff(sim.sink, events, sets[len(sets)-1])
	for partition, row := range sim.sink.models {
		if row.Workspace == "w" && !row.IsDone {
			lines = append(lines, fmt.Sprintf("partition %d says that its sweep goes on: %v", partition, row))
		}
	}
	return lines
}

package answer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// LearnRequest asks what a Markov chain says.
type LearnRequest struct {
	Workspace, Kind, From, To string
	Order                     int
}

// wholePaths are the rules that credit every touch of a journey, the plainest first.
var wholePaths = []attribution.Rule{attribution.RuleLinear, attribution.RuleShapley, attribution.RuleTimeDecay}

// Learn computes the removal effects of channels over the paths of a workspace.
func (a *Answerer) Learn(ctx context.Context, r LearnRequest) (*ModelsLearned, error) {
	period, err := learnPeriod(r.From, r.To)
	if err != nil {
		return nil, err
	}
	models, err := a.Models(ctx, r.Workspace)
	if err != nil {
		return nil, err
	}
	l := &ModelsLearned{
		Workspace: r.Workspace, Rule: string(attribution.RuleMarkov), Order: r.Order, Kind: r.Kind, From: r.From, To: r.To, Channels: []LearnedChannel{}, Warnings: []string{},
	}
	if l.PathsOf = models.wholePaths(); l.PathsOf == "" {
		return nil, invalid("workspace", "paths are read from the credits of a model that gives every touch some, and no live model does; let one with the rule linear run")
	}
	q := store.LearnQuery{Workspace: r.Workspace, Model: l.PathsOf, Kind: r.Kind, Period: period}
	read, err := a.source.LearnPaths(ctx, q)
	if err != nil {
		return nil, err
	}
	weights, err := l.weigh(read)
	if err != nil {
		return nil, err
	}
	if l.Lost == 0 {
		l.Warnings = append(l.Warnings, "every journey converted: without any that did not, effects only say how many journeys meet a channel")
	}
	return l, l.tell(weights)
}

// wholePaths is a live model that shows the paths.
func (m *Models) wholePaths() string {
	best, rank := "", len(wholePaths)
	for _, v := range m.Models {
		var c attribution.ModelConfig
		if v.Status != "live" || json.Unmarshal(v.Definition, &c) != nil || len(c.Transforms) > 0 || c.People == attribution.PeopleContactRoles {
			continue
		}
		if i := slices.Index(wholePaths, c.Rule); i >= 0 && i < rank {
			best, rank = v.Name, i
		}
	}
	return best
}

// learnPeriod is open where no day bounds it.
func learnPeriod(from, to string) (performance.Period, error) {
	p := performance.Period{From: performance.FirstDay, To: performance.LastDay}
	for _, b := range []struct {
		param, text string
		day         *performance.Day
	}{{"from", from, &p.From}, {"to", to, &p.To}} {
		if b.text == "" {
			continue
		}
		day, err := performance.ParseDay(b.text)
		if err != nil {
			return p, invalid(b.param, "%s", err.Error())
		}
		*b.day = day
	}
	if p.Days() == 0 {
		return p, invalid("to", "is before from")
	}
	return p, nil
}

func (l *ModelsLearned) weigh(read []store.LearnPath) ([]attribution.ChannelWeight, error) {
	paths := make([]attribution.WeightedPath, len(read))
	for i, p := range read {
		paths[i] = attribution.WeightedPath{Channels: p.Channels, Conversions: float64(p.Converted), Nulls: float64(p.Lost)}
		l.Converted += p.Converted
		l.Lost += p.Lost
	}
	l.Paths = len(paths)
	weights, err := attribution.Markov(paths, l.Order)
	switch {
	case errors.Is(err, attribution.ErrTooComplex):
		return nil, invalid("order", "the chain has too many states to be computed exactly; ask for a lower order, or a shorter period")
	case err != nil:
		return nil, fmt.Errorf("learn: %w", err)
	case len(weights) == 0:
		return nil, invalid("from", "no journey with a touch converted in these days, so there is nothing to learn from")
	}
	return weights, nil
}

// tell writes the channels, the definition and the sentence.
func (l *ModelsLearned) tell(weights []attribution.ChannelWeight) error {
	effects := attribution.Effects(weights)
	for _, w := range weights {
		l.Channels = append(l.Channels, LearnedChannel{Channel: w.Channel, RemovalEffect: math.Round(w.Effect*1e9) / 1e9, Share: effects[w.Channel].String()})
	}
	slices.SortStableFunc(l.Channels, func(a, b LearnedChannel) int { return cmp.Compare(b.RemovalEffect, a.RemovalEffect) })
	var err error
	l.Definition, err = json.Marshal(attribution.ModelConfig{Name: l.Rule, Rule: attribution.RuleMarkov, Order: l.Order, Effects: effects})
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	best := l.Channels[0]
	l.Headline = fmt.Sprintf("Without %s, %s of the %s would be lost.", best.Channel, readable.Percent(&best.RemovalEffect), plural(int(l.Converted), "conversion"))
	return nil
}

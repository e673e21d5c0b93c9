package store

import (
	"context"

	"github.com/tributary-attribution/tributary/services/query/internal/mirror"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// IsRollUp says that the roll-up alone answers: cells and spend.
func (q FactsQuery) IsRollUp() bool {
	return q.Moment.IsNow() && !q.GroupBy.HasDetail() && len(q.ConversionTypes) == 0
}

// isMirrored says that rows in memory can answer. Several models would take the room of all other questions.
func (q FactsQuery) isMirrored() bool { return q.IsRollUp() && len(q.Models) == 1 && q.Models[0] != "" }

// slicesOf are the slices that the facts are summed from, always in this order.
func (q FactsQuery) slicesOf() []sliceKey {
	return []sliceKey{
		{workspace: q.Workspace, basis: string(q.Basis), model: q.Models[0]},
		{workspace: q.Workspace, basis: string(performance.BasisTouch)},
		{workspace: q.Workspace, spend: true},
	}
}

// mirrored answers from memory. False: it cannot.
func (s *Store) mirrored(ctx context.Context, q FactsQuery) ([]performance.Fact, bool, error) {
	v, ok := VersionOf(ctx)
	if !ok || !q.isMirrored() {
		return nil, false, nil
	}
	var facts []performance.Fact
	ok, err := s.mirrors.with(ctx, v, q.slicesOf(), func(rows []*mirror.Rows) { facts = q.sum(rows[0], rows[1], rows[2]) })
	switch {
	case err != nil || !ok:
		return nil, false, err
	case len(facts) > s.cfg.MaxResultRows:
		return nil, false, ErrTooLarge
	}
	return facts, true, nil
}

// grouping is how the statement for the same facts groups a branch: see keys.
func (q FactsQuery) grouping(hasCurrency bool) mirror.Grouping {
	g := mirror.Grouping{From: int32(q.Period.From), To: int32(q.Period.To)}
	g.Name = func(of mirror.Group) (mirror.Group, bool) {
		isForeign := q.Convert && hasCurrency && of.Currency != "" && of.Currency != q.Currency
		if q.GroupBy != performance.GroupByCampaign && !isForeign {
			of.Campaign = ""
		}
		if !hasCurrency {
			of.Currency = ""
		}
		return of, isForeign
	}
	if _, ok := steps[q.Interval]; ok {
		g.Step = func(day int32) int32 { return int32(q.Interval.Start(performance.Day(day))) }
	}
	return g
}

func (q FactsQuery) sum(cells, touches, spend *mirror.Rows) []performance.Fact {
	facts := []performance.Fact{}
	for _, sum := range cells.Sum(q.grouping(true)) {
		f, n := factOf(sum), sum.Figures
		f.Model = q.Models[0]
		f.Conversions, f.ConversionValue, f.Opportunities, f.Pipeline, f.Customers, f.Revenue = n[0], n[1], n[2], n[3], n[4], n[5]
		facts = append(facts, f)
	}
	// Touches have neither model nor currency, and what platforms counted without a cost may have none either: those are one fact.
	type place struct {
		key performance.Key
		on  performance.Day
	}
	counted := map[place]int{}
	for _, sum := range touches.Sum(q.grouping(false)) {
		f := factOf(sum)
		f.Touchpoints = sum.Figures[0]
		counted[place{f.Key, f.On}] = len(facts)
		facts = append(facts, f)
	}
	for _, sum := range spend.Sum(q.grouping(true)) {
		f := factOf(sum)
		f.Spend, f.Impressions, f.Clicks = sum.Figures[0], sum.Figures[1], sum.Figures[2]
		if i, ok := counted[place{f.Key, f.On}]; ok && f.Currency == "" {
			facts[i].Figures.Add(f.Figures)
			facts[i].Days.From, facts[i].Days.To = min(facts[i].Days.From, f.Days.From), max(facts[i].Days.To, f.Days.To)
			continue
		}
		facts = append(facts, f)
	}
	kept := facts[:0]
	for _, f := range facts {
		if f.Figures != (performance.Figures{}) {
			kept = append(kept, f)
		}
	}
	return kept
}

func factOf(s mirror.Sum) performance.Fact {
	return performance.Fact{
		Key: performance.Key{Channel: s.Channel, Campaign: s.Campaign}, Currency: s.Currency, Day: performance.Day(s.Day), On: performance.Day(s.Step),
		Days: performance.Period{From: performance.Day(s.First), To: performance.Day(s.Last)},
	}
}

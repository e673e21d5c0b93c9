package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// WeeklyRequest is a question for the weekly review.
type WeeklyRequest struct {
	Workspace, Week, Model, Basis, Currency, Value, Channel string
	// Weeks before it that it is held against.
	Weeks int
}

// maxFindings bounds each section: nobody acts on more in a week.
const maxFindings = 7

// review is the week with everything that findings are made of.
type review struct {
	*frame
	model        string
	week, before performance.Period
	weeks        int64
	channels     performance.Table
	campaigns    performance.Table
	types        []store.TypeCount
	exits        []store.StageExit
	restated     []store.Restatement
}

// Weekly answers where we win, where we leak, and what changed.
func (a *Answerer) Weekly(ctx context.Context, r WeeklyRequest) (*Weekly, error) {
	last, hasData, err := a.source.LastDay(ctx, r.Workspace)
	if err != nil {
		return nil, err
	}
	today := performance.DayOf(a.cfg.Now())
	if !hasData {
		last = today
	}
	week := latestWeek(today, last)
	if r.Week != "" {
		if week, err = weekOf(r.Week); err != nil {
			return nil, err
		}
	}
	before := performance.Period{From: week.From - performance.Day(r.Weeks*daysOfWeek), To: week.From - 1}
	f, err := a.frame(ctx, Request{
		Workspace: r.Workspace, Model: r.Model, Basis: r.Basis, Currency: r.Currency, Value: r.Value, Channel: r.Channel,
		GroupBy: string(performance.GroupByCampaign), From: week.From.String(), To: week.To.String(), CompareFrom: before.From.String(), CompareTo: before.To.String(),
	})
	if err != nil {
		return nil, err
	}
	v := &review{frame: f, week: week, before: before, weeks: int64(r.Weeks)}
	if v.model, err = f.model(r.Model, a.cfg.Model); err != nil {
		return nil, err
	}
	f.models = []string{v.model}
	if err := a.readReview(ctx, v); err != nil {
		return nil, err
	}
	return v.answer(a, week.To >= today), nil
}

func (a *Answerer) readReview(ctx context.Context, v *review) error {
	q := store.WeekQuery{Workspace: v.Workspace, Model: v.model, Week: v.week, Before: v.before}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.read(groupCtx, v.frame) })
	group.Go(func() (err error) { v.types, err = a.source.TypeCounts(groupCtx, q); return err })
	group.Go(func() (err error) { v.exits, err = a.source.StageExits(groupCtx, q); return err })
	group.Go(func() (err error) { v.restated, err = a.source.Restatements(groupCtx, q); return err })
	if err := group.Wait(); err != nil {
		return err
	}
	v.channels = performance.Tabulate(v.model, performance.GroupByChannel, v.facts, v.previous)
	v.campaigns = performance.Tabulate(v.model, performance.GroupByCampaign, v.facts, v.previous)
	v.convertRestated(a)
	return nil
}

// convertRestated brings restatements into the answer's currency; what has no rate is left out as everywhere.
func (v *review) convertRestated(a *Answerer) {
	facts := make([]performance.Fact, len(v.restated))
	for i, r := range v.restated {
		facts[i] = performance.Fact{
			Key: performance.Key{Channel: r.Reason}, Currency: r.Currency, Day: r.Day, Figures: performance.Figures{Revenue: r.Moved, ConversionValue: r.Net},
		}
	}
	converted, _ := v.exchange.Convert(facts, v.currency, a.cfg.BaseCurrency[v.Workspace])
	byReason := map[string]*store.Restatement{}
	sums := []*store.Restatement{}
	for i, r := range v.restated {
		sum := byReason[r.Reason]
		if sum == nil {
			sum = &store.Restatement{Reason: r.Reason}
			byReason[r.Reason], sums = sum, append(sums, sum)
		}
		sum.Moved += converted[i].Revenue
		sum.Net += converted[i].ConversionValue
		sum.Postings += r.Postings
		sum.Journeys += r.Journeys
	}
	v.restated = nil
	for _, sum := range sums {
		v.restated = append(v.restated, *sum)
	}
	slices.SortFunc(v.restated, func(a, b store.Restatement) int {
		return cmp.Or(cmp.Compare(b.Moved, a.Moved), cmp.Compare(a.Reason, b.Reason))
	})
}

func (v *review) answer(a *Answerer, running bool) *Weekly {
	w := &Weekly{
		Week: weekName(v.week.From), Model: v.model, Scope: v.scope(), Freshness: v.freshness(a.cfg.Now()), Warnings: v.warnings,
		Previous: WeeklyBaseline{From: v.before.From.String(), To: v.before.To.String(), Weeks: int(v.weeks)},
	}
	if running {
		w.Warnings = append(w.Warnings, Warning{Code: "week_not_over", Detail: "This week is not over: what is down may only be late."})
	}
	for _, s := range []struct {
		id       string
		findings []weighed
		none     string
	}{
		{"win", v.wins(), "Nothing stands out as a win this week."},
		{"leak", v.leaks(), "No leak shows in the figures of this week."},
		{"changed", v.changes(), "Nothing changed beyond the usual."},
	} {
		slices.SortStableFunc(s.findings, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
		section := WeeklySection{ID: s.id, Title: s.none, Findings: []Finding{}}
		for _, f := range s.findings[:min(len(s.findings), maxFindings)] {
			section.Findings = append(section.Findings, f.Finding)
		}
		if len(section.Findings) > 0 {
			section.Title = section.Findings[0].Sentence
		}
		w.Sections = append(w.Sections, section)
	}
	w.Headline = v.weeklyHeadline(w)
	return w
}

// outcomeSentence says what the week brought of the first measure that it or the weeks before have any of, without its full stop.
func (v *review) outcomeSentence() string {
	on, measure := readable.Date(v.week.From.Time()), v.channels.MainMeasure(v.value)
	if earlier := (performance.Table{Totals: performance.Row{Figures: *v.channels.Totals.Previous}}).MainMeasure(v.value); measure == performance.MeasureTouchpoints {
		measure = earlier
	}
	now, before := measure.Of(v.channels.Totals.Figures, v.value), measure.Of(*v.channels.Totals.Previous, v.value)/v.weeks
	what := v.outcome(measure, now)
	switch {
	case now == 0 && before <= 0:
		return fmt.Sprintf("Nothing but spend in the week of %s", on)
	case now == 0 && measure == performance.MeasureValue:
		return fmt.Sprintf("No return in the week of %s, after %s on average", on, v.amount(measure, before))
	case now == 0:
		return fmt.Sprintf("No %s in the week of %s, after %s on average", label(measure), on, v.amount(measure, before))
	case before <= 0:
		return fmt.Sprintf("%s in the week of %s, after none in the %d weeks before", what, on, v.weeks)
	}
	return fmt.Sprintf("%s in the week of %s, %s on average", what, on, v.against(measure, now, before))
}

// weeklyHeadline is the week's outcome and the weightiest leak.
func (v *review) weeklyHeadline(w *Weekly) string {
	if v.channels.Totals.IsZero() && (v.channels.Totals.Previous == nil || v.channels.Totals.Previous.IsZero()) {
		return EmptyHeadline
	}
	sentence := v.outcomeSentence()
	if leaks := w.Sections[1].Findings; len(leaks) > 0 {
		return sentence + ". " + leaks[0].Sentence
	}
	return sentence + "."
}

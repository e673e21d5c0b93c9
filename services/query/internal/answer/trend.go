package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Words of Request.By.
const (
	ByChannel = "channel"
	ByNone    = "none"
)

// TrendRequest is a question for figures over time.
type TrendRequest struct {
	Request
	// By is ByChannel or ByNone.
	By string
	// Campaign keeps one campaign of each channel; nil: all.
	Campaign *string
}

// Version says of which data a question is asked, and of what else its answer depends on.
type Version struct {
	// Word changes whenever an answer could: with the data; with rates that were posted here, which count before they have landed; with the
	// hour, since some answers depend on the day and the quality of tracking on how long something has been silent; and with the configuration and the
	// build. Empty: it cannot be told.
	Word string
	data store.Version
}

// Version reads which version of the data there is.
func (a *Answerer) Version(ctx context.Context) (Version, error) {
	posts := a.posts.Load() // before the data is looked at: too early a word is only asked again
	data, err := a.source.Version(ctx)
	if err != nil {
		return Version{}, err
	}
	return Version{Word: fmt.Sprint(data.Word, " ", posts, " ", a.cfg.Now().UTC().Format("2006-01-02T15"), " ", a.cfg.Edition), data: data}, nil
}

// Trend answers the figures of Channels over time.
func (a *Answerer) Trend(ctx context.Context, r TrendRequest) (*Trend, error) {
	if r.Interval == "" {
		r.Interval = string(performance.IntervalWeek)
	}
	if r.Campaign != nil {
		r.GroupBy = string(performance.GroupByCampaign)
	}
	f, err := a.frame(ctx, r.Request)
	if err != nil {
		return nil, err
	}
	model, err := f.model(r.Model, a.cfg.Model)
	if err != nil {
		return nil, err
	}
	f.models = []string{model}
	if err := a.read(ctx, f); err != nil {
		return nil, err
	}
	if r.Campaign != nil {
		f.facts, f.previous = ofCampaign(f.facts, *r.Campaign), ofCampaign(f.previous, *r.Campaign)
		f.groupBy = performance.GroupByChannel
	}
	maturity, err := a.maturity(ctx, f, model)
	if err != nil {
		return nil, err
	}
	if len(f.steps(f.period)) > maxSteps {
		return nil, invalid("interval", "the period has more than %d steps; take a longer interval or a shorter period", maxSteps)
	}
	t := f.table(model)
	answer := &Trend{
		Model: model, Scope: f.scope(), Interval: string(f.interval), Comparison: f.comparisonScope(), Series: []TrendSeries{}, totalsOnly: r.By == ByNone,
		Totals: f.points(f.facts, f.period, maturity), Maturity: maturity, Freshness: f.freshness(a.cfg.Now()), Warnings: f.warnings,
	}
	if f.comparison != nil {
		answer.Previous = f.points(f.previous, *f.comparison, maturity)
	}
	answer.Headline = f.trendHeadline(t, answer.Totals)
	if r.By != ByNone {
		answer.Series = f.series(t, maturity)
	}
	return answer, nil
}

// maxSteps bounds the points of a series: ten years of days.
const maxSteps = MaxDays

func ofCampaign(facts []performance.Fact, campaign string) []performance.Fact {
	return slices.DeleteFunc(facts, func(f performance.Fact) bool { return f.Campaign != campaign })
}

// series are the channels' points, the unattributed last: those of the rows that Channels has for the same question.
func (f *frame) series(t performance.Table, m Maturity) []TrendSeries {
	all, rows := []TrendSeries{}, f.shown(t.Rows)
	if f.extent.HasData || len(t.Rows) > 0 {
		rows = append(slices.Clip(rows), t.Unattributed)
	}
	for _, row := range rows {
		if f.Channel != "" && row.Channel != f.Channel {
			continue
		}
		facts := slices.DeleteFunc(slices.Clone(f.facts), func(fact performance.Fact) bool { return fact.Channel != row.Channel })
		all = append(all, TrendSeries{Channel: row.Channel, Currency: f.currency, Points: f.points(facts, f.period, m)})
	}
	return all
}

// points sums facts into the steps of a period.
func (f *frame) points(facts []performance.Fact, p performance.Period, m Maturity) []Point {
	sums := map[performance.Day]performance.Figures{}
	for _, fact := range facts {
		sum := sums[fact.On]
		sum.Add(fact.Figures)
		sums[fact.On] = sum
	}
	points := []Point{}
	for _, on := range f.steps(p) {
		points = append(points, Point{
			On: on.String(), Figures: f.figures(sums[on]), Partial: !f.interval.IsWhole(on, p),
			// A step is complete when its last day is.
			Immature: m.ImmatureFrom != "" && min(f.interval.Next(on)-1, p.To).String() >= m.ImmatureFrom,
		})
	}
	return points
}

// trendHeadline compares the last complete step with the one before it, and never with one whose outcomes are still to come.
func (f *frame) trendHeadline(t performance.Table, points []Point) string {
	if t.Totals.IsZero() {
		return EmptyHeadline
	}
	whole := slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return p.Partial || p.Immature })
	measure := t.MainMeasure(f.value)
	all := f.outcome(measure, measure.Of(t.Totals.Figures, f.value))
	if len(whole) < 2 {
		return fmt.Sprintf("%s in the period; too few complete %ss to say how it goes on.", all, f.interval)
	}
	sums := map[string]int64{}
	for _, fact := range f.facts {
		if fact.Model == t.Model || fact.Model == "" {
			sums[fact.On.String()] += measure.Of(fact.Figures, f.value)
		}
	}
	last, before := whole[len(whole)-1].On, whole[len(whole)-2].On
	best := slices.MaxFunc(whole, func(a, b Point) int { return cmp.Compare(sums[a.On], sums[b.On]) }).On
	sentence := fmt.Sprintf("%s %s, %s", f.outcome(measure, sums[last]), f.when(last), f.against(measure, sums[last], sums[before]))
	if best != last && sums[best] > sums[last] { // equal ones are no best
		sentence += fmt.Sprintf("; the best was %s %s", strings.TrimPrefix(strings.TrimPrefix(f.when(best), "in "), "on "), "with "+f.amount(measure, sums[best]))
	}
	return sentence + "."
}

// when says a step of time: "on 2 March 2026", "in the week of 2 March 2026", "in March 2026".
func (f *frame) when(on string) string {
	day, err := performance.ParseDay(on)
	if err != nil {
		return "in " + on // what points are called is written by Day itself
	}
	switch f.interval {
	case performance.IntervalMonth:
		return "in " + readable.Month(day.Time())
	case performance.IntervalWeek:
		return "in the week of " + readable.Date(day.Time())
	case performance.IntervalDay:
	}
	return "on " + readable.Date(day.Time())
}

// against says how a number stands to the one before.
func (f *frame) against(m performance.Measure, now, before int64) string {
	switch {
	case now == before:
		return "as before"
	case before <= 0:
		return "after " + f.amount(m, before) + " before"
	}
	change := float64(now-before) / float64(before)
	word := "up"
	if change < 0 {
		word, change = "down", -change
	}
	return fmt.Sprintf("%s %s from %s", word, readable.Percent(&change), f.amount(m, before))
}

// counted is a count with its noun: "1 customer", "2.8 customers".
func counted(n string, m performance.Measure) string {
	noun := label(m)
	if n != "1" {
		return n + " " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "ies"); ok {
		return n + " " + stem + "y"
	}
	return n + " " + strings.TrimSuffix(noun, "s")
}

// amount writes an additive measure as people read it: "1,250.00 EUR", "12 customers".
func (b *builder) amount(m performance.Measure, units int64) string {
	switch m {
	case performance.MeasureSpend, performance.MeasureConversionValue, performance.MeasurePipeline, performance.MeasureRevenue, performance.MeasureValue:
		return b.money(units)
	case performance.MeasureConversions, performance.MeasureOpportunities, performance.MeasureCustomers:
		return counted(readable.Count(count(units)), m)
	default: // whole numbers
	}
	return counted(readable.Integer(units), m)
}

// outcome is an amount at the head of a sentence, where money alone would not say of what: "Return of 2,400 USD".
func (b *builder) outcome(m performance.Measure, units int64) string {
	if m == performance.MeasureValue {
		return "Return of " + b.amount(m, units)
	}
	return b.amount(m, units)
}

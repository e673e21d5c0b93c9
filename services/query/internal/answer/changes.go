package answer

import (
	"fmt"
	"math"
	"net/url"
	"strconv"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// typicalWorth turns outcomes into money for weighing alone, so that a drop in leads stands beside a budget: what an outcome was worth on average.
func (v *review) typicalWorth() float64 {
	both := v.channels.Totals.Figures
	both.Add(*v.channels.Totals.Previous)
	if n := outcomes(both); n > 0 {
		return math.Max(float64(both.Value(v.value)), float64(both.Spend)) / n
	}
	return 1
}

// conversionsDown are conversion types that happened less often.
func (v *review) conversionsDown() []weighed {
	found := []weighed{}
	if v.Channel != "" {
		return found // types are counted, not credited
	}
	for _, t := range v.types {
		mean := float64(t.Before) / float64(v.weeks)
		change := relative(float64(t.Week), mean)
		if change == nil || *change > -smallestChange {
			continue
		}
		f := Finding{Kind: "conversions_down", Measure: "conversions", Subject: Subject{ConversionType: t.Type}, Change: change, Evidence: []Evidence{
			{"this week", readable.Integer(t.Week)}, {fmt.Sprintf("in the %d weeks before", v.weeks), readable.Integer(t.Before)},
		}}
		now, before := decimal(t.Week), strconv.FormatFloat(mean, 'f', -1, 64)
		f.Value, f.Previous = &now, &before
		f.Confidence, f.Doubt = doubtCount(float64(t.Week), float64(t.Before), v.weeks)
		f.Link, f.Query = v.journeyAddresses("kind", "conversion", "conversion_type", t.Type)
		fell := -*change
		f.Sentence = fmt.Sprintf("Conversions of type %s fell by %s: %s, after %s a week.", t.Type, readable.Percent(&fell), readable.Integer(t.Week), readable.Count(mean))
		found = append(found, v.weighed(f, (mean-float64(t.Week))*v.typicalWorth()))
	}
	return found
}

// journeyAddresses are lists of journeys of the week.
func (v *review) journeyAddresses(more ...string) (link, query string) {
	values := url.Values{"workspace": {v.Workspace}, "from": {v.week.From.String()}, "to": {v.week.To.String()}}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	query = "/api/v1/journeys?" + values.Encode()
	values.Set("state", "converted") // the dashboard shows won deals unless told otherwise
	return dashboardLink("measurement", "journeys", values), query
}

// stagesDown are stages that opportunities left to be lost more often.
func (v *review) stagesDown() []weighed {
	found := []weighed{}
	if v.Channel != "" {
		return found
	}
	for _, e := range v.exits {
		if e.WeekLeft == 0 || e.BeforeLeft == 0 {
			continue
		}
		now := float64(e.WeekLeft-e.WeekLost) / float64(e.WeekLeft)
		before := float64(e.BeforeLeft-e.BeforeLost) / float64(e.BeforeLeft)
		if now > before-smallestChange {
			continue
		}
		f := Finding{Kind: "stage_down", Measure: "stage_conversion", Subject: Subject{Stage: e.Stage}, Change: relative(now, before), Evidence: []Evidence{
			{"left the stage this week", readable.Integer(e.WeekLeft)},
			{"of them lost", readable.Integer(e.WeekLost)},
			{"left it in the weeks before", readable.Integer(e.BeforeLeft)},
			{"of them lost before", readable.Integer(e.BeforeLost)},
		}}
		f.Value, f.Previous = ratioText(&now), ratioText(&before)
		f.Confidence, f.Doubt = doubtShares(e.WeekLost, e.WeekLeft, e.BeforeLost, e.BeforeLeft)
		f.Link, f.Query = v.addresses("funnel", "measurement", "funnel")
		f.Sentence = fmt.Sprintf("%s of the opportunities that left %s went on, after %s in the weeks before.", readable.Percent(&now), e.Stage, readable.Percent(&before))
		found = append(found, v.weighed(f, (before-now)*float64(e.WeekLeft)*v.typicalWorth()))
	}
	return found
}

// changes are the totals, what was restated, and what started or stopped to cost.
func (v *review) changes() []weighed {
	found := append(v.totalsChanged(), v.restatements()...)
	for _, r := range v.rows() {
		_, name := v.subject(r)
		now, before := r.Spend, r.Previous.Spend/v.weeks
		switch {
		case now > 0 && r.Previous.Spend == 0:
			f := v.finding("started", r, performance.MeasureSpend, now, before)
			f.Confidence = sure
			f.Sentence = fmt.Sprintf("%s began to cost: %s this week, nothing in the %d weeks before.", name, v.money(now), v.weeks)
			found = append(found, v.weighed(f, float64(now)))
		case now == 0 && before > 0:
			f := v.finding("stopped", r, performance.MeasureSpend, now, before)
			f.Confidence = sure
			f.Sentence = fmt.Sprintf("%s cost nothing this week, after %s a week. It earned %s a week then.", name, v.money(before), v.money(r.Previous.Value(v.value)/v.weeks))
			found = append(found, v.weighed(f, float64(before)))
		}
	}
	return found
}

func (v *review) totalsChanged() []weighed {
	found := []weighed{}
	if v.Channel != "" {
		return found
	}
	t := v.channels.Totals
	for _, m := range []performance.Measure{
		performance.MeasureSpend, performance.MeasureConversions, performance.MeasureOpportunities, performance.MeasureCustomers, performance.MeasurePipeline,
		performance.MeasureRevenue, performance.MeasureConversionValue,
	} {
		now, before := m.Of(t.Figures, v.value), m.Of(*t.Previous, v.value)/v.weeks
		change := relative(float64(now), float64(before))
		if change == nil || math.Abs(*change) < smallestChange {
			continue
		}
		f := Finding{Kind: "total", Measure: string(m)}
		v.numbers(&f, m, now, before)
		f.Link, f.Query = v.addresses("channels", "channels", "")
		sample, sampleBefore, atStake := outcomes(t.Figures), outcomes(*t.Previous), float64(now-before)
		switch m {
		case performance.MeasureSpend:
			sample, sampleBefore = math.Inf(1), 0 // a bill has no scatter
		case performance.MeasureConversions, performance.MeasureOpportunities, performance.MeasureCustomers:
			sample, sampleBefore = count(now), count(m.Of(*t.Previous, v.value))
			atStake = (count(now) - count(before)) * v.typicalWorth()
		default:
		}
		if f.Confidence = sure; !math.IsInf(sample, 1) {
			f.Confidence, f.Doubt = doubtCount(sample, sampleBefore, v.weeks)
		}
		f.Evidence = []Evidence{{"this week", v.exactAmount(m, now)}, {fmt.Sprintf("per week in the %d weeks before", v.weeks), v.exactAmount(m, before)}}
		f.Sentence = v.totalSentence(m, now, before)
		found = append(found, v.weighed(f, atStake))
	}
	return found
}

// totalSentence says how a total of the week stands to the average of the weeks before.
func (v *review) totalSentence(m performance.Measure, now, before int64) string {
	switch {
	case now == 0:
		return fmt.Sprintf("No %s this week, after %s a week.", label(m), v.amount(m, before))
	case before <= 0:
		return fmt.Sprintf("%s, after none in the %d weeks before.", v.altogether(m, now), v.weeks)
	}
	return fmt.Sprintf("%s, %s a week.", v.altogether(m, now), v.against(m, now, before))
}

// altogether is a total as a sentence begins with it.
func (v *review) altogether(m performance.Measure, units int64) string {
	if isMoney(m) {
		return fmt.Sprintf("Altogether %s of %s", v.money(units), label(m))
	}
	return v.amount(m, units) + " altogether"
}

// exactAmount is an amount to the minor unit, with the measure's name where it is a count.
func (v *review) exactAmount(m performance.Measure, units int64) string {
	if isMoney(m) {
		return v.exact(units)
	}
	return v.amount(m, units)
}

// restatements are what became known this week about the time before.
func (v *review) restatements() []weighed {
	found := []weighed{}
	if v.Channel != "" {
		return found
	}
	for _, r := range v.restated {
		if r.Moved == 0 && r.Net == 0 {
			continue
		}
		net := money.FormatDecimal(r.Net, v.currency)
		f := Finding{
			Kind: "restated", Measure: string(performance.MeasureValue), Subject: Subject{Reason: r.Reason}, Value: &net, Currency: v.currency, Confidence: sure,
			Evidence: []Evidence{
				{"credit added", v.exact(r.Moved)},
				{"credit taken away", v.exact(r.Moved - r.Net)},
				{"net", v.exact(r.Net)},
				{"postings", readable.Integer(r.Postings)},
				{"journeys and days", readable.Integer(r.Journeys)},
			},
		}
		from, to := (v.week.From - 1).String(), v.week.To.String()
		asked := url.Values{"workspace": {v.Workspace}, "model": {v.model}, "from": {from}, "to": {to}, "effective_to": {from}}
		f.Query = "/api/v1/ledger/bridge?" + asked.Encode()
		// On the dashboard the period is that of the business, and the two moments are then and as_of.
		f.Link = dashboardLink("measurement", "bridge", url.Values{"workspace": {v.Workspace}, "model": {v.model}, "to": {from}, "then": {from}, "as_of": {to}})
		f.Sentence = fmt.Sprintf("Earlier weeks were restated because of %s: %s of credit moved, %s net.", label(performance.Measure(r.Reason)), v.money(max(r.Moved, r.Moved-r.Net)), v.money(r.Net))
		found = append(found, v.weighed(f, float64(max(r.Moved, r.Moved-r.Net))))
	}
	return found
}

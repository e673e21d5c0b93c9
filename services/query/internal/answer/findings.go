package answer

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// weighed is a finding with what it weighs: the money or the outcomes at stake, less where it may be chance.
type weighed struct {
	Finding
	weight float64
}

// smallestChange is what is worth a sentence.
const smallestChange = 0.15

// trust lets doubtful findings sink below sure ones of the same size.
var trust = map[string]float64{sure: 1, likely: 0.5, unsure: 0.15}

func (v *review) weighed(f Finding, atStake float64) weighed {
	if f.Evidence == nil {
		f.Evidence = []Evidence{}
	}
	return weighed{f, math.Abs(atStake) * trust[f.Confidence]}
}

// outcomes are what a row earned, whatever its kind: the sample that its value rests on.
func outcomes(f performance.Figures) float64 { return count(f.Conversions) + count(f.Customers) }

// rows are the channels, and the campaigns of channels with several.
func (v *review) rows() []performance.Row {
	rows := slices.Clone(v.channels.Rows)
	campaigns := map[string]int{}
	for _, r := range v.campaigns.Rows {
		campaigns[r.Channel]++
	}
	for _, r := range v.campaigns.Rows {
		if r.Campaign != "" && campaigns[r.Channel] > 1 {
			rows = append(rows, r)
		}
	}
	return slices.DeleteFunc(rows, func(r performance.Row) bool { return v.Channel != "" && r.Channel != v.Channel })
}

func (v *review) subject(r performance.Row) (Subject, string) {
	if r.Campaign == "" {
		return Subject{Channel: r.Channel}, r.Channel
	}
	return Subject{Channel: r.Channel, Campaign: r.Campaign}, fmt.Sprintf("%s in %s", r.Campaign, r.Channel)
}

// addresses are where a finding's figures stand: on the API at path, with the weeks before as the comparison, and at a place of the dashboard, which
// compares with the period before by itself. tab is the part of the place, if it has parts.
func (v *review) addresses(path, place, tab string, more ...string) (link, query string) {
	values := url.Values{
		"workspace": {v.Workspace}, "model": {v.model}, "basis": {string(v.basis)}, "from": {v.week.From.String()}, "to": {v.week.To.String()},
		"currency": {v.currency},
	}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	link = dashboardLink(place, tab, values)
	values.Set("value", string(v.value))
	values.Set("compare_from", v.before.From.String())
	values.Set("compare_to", v.before.To.String())
	return link, "/api/v1/" + path + "?" + values.Encode()
}

// dashboardLink is an address of the dashboard: its places are outcomes, channels, tracking, measurement and iteration.
func dashboardLink(place, tab string, values url.Values) string {
	values = maps.Clone(values)
	if tab != "" {
		values.Set("tab", tab)
	}
	return "/" + place + "?" + values.Encode()
}

func (v *review) rowAddresses(r performance.Row) (link, query string) {
	if r.Campaign == "" {
		return v.addresses("channels", "channels", "", "channel", r.Channel)
	}
	return v.addresses("channels", "channels", "", "channel", r.Channel, "group_by", "campaign")
}

func (v *review) rowEvidence(r performance.Row) []Evidence {
	return []Evidence{
		{"spent this week", v.exact(r.Spend)},
		{"earned this week", v.exact(r.Value(v.value))},
		{"spent per week before", v.exact(r.Previous.Spend / v.weeks)},
		{"earned per week before", v.exact(r.Previous.Value(v.value) / v.weeks)},
		{"outcomes this week", readable.Count(outcomes(r.Figures))},
		{"outcomes per week before", readable.Count(outcomes(*r.Previous) / float64(v.weeks))},
	}
}

// finding starts a finding about a row and one of its measures.
func (v *review) finding(kind string, r performance.Row, m performance.Measure, now, before int64) Finding {
	f := Finding{Kind: kind, Measure: string(m), Evidence: v.rowEvidence(r)}
	f.Subject, _ = v.subject(r)
	f.Link, f.Query = v.rowAddresses(r)
	v.numbers(&f, m, now, before)
	return f
}

func (v *review) numbers(f *Finding, m performance.Measure, now, before int64) {
	value, previous := v.measured(m, now), v.measured(m, before)
	f.Value, f.Previous = &value, &previous
	if isMoney(m) {
		f.Currency = v.currency
	}
	f.Change = relative(float64(now), float64(before))
}

func relative(now, before float64) *float64 {
	if before == 0 {
		return nil
	}
	c := math.Round((now-before)/before*1e6) / 1e6
	return &c
}

// wins are the best returns that did not fall, the returns that rose and the outcomes that rose: what fell is a leak, however much it still returns.
func (v *review) wins() []weighed {
	found := []weighed{}
	for _, r := range v.rows() {
		_, name := v.subject(r)
		value, before := r.Value(v.value), r.Previous.Value(v.value)/v.weeks
		if roas := r.ROAS(v.value); roas != nil && *roas > 1 && !v.returnFell(r) && float64(r.Spend) >= smallestSpendShare*float64(v.channels.Totals.Spend) {
			f := v.finding("best_return", r, performance.MeasureROAS, 0, 0)
			f.Value, f.Previous, f.Currency, f.Change = ratioText(roas), ratioText(r.Previous.ROAS(v.value)), "", nil
			if was := r.Previous.ROAS(v.value); was != nil {
				f.Change = relative(*roas, *was)
			}
			f.Confidence, f.Doubt = doubtRatio(outcomes(r.Figures))
			f.Sentence = fmt.Sprintf("%s returned %s for 1 spent%s.", name, readable.Ratio(roas), v.wasBefore(r))
			found = append(found, v.weighed(f, float64(value-r.Spend)))
		}
		if change := relative(float64(value), float64(before)); value > before && (change == nil || *change >= smallestChange) {
			f := v.finding("outcome_up", r, performance.MeasureValue, value, before)
			f.Confidence, f.Doubt = doubtCount(outcomes(r.Figures), outcomes(*r.Previous), v.weeks)
			f.Sentence = fmt.Sprintf("%s earned %s, %s a week.", name, v.money(value), v.against(performance.MeasureValue, value, before))
			found = append(found, v.weighed(f, float64(value-before)))
		}
	}
	return found
}

func (v *review) wasBefore(r performance.Row) string {
	if was := r.Previous.ROAS(v.value); was != nil {
		return ", after " + readable.Ratio(was) + " in the weeks before"
	}
	return ""
}

func ratioText(r *float64) *string {
	if r == nil {
		return nil
	}
	text := readable.Exact(*r)
	return &text
}

// leaks are budgets without outcome, returns and outcomes that fell, conversions that fell, and stages that lose more.
func (v *review) leaks() []weighed {
	found := []weighed{}
	all := v.channels.Totals.Figures
	all.Add(*v.channels.Totals.Previous)
	for _, r := range v.rows() {
		both := r.Figures
		both.Add(*r.Previous)
		switch {
		case r.Spend > 0 && outcomes(both) == 0 && both.Opportunities == 0:
			found = append(found, v.noOutcome(r, both, all))
		case v.returnFell(r):
			found = append(found, v.returnDown(r))
		default:
			value, before := r.Value(v.value), r.Previous.Value(v.value)/v.weeks
			if change := relative(float64(value), float64(before)); change != nil && before > 0 && *change <= -smallestChange {
				_, name := v.subject(r)
				f := v.finding("outcome_down", r, performance.MeasureValue, value, before)
				f.Confidence, f.Doubt = doubtCount(outcomes(r.Figures), outcomes(*r.Previous), v.weeks)
				f.Sentence = fmt.Sprintf("%s earned %s, %s a week.", name, v.money(value), v.against(performance.MeasureValue, value, before))
				found = append(found, v.weighed(f, float64(before-value)))
			}
		}
	}
	return append(append(found, v.conversionsDown()...), v.stagesDown()...)
}

// noOutcome is a budget that nothing came of, in this week or the weeks before.
func (v *review) noOutcome(r performance.Row, both, all performance.Figures) weighed {
	_, name := v.subject(r)
	f := v.finding("no_outcome", r, performance.MeasureSpend, r.Spend, r.Previous.Spend/v.weeks)
	expected := 0.0
	if all.Spend > 0 {
		expected = (outcomes(all) + count(all.Opportunities)) * float64(both.Spend) / float64(all.Spend)
	}
	f.Confidence, f.Doubt = doubtNone(expected)
	f.Sentence = fmt.Sprintf("%s cost %s this week and %s in %d weeks, and no outcome is credited to it.", name, v.money(r.Spend), v.money(both.Spend), v.weeks+1)
	f.Evidence = append(f.Evidence, Evidence{"outcomes to be expected at the average cost", readable.Count(expected)})
	return v.weighed(f, float64(both.Spend))
}

func (v *review) returnFell(r performance.Row) bool {
	now, was := r.ROAS(v.value), r.Previous.ROAS(v.value)
	return now != nil && was != nil && *now < *was*(1-smallestChange) && float64(r.Spend) >= smallestSpendShare*float64(v.channels.Totals.Spend)
}

func (v *review) returnDown(r performance.Row) weighed {
	_, name := v.subject(r)
	now, was := r.ROAS(v.value), r.Previous.ROAS(v.value)
	f := v.finding("return_down", r, performance.MeasureROAS, 0, 0)
	f.Value, f.Previous, f.Currency, f.Change = ratioText(now), ratioText(was), "", relative(*now, *was)
	f.Confidence, f.Doubt = doubtCount(outcomes(r.Figures), outcomes(*r.Previous), v.weeks)
	f.Sentence = fmt.Sprintf("%s returned %s for 1 spent, down from %s in the weeks before.", name, readable.Ratio(now), readable.Ratio(was))
	return v.weighed(f, float64(r.Spend)*(*was-*now))
}

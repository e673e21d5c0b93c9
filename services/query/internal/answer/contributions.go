package answer

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// ContributionsRequest asks what a figure is made of: the question of its table, the row's keys (nil: the totals), the measure.
type ContributionsRequest struct {
	Request
	Measure string
	Keys    ContributionFilter
}

// isMoney says that a measure is an amount in a currency.
func isMoney(m performance.Measure) bool {
	switch m {
	case performance.MeasureSpend, performance.MeasureConversionValue, performance.MeasurePipeline, performance.MeasureRevenue, performance.MeasureValue:
		return true
	default:
		return false
	}
}

// additive are the measures that have rows; the others are computed from them.
var additive = []performance.Measure{
	performance.MeasureSpend, performance.MeasureImpressions, performance.MeasureClicks, performance.MeasureTouchpoints, performance.MeasureConversions,
	performance.MeasureConversionValue, performance.MeasureOpportunities, performance.MeasurePipeline, performance.MeasureCustomers,
	performance.MeasureRevenue, performance.MeasureValue,
}

// parts say what a ratio is computed from.
var parts = map[performance.Measure][]struct {
	measure performance.Measure
	role    string
}{
	performance.MeasureROI:                {{performance.MeasureValue, "numerator"}, {performance.MeasureSpend, "subtract"}, {performance.MeasureSpend, "denominator"}},
	performance.MeasureROAS:               {{performance.MeasureValue, "numerator"}, {performance.MeasureSpend, "denominator"}},
	performance.MeasureCPL:                {{performance.MeasureSpend, "numerator"}, {performance.MeasureConversions, "denominator"}},
	performance.MeasureCostPerOpportunity: {{performance.MeasureSpend, "numerator"}, {performance.MeasureOpportunities, "denominator"}},
	performance.MeasureCAC:                {{performance.MeasureSpend, "numerator"}, {performance.MeasureCustomers, "denominator"}},
	performance.MeasureCTR:                {{performance.MeasureClicks, "numerator"}, {performance.MeasureImpressions, "denominator"}},
	performance.MeasureCPC:                {{performance.MeasureSpend, "numerator"}, {performance.MeasureClicks, "denominator"}},
	performance.MeasureCVR:                {{performance.MeasureConversions, "numerator"}, {performance.MeasureTouchpoints, "denominator"}},
	performance.MeasureClickCVR:           {{performance.MeasureConversions, "numerator"}, {performance.MeasureClicks, "denominator"}},
	performance.MeasureSQLRate:            {{performance.MeasureOpportunities, "numerator"}, {performance.MeasureConversions, "denominator"}},
	performance.MeasurePipelineConversion: {{performance.MeasureCustomers, "numerator"}, {performance.MeasureOpportunities, "denominator"}},
	measurePayback:                        {{performance.MeasureSpend, "numerator"}, {performance.MeasureRevenue, "denominator"}},
}

// measurePayback is no measure of tables to sort by, but a figure that can be explained.
const measurePayback performance.Measure = "payback_months"

// Contributions answers what a figure is made of. The figure is computed as its table computes it; the rows come from credits, records of
// spend and touchpoints, so that the answer also checks the roll-up against them.
func (a *Answerer) Contributions(ctx context.Context, r ContributionsRequest) (*Contributions, error) {
	measure := performance.Measure(r.Measure)
	_, isRatio := parts[measure]
	if !isRatio && !slices.Contains(additive, measure) {
		return nil, invalid("measure", "must be a figure of the tables: spend, revenue, customers, roi ...")
	}
	r.GroupBy = string(r.groupBy())
	f, err := a.frame(ctx, r.Request)
	if err != nil {
		return nil, err
	}
	if err := f.bookless(); err != nil {
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
	figures := f.figuresOf(model, r.Keys)
	c := &Contributions{
		Model: model, Scope: f.scope(), Measure: r.Measure, Filter: r.Keys, Parts: []ContributionPart{}, Rows: []Contribution{},
		Shown: "0", Rest: "0", Page: CursorPage{Limit: f.Limit}, Freshness: f.freshness(a.cfg.Now()), Warnings: f.warnings,
	}
	if isRatio {
		f.ratio(c, measure, figures, model, r.Keys)
		return c, nil
	}
	return c, a.contribute(ctx, f, c, figures, r)
}

// groupBy is the grouping of the table that has such a row.
func (r ContributionsRequest) groupBy() performance.GroupBy {
	switch {
	case r.Keys.Content != nil:
		return performance.GroupByContent
	case r.Keys.LandingPage != nil:
		return performance.GroupByLandingPage
	case r.Keys.Source != nil:
		return performance.GroupBySource
	case r.Keys.Medium != nil:
		return performance.GroupByMedium
	case r.Keys.Campaign != nil:
		return performance.GroupByCampaign
	}
	return performance.GroupByChannel
}

// detail is the key beside channel and campaign.
func (k ContributionFilter) detail() *string {
	return cmp.Or(k.Content, k.LandingPage, k.Source, k.Medium)
}

// figuresOf are the figures of a row, of several when not every key is given, of all when none is.
func (f *frame) figuresOf(model string, keys ContributionFilter) performance.Figures {
	sum := performance.Figures{SpendElsewhere: f.groupBy.IsFinerThanSpend()}
	is := func(value string, want *string) bool { return want == nil || value == *want }
	for _, fact := range f.facts {
		ofModel := fact.Model == model || fact.Model == ""
		if ofModel && is(fact.Channel, keys.Channel) && is(fact.Campaign, keys.Campaign) && is(fact.Detail, keys.detail()) {
			sum.Add(fact.Figures)
		}
	}
	return sum
}

func (f *frame) ratio(c *Contributions, m performance.Measure, figures performance.Figures, model string, keys ContributionFilter) {
	c.Unit = "ratio"
	text := func(r *float64) *string {
		if r == nil {
			return nil
		}
		s := readable.Exact(*r)
		return &s
	}
	written := f.figures(figures)
	switch m {
	case performance.MeasureROI:
		c.Figure = text(written.ROI)
	case performance.MeasureROAS:
		c.Figure = text(written.ROAS)
	case performance.MeasureCTR:
		c.Figure = text(written.CTR)
	case performance.MeasureCVR:
		c.Figure = text(written.CVR)
	case performance.MeasureClickCVR:
		c.Figure = text(written.ClickCVR)
	case performance.MeasureSQLRate:
		c.Figure = text(written.SQLRate)
	case performance.MeasurePipelineConversion:
		c.Figure = text(written.PipelineConversion)
	case measurePayback:
		c.Figure = text(written.PaybackMonths)
	default: // a cost per something
		c.Unit = "money"
		c.Figure = map[performance.Measure]*string{
			performance.MeasureCPL: written.CPL, performance.MeasureCostPerOpportunity: written.CostPerOpportunity,
			performance.MeasureCAC: written.CAC, performance.MeasureCPC: written.CPC,
		}[m]
	}
	for _, part := range parts[m] {
		p := ContributionPart{
			Measure: string(part.measure), Role: part.role, Figure: f.measured(part.measure, part.measure.Of(figures, f.value)),
			Explain: f.contributionAddress(model, keys, part.measure),
		}
		if isMoney(part.measure) {
			p.Currency = f.currency
		}
		c.Parts = append(c.Parts, p)
	}
	c.Headline = fmt.Sprintf("%s is computed from %s.", label(m), f.partWords(c.Parts))
	if c.Figure == nil && figures.SpendElsewhere && figures.Spend != 0 {
		c.Headline = fmt.Sprintf("There is no %s of one %s: platforms bill by campaign.", label(m), strings.ReplaceAll(string(f.groupBy), "_", " "))
	}
}

func (f *frame) partWords(all []ContributionPart) string {
	words := []string{}
	for _, p := range all {
		if p.Role != "subtract" {
			words = append(words, strings.TrimSpace(label(performance.Measure(p.Measure))+" "+readable.Sum(p.Figure, p.Currency)))
		}
	}
	return strings.Join(words, " and ")
}

// label is a measure as a word of a sentence.
func label(m performance.Measure) string { return strings.ReplaceAll(string(m), "_", " ") }

func (f *frame) contributionAddress(model string, keys ContributionFilter, m performance.Measure) string {
	v := f.explainValues(model, nil)
	v.Set("measure", string(m))
	keys.put(v)
	return "/api/v1/contributions?" + v.Encode()
}

func (k ContributionFilter) put(v url.Values) {
	for name, value := range map[string]*string{
		"channel": k.Channel, "campaign": k.Campaign, "content": k.Content, "landing_page": k.LandingPage, "source": k.Source, "medium": k.Medium,
	} {
		if value != nil {
			v.Set(name, *value)
		}
	}
}

// contribute lists the rows of an additive figure.
func (a *Answerer) contribute(ctx context.Context, f *frame, c *Contributions, figures performance.Figures, r ContributionsRequest) error {
	measure := performance.Measure(r.Measure)
	units := measure.Of(figures, f.value)
	figure := f.measured(measure, units)
	c.Unit, c.Figure = "count", &figure
	if isMoney(measure) {
		c.Unit = "money"
	}
	q := store.ContributionQuery{
		Workspace: f.Workspace, Model: c.Model, Basis: f.basis, Value: f.value, Measure: measure, Period: f.period, ConversionTypes: f.ConversionTypes,
		Channel: r.Keys.Channel, Campaign: r.Keys.Campaign, Content: r.Keys.Content, LandingPage: r.Keys.LandingPage, Source: r.Keys.Source,
		Medium: r.Keys.Medium, AsOf: f.moment.AsOf, Limit: f.Limit + 1,
	}
	if f.Cursor != "" {
		q.After = &store.ContributionPlace{}
		if err := readCursor(f.Cursor, r.turnedOf(), q.After); err != nil {
			return err
		}
	}
	rows, sums, err := a.contributions(ctx, f, q)
	if err != nil {
		return err
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		c.Page.NextCursor = cursorOf(r.turnedOf(), rows[f.Limit-1].Place())
	}
	shown, all := int64(0), int64(0)
	for _, row := range rows {
		shown += row.converted
		c.Rows = append(c.Rows, f.contribution(measure, row, c.Model))
	}
	for _, sum := range sums {
		all += sum.Units
		c.Page.Total += int(sum.Rows)
	}
	c.Shown, c.Rest = f.measured(measure, shown), f.measured(measure, all-shown)
	if all != units {
		c.Warnings = append(c.Warnings, Warning{
			Code: "does_not_add_up",
			Detail: fmt.Sprintf("The rows add up to %s and the table says %s: more has landed between the two looks, or a converted amount was rounded elsewhere. Ask again.",
				f.amount(measure, all), f.amount(measure, units)),
		})
	}
	c.Headline = fmt.Sprintf("%s, from %s.", f.amount(measure, units), plural(c.Page.Total, contributionKind(measure)))
	return nil
}

func (r ContributionsRequest) turnedOf() ContributionsRequest {
	r.Request = r.turned()
	keys := url.Values{}
	r.Keys.put(keys)
	r.Channel = keys.Encode() // pointers have no value of their own to compare
	r.Keys = ContributionFilter{}
	return r
}

func plural(n int, word string) string {
	if n == 1 {
		return "one " + word
	}
	switch {
	case word == "record of spend":
		word = "records of spend"
	case word == "person":
		word = "people"
	case strings.HasSuffix(word, "y") && word != "journey":
		word = strings.TrimSuffix(word, "y") + "ies"
	default:
		word += "s"
	}
	return readable.Integer(int64(n)) + " " + word
}

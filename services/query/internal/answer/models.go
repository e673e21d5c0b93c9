package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// ModelSource is what answers about models are made of.
type ModelSource interface {
	Standings(ctx context.Context, workspace string) ([]store.Standing, error)
	ChannelDiffs(ctx context.Context, q store.DiffQuery) ([]store.ChannelDiff, error)
	JourneyDiffs(ctx context.Context, q store.DiffQuery) ([]store.JourneyDiff, error)
}

var _ ModelSource = (*store.Store)(nil)

// errNoModels is a source that cannot tell of models.
var errNoModels = errors.New("this source knows nothing of models")

// Models answers which models there are.
func (a *Answerer) Models(ctx context.Context, workspace string) (*Models, error) {
	source, ok := a.source.(ModelSource)
	if !ok {
		return nil, errNoModels
	}
	standings, err := source.Standings(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return modelsOf(workspace, standings), nil
}

// modelsOf puts together what the tasks say. They hear of a change one after the other: the latest one is the truth, and a task that has not heard of it
// has computed nothing by it.
func modelsOf(workspace string, standings []store.Standing) *Models {
	m := &Models{Workspace: workspace, Models: []Model{}, Rules: ChannelRules{Own: json.RawMessage("{}")}}
	if len(standings) == 0 {
		m.Headline = "Nothing has been computed in this workspace yet."
		return m
	}
	latest := slices.MaxFunc(standings, func(a, b store.Standing) int { return a.ChangedAt.Compare(b.ChangedAt) })
	p := &m.Progress
	p.IsComplete = true
	shares := 0.0
	for i := range standings {
		s := &standings[i]
		p.SubjectsTotal += max(s.SubjectsTotal, s.SubjectsDone)
		if !saysTheSame(s, &latest) {
			p.IsComplete = false
			continue
		}
		p.SubjectsDone += s.SubjectsDone
		p.TouchesDone += s.TouchesDone
		p.IsComplete = p.IsComplete && s.IsDone
		switch {
		case s.IsDone:
			shares++
		case s.SubjectsTotal > 0:
			shares += float64(s.SubjectsDone) / float64(s.SubjectsTotal)
		}
	}
	p.Share = shares / float64(len(standings))
	if p.Reason = latest.Reason; p.Reason != "" {
		p.ChangedAt, p.CauseEventID = latest.ChangedAt.UTC().Format(time.RFC3339Nano), latest.CauseEventID
	}
	m.Rules.Version = latest.RulesVersion
	if latest.Rules != "" {
		m.Rules.Own = json.RawMessage(latest.Rules)
	}
	for i := range latest.Names {
		m.Models = append(m.Models, modelOf(&latest, i, p))
	}
	slices.SortStableFunc(m.Models, func(a, b Model) int { return statusRank(a.Status) - statusRank(b.Status) })
	m.Headline = modelsHeadline(m)
	return m
}

// saysTheSame tells whether two tasks know the same models and rules.
func saysTheSame(a, b *store.Standing) bool {
	return a.RulesVersion == b.RulesVersion && a.Rules == b.Rules && slices.Equal(a.Names, b.Names) && slices.Equal(a.Versions, b.Versions) &&
		slices.Equal(a.Statuses, b.Statuses) && slices.Equal(a.Definitions, b.Definitions)
}

func statusRank(status string) int {
	return slices.Index([]string{"live", "shadow", "retired"}, status)
}

func modelOf(s *store.Standing, i int, p *ModelProgress) Model {
	m := Model{
		Name: s.Names[i], Version: s.Versions[i], Status: s.Statuses[i], Origin: s.Origins[i], Definition: json.RawMessage(s.Definitions[i]),
		Progress: 1, IsComplete: true,
	}
	var definition struct{ Rule string }
	if json.Unmarshal(m.Definition, &definition) == nil {
		m.Rule = definition.Rule
	}
	since := time.UnixMilli(s.SinceMS[i])
	if s.SinceMS[i] > 0 {
		m.Since = since.UTC().Format(time.RFC3339Nano)
	}
	// What was there before the last change is computed, except while rules change, which concern every model; the first of several changes under way is
	// not told apart from the last.
	if !p.IsComplete {
		m.Progress, m.IsComplete = p.Share, false
	}
	return m
}

func modelsHeadline(m *Models) string {
	count := map[string]int{}
	for _, v := range m.Models {
		count[v.Status]++
	}
	text := fmt.Sprintf("%d models are live", count["live"])
	if n := count["shadow"]; n > 0 {
		text += fmt.Sprintf(", %d run beside them", n)
	}
	if p := m.Progress; !p.IsComplete {
		return fmt.Sprintf("%s; the last change (%s) is computed for %.0f%% of the workspace.", text, p.Reason, 100*p.Share)
	}
	return text + "; everything is computed by them."
}

// ModelsDiffRequest asks what a shadow would change.
type ModelsDiffRequest struct {
	Workspace, Model, Version, Basis, From, To, Measure string
	Limit                                               int
}

// diffMeasures are the measures that journeys can be ordered by, in the order in which one is chosen when none is asked for.
var diffMeasures = []string{"revenue", "pipeline", "conversion_value", "customers", "opportunities", "conversions"}

// amountOf is the place of a measure in store.Amounts.
var amountOf = map[string]int{"conversions": 0, "conversion_value": 1, "opportunities": 2, "pipeline": 3, "customers": 4, "revenue": 5}

// ModelsDiff answers what a shadow would change.
func (a *Answerer) ModelsDiff(ctx context.Context, r ModelsDiffRequest) (*ModelsDiff, error) {
	source, ok := a.source.(ModelSource)
	if !ok {
		return nil, errNoModels
	}
	models, err := a.Models(ctx, r.Workspace)
	if err != nil {
		return nil, err
	}
	shadow, live, err := models.shadow(r.Model, r.Version)
	if err != nil {
		return nil, err
	}
	if err := checkDays(r.From, r.To); err != nil {
		return nil, err
	}
	d := &ModelsDiff{
		Workspace: r.Workspace, Model: shadow.Name, Version: shadow.Version, Live: live, Basis: r.Basis, From: r.From, To: r.To,
		IsComplete: shadow.IsComplete, Progress: shadow.Progress, Warnings: []string{}, Measure: r.Measure,
		Totals: []ModelsDiffRow{}, Channels: []ModelsDiffRow{}, Journeys: []ModelsDiffJourney{},
	}
	q := store.DiffQuery{
		Workspace: r.Workspace, Model: d.Model, Shadow: attribution.ShadowName(d.Model, d.Version), Basis: r.Basis, From: r.From, To: r.To, Limit: r.Limit,
	}
	rows, err := source.ChannelDiffs(ctx, q)
	if err != nil {
		return nil, err
	}
	totals := d.channels(rows)
	if d.Measure == "" {
		d.Measure = firstMeasure(totals)
	}
	q.Measure = d.Measure
	journeys, err := source.JourneyDiffs(ctx, q)
	if err != nil {
		return nil, err
	}
	d.journeys(journeys)
	d.judge(totals)
	return d, nil
}

// shadow finds the shadow that is asked for, the latest without a version, and the version of the live model.
func (m *Models) shadow(name, version string) (shadow *Model, live string, err error) {
	var known []string
	for i := range m.Models {
		v := &m.Models[i]
		switch {
		case v.Status == "live" && v.Name == name:
			live = v.Version
		case v.Status == "shadow" && v.Name == name && (version == "" || v.Version == version):
			shadow = v
		}
		if v.Status == "shadow" {
			known = append(known, attribution.ShadowName(v.Name, v.Version))
		}
	}
	if shadow == nil {
		reason := fmt.Sprintf("no shadow %s runs beside the live models", strings.TrimSuffix(attribution.ShadowName(name, version), "@"))
		if len(known) > 0 {
			reason += "; there is " + strings.Join(known, ", ")
		}
		return nil, "", &InvalidError{Param: "model", Reason: reason}
	}
	return shadow, live, nil
}

func checkDays(from, to string) error {
	for param, day := range map[string]string{"from": from, "to": to} {
		if day == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return &InvalidError{Param: param, Reason: "a day is written YYYY-MM-DD"}
		}
	}
	return nil
}

// channels writes the rows and returns the totals by currency.
func (d *ModelsDiff) channels(rows []store.ChannelDiff) map[string]*store.ChannelDiff {
	totals := map[string]*store.ChannelDiff{}
	var currencies []string
	for i := range rows {
		d.Channels = append(d.Channels, diffRow(&rows[i]))
		t := totals[rows[i].Currency]
		if t == nil {
			t = &store.ChannelDiff{Currency: rows[i].Currency}
			totals[t.Currency] = t
			currencies = append(currencies, t.Currency)
		}
		for k := range t.Now {
			t.Now[k] += rows[i].Now[k]
			t.Then[k] += rows[i].Then[k]
		}
	}
	slices.Sort(currencies)
	for _, c := range currencies {
		d.Totals = append(d.Totals, diffRow(totals[c]))
	}
	return totals
}

func diffRow(c *store.ChannelDiff) ModelsDiffRow {
	count := func(i int) CountChange {
		return CountChange{Now: wholeUnits(c.Now[i]), Then: wholeUnits(c.Then[i]), Change: wholeUnits(c.Then[i] - c.Now[i])}
	}
	amount := func(i int) MoneyChange { return moneyChange(c.Now[i], c.Then[i], c.Currency) }
	return ModelsDiffRow{
		Channel: c.Channel, Currency: c.Currency, Conversions: count(0), ConversionValue: amount(1), Opportunities: count(2), Pipeline: amount(3),
		Customers: count(4), Revenue: amount(5),
	}
}

func wholeUnits(units int64) float64 { return float64(units) / attribution.NanoUnit }

func moneyChange(now, then int64, currency string) MoneyChange {
	return MoneyChange{
		Now: money.FormatDecimal(now, currency), Then: money.FormatDecimal(then, currency), Change: money.FormatDecimal(then-now, currency),
	}
}

// firstMeasure is the first measure that there is any of.
func firstMeasure(totals map[string]*store.ChannelDiff) string {
	for _, m := range diffMeasures {
		for _, t := range totals {
			if i := amountOf[m]; t.Now[i] != 0 || t.Then[i] != 0 {
				return m
			}
		}
	}
	return diffMeasures[0]
}

func (d *ModelsDiff) journeys(rows []store.JourneyDiff) {
	isCount := d.Measure == "conversions" || d.Measure == "opportunities" || d.Measure == "customers"
	change := func(now, then int64, currency string) MoneyChange {
		if !isCount {
			return moneyChange(now, then, currency)
		}
		text := func(v int64) string {
			return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.9f", wholeUnits(v)), "0"), ".")
		}
		return MoneyChange{Now: text(now), Then: text(then), Change: text(then - now)}
	}
	for _, r := range rows {
		j := ModelsDiffJourney{JourneyID: r.JourneyID, Kind: r.Kind, Currency: r.Currency, Moved: change(0, r.Moved, r.Currency).Then, Channels: []ModelsDiffChannel{}}
		if isCount {
			j.Currency = ""
		}
		for i, c := range r.Channels {
			j.Channels = append(j.Channels, ModelsDiffChannel{Channel: c, MoneyChange: change(r.Now[i], r.Then[i], r.Currency)})
		}
		d.Journeys = append(d.Journeys, j)
	}
}

// judge says in a sentence what the difference is, and whether it can be believed. Both sides share out the same amounts, so totals that differ show what
// is not computed yet, whatever the tasks say.
func (d *ModelsDiff) judge(totals map[string]*store.ChannelDiff) {
	differ := false
	for _, t := range totals {
		// Over all time: a period cuts touches of one journey apart.
		differ = differ || d.Live != "" && d.From == "" && d.To == "" && t.Now != t.Then
	}
	if !d.IsComplete || differ {
		d.IsComplete = false
		d.Warnings = append(d.Warnings, fmt.Sprintf("%s is still being computed (%.0f%%): the figures are of a part, and cannot be compared yet",
			attribution.ShadowName(d.Model, d.Version), 100*d.Progress))
	}
	if d.Live == "" {
		d.Warnings = append(d.Warnings, "no live model has this name: everything is new")
	}
	i := amountOf[d.Measure]
	largest, by := "", int64(0)
	for _, row := range d.Channels {
		if c := d.changeOf(&row); c > by {
			largest, by = row.Channel, c
		}
	}
	name := attribution.ShadowName(d.Model, d.Version)
	if by == 0 {
		d.Headline = fmt.Sprintf("%s gives every channel the same %s as now.", name, strings.ReplaceAll(d.Measure, "_", " "))
		return
	}
	moved, now := int64(0), int64(0)
	for _, t := range totals {
		now += t.Now[i]
	}
	for _, row := range d.Channels {
		if c := d.changeOf(&row); c > 0 {
			moved += c
		}
	}
	share := ""
	if now != 0 && len(totals) == 1 {
		share = fmt.Sprintf(" (%.1f%%)", 100*float64(moved)/float64(now))
	}
	d.Headline = fmt.Sprintf("%s moves some %s between channels%s; %s gains most.", name, strings.ReplaceAll(d.Measure, "_", " "), share, largest)
}

// changeOf is a row's change of the measure in the smallest units.
func (d *ModelsDiff) changeOf(row *ModelsDiffRow) int64 {
	units := func(m MoneyChange) int64 { v, _, _ := money.ParseDecimal(m.Change, row.Currency); return v }
	switch d.Measure {
	case "revenue":
		return units(row.Revenue)
	case "pipeline":
		return units(row.Pipeline)
	case "conversion_value":
		return units(row.ConversionValue)
	case "customers":
		return int64(row.Customers.Change * attribution.NanoUnit)
	case "opportunities":
		return int64(row.Opportunities.Change * attribution.NanoUnit)
	default:
		return int64(row.Conversions.Change * attribution.NanoUnit)
	}
}

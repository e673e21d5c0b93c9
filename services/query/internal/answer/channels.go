package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// Channels answers what each channel or campaign cost and earned under one model.
func (a *Answerer) Channels(ctx context.Context, r Request) (*Channels, error) {
	f, err := a.frame(ctx, r)
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
	t := f.table(model)
	shown, page, err := f.pageOf(f.shown(t.Rows), f.order(t))
	if err != nil {
		return nil, err
	}
	maturity, err := a.maturityOf(ctx, f, model)
	if err != nil {
		return nil, err
	}
	if f.extent.HasData || len(t.Rows) > 0 {
		shown = append(slices.Clip(shown), t.Unattributed)
	}
	lines, rows := f.timeline(t), []Row{}
	for _, r := range shown {
		row := f.row(r)
		row.Sparkline, row.Explain = lines.sparkline(r.Key), f.explain(model, &r.Key)
		rows = append(rows, row)
	}
	totals := f.totals(t)
	totals.Explain = f.explain(model, nil)
	return &Channels{
		Headline: f.headline(t), Model: model, Scope: f.scope(), Comparison: f.comparisonScope(),
		Rows: rows, Totals: totals, Maturity: maturity, Page: page, Freshness: f.freshness(a.cfg.Now()), Warnings: f.warnings,
	}, nil
}

// Compare answers how the models see each channel or campaign.
func (a *Answerer) Compare(ctx context.Context, r Request) (*Compare, error) {
	f, err := a.frame(ctx, r)
	if err != nil {
		return nil, err
	}
	if f.models, err = f.compared(a.cfg.Model); err != nil {
		return nil, err
	}
	if err := a.read(ctx, f); err != nil {
		return nil, err
	}
	tables := make([]performance.Table, len(f.models))
	for i, model := range f.models {
		tables[i] = f.table(model)
	}
	answer := &Compare{
		Models: f.models, Scope: f.scope(), Comparison: f.comparisonScope(), Rows: []ComparedRow{}, Totals: []ComparedTotals{},
		Freshness: f.freshness(a.cfg.Now()), Warnings: f.warnings,
	}
	lines := make([]*timeline, len(tables))
	for i, t := range tables {
		totals := f.totals(t)
		totals.Explain = f.explain(f.models[i], nil)
		answer.Totals = append(answer.Totals, ComparedTotals{Model: f.models[i], Totals: totals})
		lines[i] = f.timeline(t)
	}
	keys := f.comparedKeys(tables)
	answer.Headline = f.compareHeadline(keys, tables)
	var shown []performance.Row
	if shown, answer.Page, err = f.pageOf(comparedRows(keys, tables, f.order(tables[0])), f.order(tables[0])); err != nil {
		return nil, err
	}
	if f.extent.HasData || len(keys) > 0 {
		shown = append(slices.Clip(shown), tables[0].Unattributed)
	}
	for _, row := range shown {
		answer.Rows = append(answer.Rows, f.comparedRow(row.Key, tables, lines))
	}
	return answer, nil
}

// comparedRows are the rows of all tables in the order of the first: a row that it lacks stands in it with zeros.
func comparedRows(keys []performance.Key, tables []performance.Table, order performance.Order) []performance.Row {
	all := performance.Table{}
	for _, key := range keys {
		all.Rows = append(all.Rows, rowOf(tables[0], key))
	}
	all.Sort(order)
	return all.Rows
}

// compared are the models asked for, or all there are.
func (f *frame) compared(preferred string) ([]string, error) {
	if len(f.Models) == 0 {
		if len(f.available) == 0 {
			return []string{preferred}, nil
		}
		return f.available[:min(len(f.available), MaxModels)], nil
	}
	models := []string{}
	for _, asked := range f.Models {
		model, err := f.model(asked, preferred)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(models, model) {
			models = append(models, model)
		}
	}
	return models, nil
}

// comparedKeys are the rows of all tables, in the order of the first that has them.
func (f *frame) comparedKeys(tables []performance.Table) []performance.Key {
	keys, seen := []performance.Key{}, map[performance.Key]bool{}
	for _, t := range tables {
		for _, row := range f.shown(t.Rows) {
			if !seen[row.Key] {
				seen[row.Key] = true
				keys = append(keys, row.Key)
			}
		}
	}
	return keys
}

func rowOf(t performance.Table, key performance.Key) performance.Row {
	if key == t.Unattributed.Key {
		return t.Unattributed
	}
	if i := slices.IndexFunc(t.Rows, func(r performance.Row) bool { return r.Key == key }); i >= 0 {
		return t.Rows[i]
	}
	return performance.Row{Key: key}
}

func (f *frame) comparedRow(key performance.Key, tables []performance.Table, lines []*timeline) ComparedRow {
	compared := ComparedRow{Channel: key.Channel, Campaign: f.campaign(key.Campaign), Currency: f.currency, Models: []ModelFigures{}}
	compared.Content, compared.LandingPage, compared.Source, compared.Medium = f.detail(key.Detail)
	for i, t := range tables {
		row := rowOf(t, key)
		compared.Models = append(compared.Models, ModelFigures{
			Model: f.models[i], Figures: f.figures(row.Figures), Previous: f.optionalFigures(row.Previous),
			Sparkline: lines[i].sparkline(key), Explain: f.explain(f.models[i], &key),
		})
		if roas := row.ROAS(f.value); roas != nil {
			compared.ROAS.include(*roas)
		}
	}
	return compared
}

func (s *Spread) include(x float64) {
	if s.Min == nil || x < *s.Min {
		s.Min = &x
	}
	if s.Max == nil || x > *s.Max {
		s.Max = &x
	}
}

// compareHeadline names the row whose share of the main measure depends most on the model: there the choice of model is the decision.
func (f *frame) compareHeadline(keys []performance.Key, tables []performance.Table) string {
	if len(keys) == 0 {
		return EmptyHeadline
	}
	type reach struct {
		key      performance.Key
		min, max float64
	}
	var widest reach
	for _, key := range keys {
		current := reach{key: key, min: 1, max: 0}
		for _, t := range tables {
			m := t.MainMeasure(f.value)
			share := float64(m.Of(rowOf(t, key).Figures, f.value)) / float64(max(1, m.Of(t.Totals.Figures, f.value)))
			current.min, current.max = min(current.min, share), max(current.max, share)
		}
		if cmp.Compare(current.max-current.min, widest.max-widest.min) > 0 {
			widest = current
		}
	}
	least, most := readable.Percent(&widest.min), readable.Percent(&widest.max)
	if len(tables) < 2 || least == most {
		return fmt.Sprintf("The %d models compared agree on every %s.", len(tables), f.groupBy)
	}
	return fmt.Sprintf("Models disagree most on %s: it earns from %s to %s of the %s.",
		f.name(performance.Row{Key: widest.key}), least, most, words[tables[0].MainMeasure(f.value)])
}

// words are measures as people say them.
var words = map[performance.Measure]string{
	performance.MeasureValue: "value", performance.MeasureCustomers: "customers", performance.MeasureOpportunities: "opportunities",
	performance.MeasureConversions: "conversions", performance.MeasureTouchpoints: "touchpoints",
}

package answer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/export"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// PathsRequest is a question for paths.
type PathsRequest struct {
	Request
	Kind, Collapse string
	MaxSteps       int
}

// Paths answers which channels journeys went through.
func (a *Answerer) Paths(ctx context.Context, r PathsRequest) (*Paths, error) {
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
	q := store.PathsQuery{
		Workspace: f.Workspace, Model: model, Kind: r.Kind, Channel: f.Channel, Collapse: r.Collapse, ConversionTypes: f.ConversionTypes, Basis: f.basis,
		Value: f.value, Period: f.period, MaxSteps: r.MaxSteps, AsOf: f.moment.AsOf, Convert: len(f.extent.Currencies) > 1, Currency: f.currency,
	}
	d, err := a.source.Paths(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := &Paths{
		Model: model, Scope: f.scope(), Collapse: r.Collapse, MaxSteps: r.MaxSteps, Comparison: f.comparisonScope(), Paths: []Path{},
		Page: CursorPage{Limit: f.Limit}, Freshness: f.freshness(a.cfg.Now()), Warnings: f.warnings,
	}
	values := a.pathValues(f, d.Values)
	answer.draw(f, d, values)
	answer.Lengths = a.pathLengths(f, d.Lengths)
	before := map[string]int64{}
	if f.comparison != nil {
		q.Period = *f.comparison
		paths, err := a.source.Paths(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, p := range paths.Paths {
			before[pathKey(p.Channels)] = p.Journeys
		}
	}
	if err := answer.page(f, r, d, values, before); err != nil {
		return nil, err
	}
	answer.Headline = answer.headline(f, d, values)
	return answer, nil
}

// pathKey tells paths apart whatever channels are called.
func pathKey(channels []string) string { return fmt.Sprintf("%q", channels) }

// pathValues converts what paths are worth; each path and day is rounded by itself.
func (a *Answerer) pathValues(f *frame, values []store.PathValue) map[string]int64 {
	facts := make([]performance.Fact, len(values))
	for i, v := range values {
		facts[i] = performance.Fact{Key: performance.Key{Channel: pathKey(v.Channels)}, Currency: v.Currency, Day: v.Day, Figures: performance.Figures{Revenue: v.Minor}}
	}
	converted, _ := f.exchange.Convert(facts, f.currency, a.cfg.BaseCurrency[f.Workspace]) // what has no rate is said by the frame already
	sums := map[string]int64{}
	for _, fact := range converted {
		sums[fact.Channel] += fact.Revenue
	}
	return sums
}

func (a *Answerer) pathLengths(f *frame, lengths []store.PathLength) []PathLength {
	facts := make([]performance.Fact, len(lengths))
	for i, l := range lengths {
		facts[i] = performance.Fact{Key: performance.Key{Channel: fmt.Sprint(l.Touches)}, Currency: l.Currency, Day: l.Day, Figures: performance.Figures{Revenue: l.Minor}}
	}
	converted, _ := f.exchange.Convert(facts, f.currency, a.cfg.BaseCurrency[f.Workspace])
	journeys, minor := map[int64]int64{}, map[int64]int64{}
	for i, l := range lengths {
		journeys[l.Touches] += l.Journeys
		minor[l.Touches] += converted[i].Revenue
	}
	all := []PathLength{}
	for _, touches := range slices.Sorted(maps.Keys(journeys)) {
		all = append(all, PathLength{Touches: int(touches), Journeys: journeys[touches], Value: money.FormatDecimal(minor[touches], f.currency)})
	}
	return all
}

// draw sums all paths into totals, nodes and links.
func (p *Paths) draw(f *frame, d *store.Paths, values map[string]int64) {
	nodes, links, worth := map[PathNode]int64{}, map[PathLink]int64{}, map[PathLink]int64{}
	total := int64(0)
	for _, path := range d.Paths {
		if len(path.Channels) == 0 {
			p.Totals.WithoutTouch += path.Journeys
			continue
		}
		p.Totals.Journeys += path.Journeys
		p.Totals.Conversions += path.Conversions
		p.Totals.Customers += path.Customers
		value := values[pathKey(path.Channels)]
		total += value
		for i, channel := range path.Channels {
			nodes[PathNode{ID: nodeID(i, channel), Step: i + 1, Channel: channel}] += path.Journeys
			if i > 0 {
				link := PathLink{From: nodeID(i-1, path.Channels[i-1]), To: nodeID(i, channel)}
				links[link] += path.Journeys
				worth[link] += value
			}
		}
	}
	p.Totals.Value, p.Totals.Currency = money.FormatDecimal(total, f.currency), f.currency
	p.Nodes, p.Links = []PathNode{}, []PathLink{}
	for node, journeys := range nodes {
		node.Journeys = journeys
		p.Nodes = append(p.Nodes, node)
	}
	for link, journeys := range links {
		value := money.FormatDecimal(worth[link], f.currency)
		link.Journeys, link.Value = journeys, value
		p.Links = append(p.Links, link)
	}
	slices.SortFunc(p.Nodes, func(a, b PathNode) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(b.Journeys, a.Journeys), cmp.Compare(a.Channel, b.Channel))
	})
	slices.SortFunc(p.Links, func(a, b PathLink) int {
		return cmp.Or(cmp.Compare(b.Journeys, a.Journeys), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

func nodeID(i int, channel string) string { return fmt.Sprintf("%d:%s", i+1, channel) }

// pathPlace is where a page of paths ends.
type pathPlace struct {
	Journeys int64
	Channels []string
}

func comparePaths(a, b pathPlace) int {
	return cmp.Or(cmp.Compare(b.Journeys, a.Journeys), slices.Compare(a.Channels, b.Channels))
}

func (p *Paths) page(f *frame, r PathsRequest, d *store.Paths, values map[string]int64, before map[string]int64) error {
	r.Request = r.turned()
	var after *pathPlace
	if f.Cursor != "" {
		after = &pathPlace{}
		if err := readCursor(f.Cursor, r, after); err != nil {
			return err
		}
	}
	full := false
	for _, path := range d.Paths {
		if len(path.Channels) == 0 {
			continue
		}
		p.Page.Total++
		place := pathPlace{path.Journeys, path.Channels}
		if full || (after != nil && comparePaths(place, *after) <= 0) {
			continue // only counted
		}
		if len(p.Paths) == f.Limit {
			last := p.Paths[f.Limit-1]
			p.Page.NextCursor = cursorOf(r, pathPlace{last.Journeys, last.Channels})
			full = true
			continue
		}
		shown := Path{
			Channels: path.Channels, Journeys: path.Journeys, Conversions: path.Conversions, Customers: path.Customers, Currency: f.currency,
			Value: money.FormatDecimal(values[pathKey(path.Channels)], f.currency), Share: *share(path.Journeys, p.Totals.Journeys), MedianDays: path.MedianDays,
		}
		if f.comparison != nil {
			n := before[pathKey(path.Channels)]
			shown.Previous = &n
		}
		p.Paths = append(p.Paths, shown)
	}
	return nil
}

// headline names the path that earns most, else the one that most take.
func (p *Paths) headline(f *frame, d *store.Paths, values map[string]int64) string {
	if p.Totals.Journeys == 0 {
		if p.Totals.WithoutTouch > 0 {
			return fmt.Sprintf("No touchpoint led to any of %s.", plural(int(p.Totals.WithoutTouch), "journey"))
		}
		return EmptyHeadline
	}
	withTouch := slices.DeleteFunc(slices.Clone(d.Paths), func(path store.Path) bool { return len(path.Channels) == 0 })
	best := slices.MaxFunc(withTouch, func(a, b store.Path) int {
		return cmp.Or(cmp.Compare(values[pathKey(a.Channels)], values[pathKey(b.Channels)]), cmp.Compare(a.Journeys, b.Journeys))
	})
	words := strings.Join(best.Channels, " > ")
	of := share(best.Journeys, p.Totals.Journeys)
	if value := values[pathKey(best.Channels)]; value > 0 {
		return fmt.Sprintf("%s earns most: %s from %s, %s of all that have a path.", words, f.money(value), plural(int(best.Journeys), "journey"), readable.Percent(of))
	}
	return fmt.Sprintf("%s is the most common path: %s, %s of all.", words, plural(int(best.Journeys), "journey"), readable.Percent(of))
}

// Table is the answer as a table.
func (p *Paths) Table() export.Table {
	t := export.Table{Name: "paths", Columns: concat([]export.Column{
		{Name: "path", Kind: export.Text},
		{Name: "steps", Kind: export.Integer},
		{Name: "journeys", Kind: export.Integer},
		{Name: "conversions", Kind: export.Integer},
		{Name: "customers", Kind: export.Integer},
		{Name: "value", Kind: export.Exact},
		{Name: "currency", Kind: export.Text},
		{Name: "share", Kind: export.Number},
		{Name: "median_days", Kind: export.Number},
	}, scopeColumns())}
	t.Each = eachOf(p.Paths, func(path Path) []any {
		return concat([]any{
			strings.Join(path.Channels, " > "), len(path.Channels), path.Journeys, path.Conversions, path.Customers, path.Value, path.Currency, path.Share, path.MedianDays,
		}, p.Scope.cells(p.Model))
	})
	return t
}

package answer

import (
	"slices"

	"github.com/tributary-attribution/tributary/services/query/internal/export"
)

// figureColumns are the columns of Figures, in the order of cells.
func figureColumns() []export.Column {
	return []export.Column{
		{Name: "currency", Kind: export.Text},
		{Name: "spend", Kind: export.Exact},
		{Name: "impressions", Kind: export.Integer},
		{Name: "clicks", Kind: export.Integer},
		{Name: "touchpoints", Kind: export.Integer},
		{Name: "conversions", Kind: export.Number},
		{Name: "conversion_value", Kind: export.Exact},
		{Name: "opportunities", Kind: export.Number},
		{Name: "customers", Kind: export.Number},
		{Name: "pipeline", Kind: export.Exact},
		{Name: "revenue", Kind: export.Exact},
		{Name: "value", Kind: export.Exact},
		{Name: "roi", Kind: export.Number},
		{Name: "roas", Kind: export.Number},
		{Name: "cpl", Kind: export.Exact},
		{Name: "cost_per_opportunity", Kind: export.Exact},
		{Name: "cac", Kind: export.Exact},
		{Name: "ctr", Kind: export.Number},
		{Name: "cpc", Kind: export.Exact},
		{Name: "cvr", Kind: export.Number},
		{Name: "click_cvr", Kind: export.Number},
		{Name: "sql_rate", Kind: export.Number},
		{Name: "pipeline_conversion", Kind: export.Number},
		{Name: "payback_months", Kind: export.Number},
	}
}

func (f Figures) cells(currency string) []any {
	return []any{
		currency, f.Spend, f.Impressions, f.Clicks, f.Touchpoints, f.Conversions, f.ConversionValue, f.Opportunities, f.Customers, f.Pipeline,
		f.Revenue, f.Value, f.ROI, f.ROAS, f.CPL, f.CostPerOpportunity, f.CAC, f.CTR, f.CPC, f.CVR, f.ClickCVR, f.SQLRate, f.PipelineConversion,
		f.PaybackMonths,
	}
}

// scopeColumns say which question a row answers: a file is read far from its address.
func scopeColumns() []export.Column {
	return []export.Column{
		{Name: "model", Kind: export.Text}, {Name: "basis", Kind: export.Text}, {Name: "from", Kind: export.Day}, {Name: "to", Kind: export.Day},
	}
}

func (s Scope) cells(model string) []any { return []any{model, s.Basis, s.From, s.To} }

// previousColumns are those of the comparison period, prefixed.
func previousColumns(compared bool) []export.Column {
	if !compared {
		return nil
	}
	columns := figureColumns()[1:]
	for i := range columns {
		columns[i].Name = "previous_" + columns[i].Name
	}
	return columns
}

func previousCells(compared bool, f *Figures) []any {
	if !compared {
		return nil
	}
	if f == nil {
		return make([]any, len(figureColumns())-1)
	}
	return f.cells("")[1:]
}

// keyColumns are what a row is.
func keyColumns(groupBy string) []export.Column {
	columns := []export.Column{{Name: "channel", Kind: export.Text}}
	if groupBy != "channel" {
		columns = append(columns, export.Column{Name: groupBy, Kind: export.Text})
	}
	return columns
}

func keyCells(groupBy, channel string, others ...*string) []any {
	cells := []any{channel}
	if groupBy == "channel" {
		return cells
	}
	for _, other := range others {
		if other != nil {
			return append(cells, *other)
		}
	}
	return append(cells, "")
}

// Table is the answer as a table.
func (a *Channels) Table() export.Table {
	compared := a.Comparison != nil
	t := export.Table{Name: "channels", Columns: concat(keyColumns(a.GroupBy), scopeColumns(), figureColumns(), previousColumns(compared))}
	t.Each = eachOf(a.Rows, func(r Row) []any {
		return concat(keyCells(a.GroupBy, r.Channel, r.Campaign, r.Content, r.LandingPage, r.Source, r.Medium), a.Scope.cells(a.Model),
			r.Figures.cells(r.Currency), previousCells(compared, r.Previous))
	})
	return t
}

// Table is the answer as a table: a row per channel or campaign and model.
func (a *Compare) Table() export.Table {
	compared := a.Comparison != nil
	t := export.Table{Name: "compare", Columns: concat(keyColumns(a.GroupBy), scopeColumns(), figureColumns(), previousColumns(compared))}
	var rows [][]any
	for _, r := range a.Rows {
		for _, m := range r.Models {
			rows = append(rows, concat(keyCells(a.GroupBy, r.Channel, r.Campaign, r.Content, r.LandingPage, r.Source, r.Medium), a.Scope.cells(m.Model),
				m.Figures.cells(r.Currency), previousCells(compared, m.Previous)))
		}
	}
	t.Each = export.Rows(rows)
	return t
}

// Table is the answer as a table: a row per channel and point, or per point alone.
func (a *Trend) Table() export.Table {
	t := export.Table{Name: "trend", Columns: concat([]export.Column{
		{Name: "channel", Kind: export.Text},
		{Name: "on", Kind: export.Day},
		{Name: "interval", Kind: export.Text},
		{Name: "immature", Kind: export.Flag},
		{Name: "partial", Kind: export.Flag},
	}, scopeColumns(), figureColumns())}
	var rows [][]any
	add := func(channel string, points []Point) {
		for _, p := range points {
			rows = append(rows, concat([]any{channel, p.On, a.Interval, p.Immature, p.Partial}, a.Scope.cells(a.Model), p.Figures.cells(a.Currency)))
		}
	}
	for _, s := range a.Series {
		add(s.Channel, s.Points)
	}
	if a.totalsOnly {
		add("", a.Totals)
	}
	t.Each = export.Rows(rows)
	return t
}

func concat[T any](parts ...[]T) []T { return slices.Concat(parts...) }

// eachOf hands out the rows of a list.
func eachOf[T any](list []T, cells func(T) []any) func(func([]any) error) error {
	return func(emit func([]any) error) error {
		for _, item := range list {
			if err := emit(cells(item)); err != nil {
				return err
			}
		}
		return nil
	}
}

// Table is the answer as a table.
func (a *Contributions) Table() export.Table {
	t := export.Table{Name: "contributions", Columns: concat([]export.Column{
		{Name: "measure", Kind: export.Text},
		{Name: "kind", Kind: export.Text},
		{Name: "id", Kind: export.Text},
		{Name: "on", Kind: export.Day},
		{Name: "channel", Kind: export.Text},
		{Name: "campaign", Kind: export.Text},
		{Name: "describes", Kind: export.Text},
		{Name: "touches", Kind: export.Integer},
		{Name: "amount", Kind: export.Exact},
		{Name: "currency", Kind: export.Text},
		{Name: "own_amount", Kind: export.Exact},
		{Name: "own_currency", Kind: export.Text},
	}, scopeColumns())}
	currency := ""
	if a.Unit == "money" {
		currency = a.Currency
	}
	t.Each = eachOf(a.Rows, func(r Contribution) []any {
		return concat([]any{a.Measure, r.Kind, r.ID, r.On, r.Channel, r.Campaign, r.Describes, r.Touches, r.Amount, currency, r.OwnAmount, r.OwnCurrency},
			a.Scope.cells(a.Model))
	})
	return t
}

// Table is the answer as a table: a row per finding.
func (w *Weekly) Table() export.Table {
	t := export.Table{Name: "weekly", Columns: []export.Column{
		{Name: "week", Kind: export.Text},
		{Name: "section", Kind: export.Text},
		{Name: "kind", Kind: export.Text},
		{Name: "sentence", Kind: export.Text},
		{Name: "measure", Kind: export.Text},
		{Name: "channel", Kind: export.Text},
		{Name: "campaign", Kind: export.Text},
		{Name: "value", Kind: export.Text},
		{Name: "previous", Kind: export.Text},
		{Name: "currency", Kind: export.Text},
		{Name: "change", Kind: export.Number},
		{Name: "confidence", Kind: export.Text},
		{Name: "doubt", Kind: export.Text},
		{Name: "query", Kind: export.Text},
	}}
	rows := [][]any{}
	for _, s := range w.Sections {
		for _, f := range s.Findings {
			rows = append(rows, []any{
				w.Week, s.ID, f.Kind, f.Sentence, f.Measure, f.Subject.Channel, f.Subject.Campaign, f.Value, f.Previous, f.Currency, f.Change, f.Confidence, f.Doubt, f.Query,
			})
		}
	}
	t.Each = export.Rows(rows)
	return t
}

package performance

// Row is one channel or campaign.
type Row struct {
	Key
	Figures
	// Previous is the same key in the comparison period, nil when none was asked for.
	Previous *Figures
}

// Table is the answer under one model. Totals equal the sum of Rows and Unattributed, whatever is sorted or paged.
type Table struct {
	Model string
	Rows  []Row
	// Unattributed is what no touchpoint earned. It is a row of its own and never hidden by paging.
	Unattributed Row
	Totals       Row
}

// Tabulate sums converted facts of one model, and those that no model changes, into a table. previous are the facts of the comparison
// period; nil means that none was asked for. Every key of either period has a row, also one that only spent.
func Tabulate(model string, groupBy GroupBy, facts, previous []Fact) Table {
	t := Table{Model: model, Unattributed: Row{Key: Key{Channel: Unattributed}}}
	rows := map[Key]*Row{}
	rowOf := func(f Fact) *Row {
		key := f.Key
		if groupBy != GroupByCampaign {
			key.Campaign = ""
		}
		if key.Channel == Unattributed {
			return &t.Unattributed
		}
		if rows[key] == nil {
			rows[key] = &Row{Key: key}
		}
		return rows[key]
	}
	for _, f := range facts {
		if f.Model == model || f.Model == "" {
			rowOf(f).Add(f.Figures)
			t.Totals.Add(f.Figures)
		}
	}
	if previous != nil {
		comparePrevious(&t, previous, rowOf)
	}
	for _, row := range rows {
		if previous != nil && row.Previous == nil {
			row.Previous = &Figures{}
		}
		if !row.IsZero() || (row.Previous != nil && !row.Previous.IsZero()) {
			t.Rows = append(t.Rows, *row)
		}
	}
	if groupBy.IsFinerThanSpend() {
		for i := range t.Rows {
			t.Rows[i].spendElsewhere()
		}
	}
	return t
}

// spendElsewhere takes the row's costs out of its ratios. Totals keep theirs: all costs and all outcomes are in them.
func (r *Row) spendElsewhere() {
	r.SpendElsewhere = true
	if r.Previous != nil {
		r.Previous.SpendElsewhere = true
	}
}

func comparePrevious(t *Table, previous []Fact, rowOf func(Fact) *Row) {
	t.Totals.Previous, t.Unattributed.Previous = &Figures{}, &Figures{}
	for _, f := range previous {
		if f.Model != t.Model && f.Model != "" {
			continue
		}
		row := rowOf(f)
		if row.Previous == nil {
			row.Previous = &Figures{}
		}
		row.Previous.Add(f.Figures)
		t.Totals.Previous.Add(f.Figures)
	}
}

// Coverage is attributed / total, per measure: nil where the total is zero.
type Coverage struct {
	Conversions, ConversionValue, Opportunities, Pipeline, Customers, Revenue *float64
}

// Coverage says how much of each measure the model could give to touchpoints.
func (t Table) Coverage() Coverage {
	u, all := t.Unattributed.Figures, t.Totals.Figures
	return Coverage{
		Conversions:     quotient(all.Conversions-u.Conversions, all.Conversions),
		ConversionValue: quotient(all.ConversionValue-u.ConversionValue, all.ConversionValue),
		Opportunities:   quotient(all.Opportunities-u.Opportunities, all.Opportunities),
		Pipeline:        quotient(all.Pipeline-u.Pipeline, all.Pipeline),
		Customers:       quotient(all.Customers-u.Customers, all.Customers),
		Revenue:         quotient(all.Revenue-u.Revenue, all.Revenue),
	}
}

// MainMeasure is the measure that tells this table's story: the value where there is any, else the first count that is not zero.
// It decides what the one coverage figure, the bars and the headline are about.
func (t Table) MainMeasure(v ValueBasis) Measure {
	for _, m := range []Measure{MeasureValue, MeasureCustomers, MeasureOpportunities, MeasureConversions} {
		if m.Of(t.Totals.Figures, v) != 0 {
			return m
		}
	}
	return MeasureTouchpoints
}

// MainCoverage is the coverage of the main measure; nil when there is nothing to cover.
func (t Table) MainCoverage(v ValueBasis) *float64 {
	m := t.MainMeasure(v)
	if m == MeasureTouchpoints {
		return nil
	}
	all := m.Of(t.Totals.Figures, v)
	return quotient(all-m.Of(t.Unattributed.Figures, v), all)
}

// Measure is a number that rows can be sorted and compared by.
type Measure string

// The measures, spelled as in the API.
const (
	MeasureSpend              Measure = "spend"
	MeasureImpressions        Measure = "impressions"
	MeasureClicks             Measure = "clicks"
	MeasureTouchpoints        Measure = "touchpoints"
	MeasureConversions        Measure = "conversions"
	MeasureConversionValue    Measure = "conversion_value"
	MeasureOpportunities      Measure = "opportunities"
	MeasureCustomers          Measure = "customers"
	MeasurePipeline           Measure = "pipeline"
	MeasureRevenue            Measure = "revenue"
	MeasureValue              Measure = "value"
	MeasureROI                Measure = "roi"
	MeasureROAS               Measure = "roas"
	MeasureCPL                Measure = "cpl"
	MeasureCostPerOpportunity Measure = "cost_per_opportunity"
	MeasureCAC                Measure = "cac"
	MeasureCTR                Measure = "ctr"
	MeasureCPC                Measure = "cpc"
	MeasureCVR                Measure = "cvr"
	MeasureClickCVR           Measure = "click_cvr"
	MeasureSQLRate            Measure = "sql_rate"
	MeasurePipelineConversion Measure = "pipeline_conversion"
)

// Of is an additive measure's number, in its own unit; 0 for the ratios, which do not add.
func (m Measure) Of(f Figures, v ValueBasis) int64 {
	switch m {
	case MeasureSpend:
		return f.Spend
	case MeasureImpressions:
		return f.Impressions
	case MeasureClicks:
		return f.Clicks
	case MeasureTouchpoints:
		return f.Touchpoints
	case MeasureConversions:
		return f.Conversions
	case MeasureConversionValue:
		return f.ConversionValue
	case MeasureOpportunities:
		return f.Opportunities
	case MeasureCustomers:
		return f.Customers
	case MeasurePipeline:
		return f.Pipeline
	case MeasureRevenue:
		return f.Revenue
	case MeasureValue:
		return f.Value(v)
	default:
		return 0
	}
}

// ratio is a ratio's number; ok is false for additive measures.
func (m Measure) ratio(f Figures, v ValueBasis) (value *float64, ok bool) {
	minor := func(n *int64) *float64 {
		if n == nil {
			return nil
		}
		x := float64(*n)
		return &x
	}
	switch m {
	case MeasureROI:
		return f.ROI(v), true
	case MeasureROAS:
		return f.ROAS(v), true
	case MeasureCPL:
		return minor(f.CPL()), true
	case MeasureCostPerOpportunity:
		return minor(f.CostPerOpportunity()), true
	case MeasureCAC:
		return minor(f.CAC()), true
	case MeasureCPC:
		return minor(f.CPC()), true
	case MeasureCTR:
		return f.CTR(), true
	case MeasureCVR:
		return f.CVR(), true
	case MeasureClickCVR:
		return f.ClickCVR(), true
	case MeasureSQLRate:
		return f.SQLRate(), true
	case MeasurePipelineConversion:
		return f.PipelineConversion(), true
	default:
		return nil, false
	}
}

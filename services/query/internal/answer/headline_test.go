package answer

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// TestHeadline_finerThanSpend: a campaign's cost stands where no ad is named; that row has not failed.
func TestHeadline_finerThanSpend(t *testing.T) {
	ad := performance.Row{Key: performance.Key{Channel: "Email", Detail: "blue"}, Figures: performance.Figures{Revenue: 300}}
	bill := performance.Row{Key: performance.Key{Channel: "Email"}, Figures: performance.Figures{Spend: 100}}
	nobody := performance.Row{Key: performance.Key{Channel: performance.Unattributed}, Figures: performance.Figures{Revenue: 100}}
	table := performance.Table{Rows: []performance.Row{ad, bill}, Unattributed: nobody}
	for _, r := range append(table.Rows, table.Unattributed) {
		table.Totals.Add(r.Figures)
	}
	b := builder{currency: "USD", value: performance.ValueBoth, groupBy: performance.GroupByContent}
	if got := b.headline(table); strings.Contains(got, "returned nothing") || !strings.HasPrefix(got, "blue in Email brings 75%") {
		t.Error(got)
	}
}

func TestHeadline(t *testing.T) {
	figures := func(spend, value int64) performance.Figures {
		f := performance.Figures{Spend: spend, Revenue: value}
		if value > 0 {
			f.Customers = fewestOutcomes * performance.NanoUnits
		}
		return f
	}
	few := func(spend, value int64) performance.Figures {
		return performance.Figures{Spend: spend, Revenue: value, Customers: fewestOutcomes*performance.NanoUnits - 1}
	}
	row := func(channel string, f performance.Figures) performance.Row {
		return performance.Row{Key: performance.Key{Channel: channel}, Figures: f}
	}
	for name, c := range map[string]struct {
		rows         []performance.Row
		unattributed performance.Figures
		want         string
	}{
		"nothing": {want: EmptyHeadline},
		"spend alone": {
			rows: []performance.Row{row("Display", figures(123_456_70, 0))},
			want: "123,457 USD spent, and no outcome is recorded yet.",
		},
		"spend alone, without an exchange rate": {
			rows: []performance.Row{row("Display", performance.Figures{Clicks: 7, SpendMissing: true})},
			want: "What was spent has no exchange rate to USD, and no outcome is recorded yet.",
		},
		"touches alone": {
			rows: []performance.Row{row("Email", performance.Figures{Touchpoints: 1200})},
			want: "1,200 touchpoints, and no outcome is recorded yet.",
		},
		"one channel that pays": {
			rows: []performance.Row{row("Email", figures(100, 250)), row("Direct", figures(0, 900))},
			want: "Email returns 2.50 for 1 spent.",
		},
		"best and worst": {
			rows: []performance.Row{row("Email", figures(100, 250)), row("Display", figures(100, 40)), row("Affiliates", figures(100, 100))},
			want: "Email returns 2.50 for 1 spent; Display returns 0.40, the least of 3 channels with spend.",
		},
		"others that cost too little to be named are told of": {
			rows: []performance.Row{row("Lucky", figures(1, 31_31)), row("Email", figures(10_000, 44_400)), row("Display", figures(10_000, 4_000))},
			want: "Email returns 4.44 for 1 spent; Display returns 0.40, the least of 2 channels with at least 2% of the spend.",
		},
		"few cases are neither best nor worst": {
			rows: []performance.Row{row("Lucky", few(100, 900)), row("Email", figures(100, 250)), row("Webinar", figures(100, 200)), row("Display", few(100, 40))},
			want: "Email returns 2.50 for 1 spent; Webinar returns 2.00, the least of 2 channels with spend and 5 outcomes or more.",
		},
		"only one rests on enough": {
			rows: []performance.Row{row("Lucky", few(100, 900)), row("Email", figures(100, 250))},
			want: "Email returns 2.50 for 1 spent, the only channel with spend and 5 outcomes or more.",
		},
		"conversions count where nobody became a customer": {
			rows: []performance.Row{row("Email", performance.Figures{Spend: 100, ConversionValue: 300, Conversions: 9 * performance.NanoUnits}), row("Display", performance.Figures{Spend: 100, ConversionValue: 100, Conversions: 5 * performance.NanoUnits})},
			want: "Email returns 3.00 for 1 spent; Display returns 1.00, the least of 2 channels with spend.",
		},
		"all rest on few": {
			rows: []performance.Row{row("Lucky", few(100, 900)), row("Email", few(100, 100))},
			want: "Both channels with spend return 5.00 for 1 spent together; none rests on 5 outcomes, too few to rank them.",
		},
		"the one rests on few": {
			rows: []performance.Row{row("Lucky", few(100, 900))}, want: "Lucky returns 9.00 for 1 spent, on fewer than 5 outcomes.",
		},
		"nothing is nothing, however few": {
			rows: []performance.Row{row("Email", figures(1000_00, 2500_00)), row("Lucky", few(1000_00, 1000_00)), row("Display", figures(2000_00, 0))},
			want: "Email returns 2.50 for 1 spent; Display has cost 2,000 USD and returned nothing.",
		},
		"a tie": {
			rows: []performance.Row{row("Email", figures(100, 200)), row("Display", figures(300, 600))},
			want: "Both channels with spend return 2.00 for 1 spent.",
		},
		"one that returns nothing": {
			rows: []performance.Row{row("Email", figures(100, 250)), row("Display", figures(4_000_00, 0))},
			want: "Email returns 2.50 for 1 spent; Display has cost 4,000 USD and returned nothing.",
		},
		"a few coins that met a large deal are no news": {
			rows: []performance.Row{row("Lucky", figures(1, 100_000)), row("Email", figures(10_000, 25_000))},
			want: "Email returns 2.50 for 1 spent.",
		},
		"a shop without spend": {
			rows: []performance.Row{row("Email", performance.Figures{ConversionValue: 300}), row("Direct", performance.Figures{ConversionValue: 100})},
			want: "Email brings 75% of 4.00 USD, the most of 2 channels; no spend is recorded, so there is no return to show.",
		},
		"a cost that has no rate is a cost": {
			rows: []performance.Row{row("Email", performance.Figures{ConversionValue: 300, SpendMissing: true}), row("Direct", performance.Figures{ConversionValue: 100})},
			want: "Email brings 75% of 4.00 USD, the most of 2 channels; spend in other currencies has no rate to USD, so there is no return to show.",
		},
		"a return of a part of the cost is none": {
			rows: []performance.Row{row("Email", figures(100, 250)), row("Display", performance.Figures{Spend: 100, Revenue: 400, SpendMissing: true})},
			want: "Email returns 2.50 for 1 spent.",
		},
		"leads alone": {
			rows: []performance.Row{row("Email", performance.Figures{Conversions: 3 * performance.NanoUnits / 2})}, unattributed: performance.Figures{Conversions: performance.NanoUnits / 2},
			want: "Email brings 75% of 2 conversions; no spend is recorded, so there is no return to show.",
		},
		"nothing attributed": {
			unattributed: figures(0, 5_00), want: "None of 5.00 USD is attributed to any channel.",
		},
	} {
		table := performance.Table{Rows: c.rows, Unattributed: row(performance.Unattributed, c.unattributed)}
		for _, r := range append(c.rows, table.Unattributed) {
			table.Totals.Add(r.Figures)
		}
		b := builder{currency: "USD", value: performance.ValueBoth, groupBy: performance.GroupByChannel}
		if name == "one that returns nothing" {
			b.value = performance.ValueRevenue
			table.Rows[0].Spend, table.Rows[0].Revenue = 100_00, 250_00
		}
		if got := b.headline(table); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestHeadline_trend(t *testing.T) {
	b := builder{currency: "USD", value: performance.ValueBoth, groupBy: performance.GroupByCampaign}
	for want, before := range map[string]*performance.Figures{
		"brand in Paid Search returns 2.50 for 1 spent, up from 1.00.":   {Spend: 100, Revenue: 100},
		"brand in Paid Search returns 2.50 for 1 spent, down from 6.00.": {Spend: 100, Revenue: 600},
		"brand in Paid Search returns 2.50 for 1 spent, as before.":      {Spend: 200, Revenue: 500},
		"brand in Paid Search returns 2.50 for 1 spent.":                 {Revenue: 500},
	} {
		row := performance.Row{Key: performance.Key{Channel: "Paid Search", Campaign: "brand"}, Figures: performance.Figures{Spend: 100, Revenue: 250, Customers: fewestOutcomes * performance.NanoUnits}, Previous: before}
		table := performance.Table{Rows: []performance.Row{row}, Totals: performance.Row{Figures: row.Figures}}
		if got := b.headline(table); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestFigures_finerThanSpend: ratios of a cost are null in the rows that platforms do not bill, and whole in the totals.
func TestFigures_finerThanSpend(t *testing.T) {
	fact := func(detail string, f performance.Figures) performance.Fact {
		return performance.Fact{Key: performance.Key{Channel: "Paid Search", Detail: detail}, Figures: f}
	}
	facts := []performance.Fact{
		fact("blue", performance.Figures{Revenue: 3000, Conversions: 2 * performance.NanoUnits, Customers: performance.NanoUnits, Touchpoints: 4}),
		fact("", performance.Figures{Spend: 1000, Clicks: 10, Impressions: 100, Revenue: 500, Conversions: performance.NanoUnits, Customers: performance.NanoUnits}),
	}
	for _, groupBy := range performance.Groupings() {
		table := performance.Tabulate("linear", groupBy, facts, facts)
		b := builder{currency: "USD", value: performance.ValueBoth, groupBy: groupBy, margin: performance.Margin{PerMille: 500, Months: 12}}
		for _, r := range table.Rows {
			for _, f := range []Figures{b.row(r).Figures, *b.row(r).Previous} {
				none := f.ROI == nil && f.ROAS == nil && f.CPL == nil && f.CAC == nil && f.CostPerOpportunity == nil && f.ClickCVR == nil && f.PaybackMonths == nil
				if groupBy.IsFinerThanSpend() && !none {
					t.Errorf("by %s, %q: %+v divides by a cost that is not its own", groupBy, r.Detail, f)
				}
				if !groupBy.IsFinerThanSpend() && r.Spend > 0 && (f.ROAS == nil || f.CPL == nil || f.CAC == nil || f.ClickCVR == nil) {
					t.Errorf("by %s: no return where the cost is known", groupBy)
				}
				if r.Spend > 0 && (f.CPC == nil || f.CTR == nil) {
					t.Errorf("by %s: clicks are counted where they are billed", groupBy)
				}
			}
		}
		if totals := b.totals(table); totals.ROAS == nil || *totals.ROAS != 3.5 || totals.CAC == nil || *totals.CAC != "5.00" {
			t.Errorf("totals by %s: %+v", groupBy, totals.Figures)
		}
	}
}

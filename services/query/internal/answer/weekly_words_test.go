package answer

import (
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// TestReview_sentences holds what the review says of a total at its edges: none, one, none before, as before.
func TestReview_sentences(t *testing.T) {
	const n = performance.NanoUnits
	v := review{weeks: 4}
	v.frame = &frame{}
	v.currency, v.value = "USD", performance.ValueBoth
	for _, c := range []struct {
		measure     performance.Measure
		now, before int64
		want        string
	}{
		{performance.MeasureCustomers, 0, 2 * n, "No customers this week, after 2 customers a week."},
		{performance.MeasureCustomers, n, 4 * n, "1 customer altogether, down 75% from 4 customers a week."},
		{performance.MeasureConversions, 33 * n, 258 * n / 10, "33 conversions altogether, up 28% from 25.8 conversions a week."},
		{performance.MeasureOpportunities, n, 2 * n, "1 opportunity altogether, down 50% from 2 opportunities a week."},
		{performance.MeasureOpportunities, 3 * n, 0, "3 opportunities altogether, after none in the 4 weeks before."},
		{performance.MeasureRevenue, 240_000, 180_000, "Altogether 2,400 USD of revenue, up 33% from 1,800 USD a week."},
		{performance.MeasureRevenue, 0, 180_000, "No revenue this week, after 1,800 USD a week."},
	} {
		if got := v.totalSentence(c.measure, c.now, c.before); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	for _, c := range []struct {
		now, before performance.Figures
		want        string
	}{
		{performance.Figures{}, performance.Figures{Revenue: 400_000}, "No return in the week of 1 January 1970, after 1,000 USD on average"},
		{performance.Figures{Touchpoints: 12}, performance.Figures{Conversions: 8 * n}, "No conversions in the week of 1 January 1970, after 2 conversions on average"},
		{performance.Figures{Touchpoints: 1}, performance.Figures{}, "1 touchpoint in the week of 1 January 1970, after none in the 4 weeks before"},
		{performance.Figures{Spend: 100}, performance.Figures{Spend: 100}, "Nothing but spend in the week of 1 January 1970"},
		{performance.Figures{Revenue: 100_000}, performance.Figures{Revenue: 400_000}, "Return of 1,000 USD in the week of 1 January 1970, as before on average"},
	} {
		v.channels = performance.Table{Totals: performance.Row{Figures: c.now, Previous: &c.before}}
		if got := v.outcomeSentence(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

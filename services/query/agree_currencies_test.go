package query_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// TestNumbersAgree_converted holds the answers against each other over three currencies: whatever is asked, and however it is grouped, converted totals
// are the same to the minor unit, and counts of deals are those of the funnel.
func TestNumbersAgree_converted(t *testing.T) {
	w := newWorld(t, func(c *query.Config) {
		c.Rates = []query.Rate{{Day: "2020-01-01", From: "EUR", To: "USD", Rate: "1.0834"}, {Day: "2026-02-01", From: "EUR", To: "USD", Rate: "1.21377"}, {Day: "2020-01-01", From: "USD", To: "JPY", Rate: "149.3"}}
	})
	newWholeWorld(w, 29, 30, "USD", "EUR", "JPY")
	const period = "&from=2026-01-01&to=2026-12-31&currency=EUR"
	for _, basis := range []string{"touch", "close"} {
		question := "model=linear&basis=" + basis + period
		channels := answered[answer.Channels](w, "/api/v1/channels?"+question)
		w.groupingsAgree(channels, question)
		w.trendAgrees(channels, question)
		for _, totals := range answered[answer.Compare](w, "/api/v1/compare?models=linear&basis="+basis+period).Totals {
			if diff := additiveDiff(totals.Figures, channels.Totals.Figures); diff != "" {
				t.Errorf("compare by %s: %s", basis, diff)
			}
		}
		if basis == "touch" {
			continue // deals count on the days of their touches
		}
		for _, s := range answered[answer.Funnel](w, "/api/v1/funnel?model=linear"+period).Steps {
			want := map[string]float64{"opportunity": channels.Totals.Opportunities, "won": channels.Totals.Customers}
			if count, ok := want[s.Kind]; ok && float64(s.Reached) != count {
				t.Errorf("the funnel has %d of %s, channels %v", s.Reached, s.Kind, count)
			}
		}
	}
}

package query_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// TestRemembered_untilSomethingLands asks twice, which may be answered from memory, and once more after every kind of change.
func TestRemembered_untilSomethingLands(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	totals := func() answer.Figures {
		return answered[answer.Channels](w, "/api/v1/channels?model=first_touch&basis=close").Totals.Figures
	}
	before := totals()
	if again := totals(); again != before && additiveDiff(again, before) != "" {
		t.Errorf("asked again: %s", additiveDiff(again, before))
	}
	w.cells(cell{basis: "close", day: "2026-01-05", model: "first_touch", channel: "Email", currency: "USD", revenue: 12_300, version: 99})
	if got := decimal(w, totals().Revenue); got.Cmp(decimal(w, before.Revenue)) <= 0 {
		t.Errorf("a cell landed and the revenue is still %s", got.FloatString(2))
	}
	before = totals()
	w.spends(spend{day: "2026-01-05", channel: "Email", campaign: "new", currency: "USD", minor: 700})
	if got := decimal(w, totals().Spend); got.Cmp(decimal(w, before.Spend)) <= 0 {
		t.Errorf("a cost landed and the spend is still %s", got.FloatString(2))
	}
	w.check(w.conn.Exec(t.Context(), "ALTER TABLE spend_rows DELETE WHERE campaign = 'new' SETTINGS mutations_sync = 2"))
	if got := totals(); got.Spend != before.Spend {
		t.Errorf("the cost is erased and the spend is %s instead of %s", got.Spend, before.Spend)
	}
	w.check(w.conn.Exec(t.Context(), "TRUNCATE TABLE cells_rows"))
	if got := totals(); got.Revenue != "0.00" {
		t.Errorf("the cells are gone and the revenue is %s", got.Revenue)
	}
}

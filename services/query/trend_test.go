package query_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func TestTrend_byHand(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	a := answered[answer.Trend](w, "/api/v1/trend?interval=month&from=2026-01-01&to=2026-02-15")
	var got []string
	for _, s := range a.Series {
		for _, p := range s.Points {
			got = append(got, fmt.Sprint(s.Channel, " ", p.On, " ", p.Spend, " ", p.Revenue, " ", p.Touchpoints, " ", p.Partial))
		}
	}
	want := []string{
		"Paid Search 2026-01-01 125.00 500.00 40 false", "Paid Search 2026-02-01 75.00 120.00 0 true",
		"Email 2026-01-01 0.00 0.00 0 false", "Email 2026-02-01 0.00 200.00 10 true",
		"Display 2026-01-01 40.00 0.00 0 false", "Display 2026-02-01 0.00 0.00 0 true",
		"(unattributed) 2026-01-01 0.00 0.00 0 false", "(unattributed) 2026-02-01 0.00 0.00 0 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want, +got)\n%s", diff)
	}
	if a.Totals[0].Revenue != "500.00" || a.Totals[1].Value != "330.00" {
		t.Errorf("totals: %+v", a.Totals)
	}
	if a.Headline != "Return of 830.00 USD in the period; too few complete months to say how it goes on." {
		t.Errorf("headline: %s", a.Headline)
	}
	weekly := answered[answer.Trend](w, "/api/v1/trend?from=2026-01-05&to=2026-02-22&by=none&compare_from=2025-12-01&compare_to=2025-12-31")
	if len(weekly.Totals) != 7 || len(weekly.Series) != 0 || weekly.Totals[0].On != "2026-01-05" || len(weekly.Previous) != 5 {
		t.Errorf("%d points, %d series, %d before", len(weekly.Totals), len(weekly.Series), len(weekly.Previous))
	}
	if !strings.Contains(weekly.Headline, "Return of 170.00 USD in the week of 16 February 2026, down") || !strings.Contains(weekly.Headline, "the best was the week of 5 January 2026 with 500.00 USD") {
		t.Errorf("headline: %s", weekly.Headline)
	}
	brand := answered[answer.Trend](w, "/api/v1/trend?interval=month&campaign=brand")
	if brand.Totals[0].Revenue != "500.00" || brand.Totals[0].Spend != "125.00" || len(brand.Series) != 2 {
		t.Errorf("one campaign: %+v", brand.Totals)
	}
}

func TestTrend_immatureDaysAreMarked(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		journey, touched string
		nano             int64
	}{{"c:1", "2026-01-11", nano / 2}, {"c:2", "2026-01-09", nano / 2}, {"c:3", "2026-01-01", nano}} {
		w.credit(c.journey, "lead", "t-"+c.journey, "Email", c.touched, c.nano, 0)
	}
	w.cells(
		cell{basis: "touch", day: "2026-01-01", model: "linear", channel: "Email", conversions: nano, version: 1},
		cell{basis: "touch", day: "2026-01-11", model: "linear", channel: "Email", conversions: nano, version: 1},
	)
	a := answered[answer.Trend](w, "/api/v1/trend?interval=day&model=linear")
	m := a.Maturity
	if m.Measure != "conversions" || *m.MedianDays != 2 || *m.P90Days != 10 || m.Samples != 2 || m.ImmatureFrom != "2026-01-02" {
		t.Errorf("%+v median %v p90 %v", m, *m.MedianDays, *m.P90Days)
	}
	for _, p := range a.Totals {
		if p.Immature != (p.On >= "2026-01-02") {
			t.Errorf("%s: immature %v", p.On, p.Immature)
		}
	}
	if closed := answered[answer.Trend](w, "/api/v1/trend?interval=day&model=linear&basis=close"); closed.Maturity.ImmatureFrom != "" {
		t.Errorf("by date of close every day is complete: %+v", closed.Maturity)
	}
}

func TestSparklines(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	a := answered[answer.Channels](w, "/api/v1/channels?trend=month")
	want := &answer.Sparkline{
		Interval: "month", Measure: "value", On: []string{"2026-01-01", "2026-02-01"}, Values: []string{"500.00", "120.00"}, Spend: []string{"125.00", "75.00"},
	}
	if diff := cmp.Diff(want, row(a, "Paid Search", "").Sparkline); diff != "" {
		t.Errorf("(-want, +got)\n%s", diff)
	}
	if row(a, "(unattributed)", "").Sparkline == nil || a.Maturity == nil {
		t.Error("every row has one, and the answer says what is immature")
	}
	c := answered[answer.Compare](w, "/api/v1/compare?trend=month&models=position_based")
	if diff := cmp.Diff(want, c.Rows[0].Models[0].Sparkline); diff != "" {
		t.Errorf("compare (-want, +got)\n%s", diff)
	}
	if plain := answered[answer.Channels](w, "/api/v1/channels"); plain.Rows[0].Sparkline != nil || plain.Maturity != nil {
		t.Error("not asked for, not there")
	}
}

// TestPages walks through pages by cursor while the data changes: nothing is shown twice, and what was there throughout is not missed.
func TestPages(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 7 {
		w.cells(cell{basis: "touch", day: "2026-01-01", model: "linear", channel: fmt.Sprintf("C%d", i), currency: "USD", revenue: int64(100 * (i / 2)), version: 1})
	}
	seen, address := []string{}, "/api/v1/channels?model=linear&limit=2"
	for cursor := ""; ; {
		a := answered[answer.Channels](w, address+"&cursor="+cursor)
		for _, r := range a.Rows[:len(a.Rows)-1] {
			seen = append(seen, r.Channel)
		}
		if cursor = a.Page.NextCursor; cursor == "" {
			break
		}
		w.cells(cell{basis: "touch", day: "2026-01-02", model: "linear", channel: fmt.Sprintf("New%d", len(seen)), currency: "USD", revenue: 1_000_000, version: 1})
	}
	if got := strings.Join(seen, " "); got != "C6 C4 C5 C2 C3" { // C0 and C1 have no figure at all
		t.Errorf("pages showed %s", got)
	}
	first := answered[answer.Channels](w, address)
	for name, wrong := range map[string]string{"another question": "&basis=close&cursor=" + first.Page.NextCursor, "no cursor at all": "&cursor=abc", "no text": "&cursor=%00"} {
		if status, _, body := get(t, w.url+address+wrong); status != http.StatusUnprocessableEntity || !strings.Contains(body, "cursor") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

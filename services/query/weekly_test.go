package query_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// weeks is five weeks: four of the same, and one in which Paid Search earns twice, Email half, Display nothing as ever.
func weeks(w *world) {
	for i, monday := range []string{"2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02"} {
		paid, email, customers := int64(100_000), int64(80_000), int64(20*nano)
		if i == 4 {
			paid, email = 200_000, 40_000
		}
		w.cells(
			cell{basis: "close", day: monday, model: "position_based", channel: "Paid Search", campaign: "brand", currency: "USD", customers: customers + int64(i/4)*customers, revenue: paid, version: 1},
			cell{basis: "close", day: monday, model: "position_based", channel: "Email", currency: "USD", customers: customers - int64(i/4)*customers/2, revenue: email, version: 1},
			cell{basis: "touch", day: monday, channel: "Email", touchpoints: 5, version: 1},
		)
		w.spends(
			spend{day: monday, channel: "Paid Search", campaign: "brand", currency: "USD", minor: 50_000, clicks: 10},
			spend{day: monday, channel: "Email", currency: "USD", minor: 20_000}, spend{day: monday, channel: "Display", campaign: "spring", currency: "USD", minor: 40_000},
		)
	}
	w.spends(spend{day: "2026-03-03", channel: "Video", campaign: "try", currency: "USD", minor: 1_000})
	w.check(w.conn.Exec(w.t.Context(), `INSERT INTO conversions_rows (workspace, conversion_id, type, person_id, occurred_at, version)
		SELECT 'default', toString(number), 'demo', 'p', toDateTime64('2026-02-02 12:00:00', 3) + 86400 * 7 * intDiv(number, 50), 1 FROM numbers(200)
		UNION ALL SELECT 'default', 'late' || toString(number), 'demo', 'p', toDateTime64('2026-03-02 12:00:00', 3), 1 FROM numbers(10)`))
	w.check(w.conn.Exec(w.t.Context(), `INSERT INTO ledger_rows (workspace, posting_id, journey_id, model, measure, touchpoint_id, channel, delta_minor, exponent, currency, reason, effective_at, recorded_at, version) VALUES
		('default', '1', 'o:1', 'position_based', 'revenue', 'a', 'Email', -70000, 2, 'USD', 'identity', '2026-02-10 00:00:00', '2026-03-03 00:00:00', 1),
		('default', '2', 'o:1', 'position_based', 'revenue', 'b', 'Paid Search', 70000, 2, 'USD', 'identity', '2026-02-10 00:00:00', '2026-03-03 00:00:00', 1),
		('default', '3', 'o:2', 'position_based', 'revenue', 'b', 'Paid Search', 9000, 2, 'USD', 'won', '2026-03-04 00:00:00', '2026-03-04 00:00:00', 1)`))
}

func finding(w answer.Weekly, section, kind, channel string) *answer.Finding {
	for _, s := range w.Sections {
		for i, f := range s.Findings {
			if s.ID == section && f.Kind == kind && (channel == "" || f.Subject.Channel == channel) {
				return &s.Findings[i]
			}
		}
	}
	return nil
}

func TestWeekly_byHand(t *testing.T) {
	w := newWorld(t, nil)
	weeks(w)
	a := answered[answer.Weekly](w, "/api/v1/weekly?week=2026-W10")
	if a.From != "2026-03-02" || a.To != "2026-03-08" || a.Previous.From != "2026-02-02" || a.Previous.To != "2026-03-01" || a.Basis != "close" || len(a.Sections) != 3 {
		t.Fatalf("%+v", a)
	}
	for _, c := range []struct{ section, kind, channel, sentence, value, previous, confidence string }{
		{"win", "best_return", "Paid Search", "Paid Search returned 4.00 for 1 spent, after 2.00 in the weeks before.", "4", "2", "high"},
		{"win", "outcome_up", "Paid Search", "Paid Search earned 2,000 USD, up 100% from 1,000 USD a week.", "2000.00", "1000.00", "high"},
		{"leak", "no_outcome", "Display", "Display cost 400.00 USD this week and 2,000 USD in 5 weeks, and no outcome is credited to it.", "400.00", "400.00", "high"},
		{"leak", "return_down", "Email", "Email returned 2.00 for 1 spent, down from 4.00 in the weeks before.", "2", "4", "medium"},
		{"leak", "conversions_down", "", "Conversions of type demo fell by 80%: 10, after 50 a week.", "10", "50", "high"},
		{"changed", "restated", "", "Earlier weeks were restated because of identity: 700.00 USD of credit moved, 0.00 USD net.", "0.00", "", "high"},
		{"changed", "started", "Video", "Video began to cost: 10.00 USD this week, nothing in the 4 weeks before.", "10.00", "0.00", "high"},
		{"changed", "total", "", "Altogether 2,400 USD of revenue, up 33% from 1,800 USD a week.", "2400.00", "1800.00", ""},
	} {
		f := finding(a, c.section, c.kind, c.channel)
		if f == nil {
			t.Errorf("%s %s of %q is missing in %+v", c.section, c.kind, c.channel, a.Sections)
			continue
		}
		previous := ""
		if f.Previous != nil {
			previous = *f.Previous
		}
		if f.Sentence != c.sentence || *f.Value != c.value || previous != c.previous || (c.confidence != "" && f.Confidence != c.confidence) {
			t.Errorf("got  %s (%s, %s, %s: %s)\nwant %s (%s, %s, %s)", f.Sentence, *f.Value, previous, f.Confidence, f.Doubt, c.sentence, c.value, c.previous, c.confidence)
		}
		if (f.Confidence == "high") != (f.Doubt == "") || len(f.Evidence) == 0 && c.kind != "started" {
			t.Errorf("%s: doubt %q, evidence %v", f.Sentence, f.Doubt, f.Evidence)
		}
		if status, _, body := get(t, w.url+f.Query); status != http.StatusOK && !strings.Contains(f.Query, "/ledger/") {
			t.Errorf("%s leads to %d %s", f.Query, status, body)
		}
	}
	if v := finding(a, "leak", "no_outcome", "Video"); v == nil || v.Confidence != "low" || v.Doubt == "" {
		t.Errorf("ten dollars without an outcome are no news: %+v", v)
	}
	if !strings.HasPrefix(a.Headline, "Return of 2,400 USD in the week of 2 March 2026, up 33% from 1,800 USD on average.") {
		t.Errorf("headline: %s", a.Headline)
	}
	if calm := answered[answer.Weekly](w, "/api/v1/weekly?week=2026-W08&weeks=2"); finding(calm, "win", "outcome_up", "") != nil || finding(calm, "leak", "return_down", "") != nil {
		t.Errorf("a week like those before is no news: %+v", calm.Sections)
	}
	if latest := answered[answer.Weekly](w, "/api/v1/weekly"); latest.Week != "2026-W10" {
		t.Errorf("the latest week of the history: %s", latest.Week)
	}
	for _, wrong := range []string{"2026-W54", "2026-10", "2026-W1", "W10"} {
		if status, _, body := get(t, w.url+"/api/v1/weekly?week="+wrong); status != http.StatusUnprocessableEntity || !strings.Contains(body, "week") {
			t.Errorf("%s: %d %s", wrong, status, body)
		}
	}
}

func TestWeekly_ofNothing(t *testing.T) {
	w := newWorld(t, nil)
	if a := answered[answer.Weekly](w, "/api/v1/weekly"); a.Headline != answer.EmptyHeadline || len(a.Sections) != 3 || a.Sections[0].Title == "" {
		t.Errorf("%+v", a)
	}
}

package query_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// deal is an opportunity of 1,000.00 EUR, opened in January and won in March, whose first touch was a webinar.
func deal(w *world) {
	at := func(s string) time.Time {
		moment, err := time.Parse(time.RFC3339, s)
		w.check(err)
		return moment
	}
	touches, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO touchpoints_rows (workspace, touchpoint_id, person_id, occurred_at, received_at, kind, channel, campaign,
		event_id, version)`)
	w.check(err)
	w.check(touches.Append("default", "t-webinar", "p1", at("2025-12-01T10:00:00Z"), at("2025-12-01T10:00:01Z"), "offline", "Webinar", "autumn", "e-webinar", uint64(1)))
	w.check(touches.Append("default", "t-email", "p2", at("2026-01-10T10:00:00Z"), at("2026-01-10T10:00:01Z"), "visit", "Email", "", "e-email", uint64(1)))
	w.check(touches.Append("other", "t-email", "p9", at("2026-01-10T10:00:00Z"), at("2026-01-10T10:00:01Z"), "visit", "Secret", "", "e", uint64(1)))
	w.check(touches.Send())

	credits, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, model_version, positions,
		channel, campaign, parts, parts_total, opportunities_nano, customers_nano, revenue_minor, exponent, currency, touched_at, opened_date, close_date, account_id, recorded_at, version)`)
	w.check(err)
	epoch, opened, closed := day(w.t, "1970-01-01"), day(w.t, "2026-01-15"), day(w.t, "2026-03-20")
	for _, c := range []struct {
		touch, positions, channel string
		parts                     uint64
		nano, revenue             int64
	}{
		{"t-webinar", "first_touch", "Webinar", 2, 666_666_667, 66_667}, {"t-email", "lead_creation,opportunity_creation", "Email", 1, 333_333_333, 33_333},
	} {
		w.check(credits.Append("default", epoch, "o:opp-1", "w_shaped", c.touch, "opportunity", "v1", c.positions, c.channel, "", c.parts, uint64(3), c.nano, c.nano,
			c.revenue, uint8(2), "EUR", at("2025-12-01T10:00:00Z"), opened, closed, "acme", at("2026-03-20T09:00:00Z"), uint64(2)))
	}
	w.check(credits.Send())

	ledger, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO ledger_rows (workspace, posting_id, journey_id, journey_kind, model, model_version, measure, touchpoint_id,
		channel, delta_weight, delta_minor, exponent, currency, reason, cause_event_id, effective_at, recorded_at, version)`)
	w.check(err)
	n := 0
	post := func(measure, touch, channel string, delta int64, reason, recorded string, version uint64) {
		n++
		exponent := uint8(2)
		if measure == "opportunities" || measure == "customers" {
			exponent = 9
		}
		w.check(ledger.Append("default", fmt.Sprintf("posting-%02d", n), "o:opp-1", "opportunity", "w_shaped", "v1", measure, touch, channel, 0.5, delta, exponent, "EUR",
			reason, "cause-of-"+reason, at(recorded), at(recorded), version))
	}
	for _, c := range []struct {
		touch, channel string
		nano, minor    int64
	}{{"t-webinar", "Webinar", 666_666_667, 66_667}, {"t-email", "Email", 333_333_333, 33_333}} {
		post("opportunities", c.touch, c.channel, c.nano, "opened", "2026-01-15T09:00:00Z", 1)
		post("pipeline", c.touch, c.channel, c.minor, "opened", "2026-01-15T09:00:00Z", 1)
		post("pipeline", c.touch, c.channel, -c.minor, "won", "2026-03-20T09:00:00Z", 2)
		post("revenue", c.touch, c.channel, c.minor, "won", "2026-03-20T09:00:00Z", 2)
		post("customers", c.touch, c.channel, c.nano, "won", "2026-03-20T09:00:00Z", 2)
	}
	w.check(ledger.Send())
}

func TestJourney(t *testing.T) {
	w := newWorld(t, nil)
	deal(w)
	j := answered[answer.Journey](w, "/api/v1/journeys/opp-1")
	if named := answered[answer.Journey](w, "/api/v1/journeys/o:opp-1"); j.JourneyID != "o:opp-1" || !cmp.Equal(j, named) {
		t.Errorf("by the opportunity's id and by the journey's: %+v and %+v", j, named)
	}
	if j.Kind != "opportunity" || j.OpenedOn != "2026-01-15" || j.ClosedOn != "2026-03-20" || j.AccountID != "acme" {
		t.Errorf("%+v", j)
	}
	want := []answer.JourneySum{
		{Model: "w_shaped", Measure: "customers", Amount: "1"},
		{Model: "w_shaped", Measure: "opportunities", Amount: "1"},
		{Model: "w_shaped", Measure: "revenue", Amount: "1000.00", Currency: "EUR"},
	}
	if diff := cmp.Diff(want, j.Sums); diff != "" {
		t.Errorf("sums (-want, +got):\n%s", diff)
	}
	if len(j.Touches) != 2 || j.Touches[0].TouchpointID != "t-webinar" || j.Touches[1].Channel != "Email" || j.Touches[1].EventID != "e-email" {
		t.Errorf("touches in the order in which they happened, of this workspace: %+v", j.Touches)
	}
	for _, c := range j.Credits {
		if c.TouchpointID == "t-email" && c.Measure == "revenue" && (c.Amount != "333.33" || strings.Join(c.Positions, "+") != "lead_creation+opportunity_creation") {
			t.Errorf("credit of the e-mail: %+v", c)
		}
	}
	for _, path := range []string{"/api/v1/journeys/opp-2", "/api/v1/journeys/opp-1?workspace=other", "/api/v1/journeys/opp-1?model=linear", "/api/v1/journeys/'%20OR%201=1/explain"} {
		if status, _, body := get(t, w.url+path); status != http.StatusNotFound || !strings.Contains(body, "conversions and opportunities") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestExplain_fromTheFigureToThePostings(t *testing.T) {
	w := newWorld(t, nil)
	deal(w)
	e := answered[answer.Explanation](w, "/api/v1/journeys/opp-1/explain")
	if len(e.Postings) != 10 || e.Agrees == nil || !*e.Agrees || !e.Complete {
		t.Errorf("%d postings, agrees %v, complete %v", len(e.Postings), e.Agrees, e.Complete)
	}
	if first, last := e.Postings[0], e.Postings[9]; first.Reason != "opened" || last.Reason != "won" || last.CauseEventID != "cause-of-won" {
		t.Errorf("in the order in which they were made: %+v ... %+v", first, last)
	}
	want := []answer.Balance{
		{Model: "w_shaped", Measure: "opportunities", TouchpointID: "t-email", Channel: "Email", Amount: "0.333333333"},
		{Model: "w_shaped", Measure: "opportunities", TouchpointID: "t-webinar", Channel: "Webinar", Amount: "0.666666667"},
		{Model: "w_shaped", Measure: "pipeline", TouchpointID: "t-email", Channel: "Email", Amount: "333.33", Currency: "EUR"},
		{Model: "w_shaped", Measure: "pipeline", TouchpointID: "t-webinar", Channel: "Webinar", Amount: "666.67", Currency: "EUR"},
	}
	for _, asOf := range []string{"2026-03-01", "2026-01-15", "2026-03-20T08:59:59Z", "2026-03-20T10:59:59%2B02:00"} {
		then := answered[answer.Explanation](w, "/api/v1/journeys/opp-1/explain?as_of="+asOf)
		if diff := cmp.Diff(want, then.Balances); diff != "" {
			t.Errorf("as of %s (-want, +got):\n%s", asOf, diff)
		}
		if then.Agrees != nil {
			t.Errorf("as of %s the ledger need not agree with what is current", asOf)
		}
	}
	if then := answered[answer.Explanation](w, "/api/v1/journeys/opp-1/explain?as_of=2026-01-14"); len(then.Balances) != 0 {
		t.Errorf("before it was known: %+v", then.Balances)
	}
	if status, _, body := get(t, w.url+"/api/v1/journeys/opp-1/explain?as_of=yesterday"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "2026-03-01T12:00:00Z") {
		t.Errorf("%d %s", status, body)
	}
	w.check(w.conn.Exec(t.Context(), `INSERT INTO ledger_rows (workspace, posting_id, journey_id, model, measure, delta_minor, exponent, currency, recorded_at, version)
		VALUES ('default', 'stray', 'opp-1', 'w_shaped', 'revenue', 1, 2, 'EUR', now64(3), 3)`))
	if e := answered[answer.Explanation](w, "/api/v1/journeys/opp-1/explain"); *e.Agrees {
		t.Error("a cent too much in the ledger goes unnoticed")
	}
}

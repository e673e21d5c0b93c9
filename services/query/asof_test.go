package query_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// lives are two deals and a lead as they became known, with the touches that earned them. One deal is won, the other lost, reopened and lost again;
// a touch of the first arrives late and takes half.
func lives(w *world) {
	w.exec("INSERT INTO models_rows VALUES ('default', 'linear')")
	w.exec(`INSERT INTO touchpoints_rows (workspace, touchpoint_id, occurred_at, received_at, channel, version) VALUES
		('default', 't1', '2026-01-02 10:00:00', '2026-01-02 10:00:00', 'Email', 1), ('default', 't2', '2026-01-02 09:00:00', '2026-02-20 10:00:00', 'Display', 1)`)
	w.exec(`INSERT INTO opportunities_rows (workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at, version) VALUES
		('default', 'won', 'acme', 'sales', 'Won', 1, 1, 1, 12000, 2, 'EUR', '2026-01-10', '2026-03-01', 1), ('default', 'lost', 'beta', 'sales', 'Lost', 0, 1, 1, 7000, 2, 'EUR', '2026-01-12', '2026-03-10', 1)`)
	w.exec(`INSERT INTO opportunity_stages_rows (workspace, opportunity_id, entered_us, stage, entered_at, version) VALUES
		('default', 'won', 1, 'Demo', '2026-01-10', 1), ('default', 'won', 2, 'Won', '2026-03-01', 1), ('default', 'lost', 1, 'Demo', '2026-01-12', 1)`)
	w.exec(`INSERT INTO opportunity_versions_rows (workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at,
		version, recorded_at, exact_from, visit_stages, visit_source_stages, visit_entered_ms, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm) VALUES
		('default', 'won', 'acme', 'sales', 'Demo', 0, 0, 1, 10000, 2, 'EUR', '2026-01-10', 0, 1, '2026-01-10', '2026-01-10', ['Demo'], [''], [1768003200000], [0], [10000], [-1]),
		('default', 'won', 'acme', 'sales', 'Demo', 0, 0, 1, 12000, 2, 'EUR', '2026-01-10', 0, 2, '2026-02-01', '2026-02-01', ['Demo'], [''], [1768003200000], [0], [12000], [-1]),
		('default', 'won', 'acme', 'sales', 'Won', 1, 1, 1, 12000, 2, 'EUR', '2026-01-10', '2026-03-01', 3, '2026-03-01', '2026-03-01', ['Demo', 'Won'], ['', ''], [1768003200000, 1772323200000], [1772323200000, 0], [12000, 12000], [-1, -1]),
		('default', 'lost', 'beta', 'sales', 'Demo', 0, 0, 1, 7000, 2, 'EUR', '2026-01-12', 0, 1, '2026-01-12', '2026-01-12', ['Demo'], [''], [1768176000000], [0], [7000], [-1]),
		('default', 'lost', 'beta', 'sales', 'Demo', 0, 1, 1, 7000, 2, 'EUR', '2026-01-12', '2026-02-10', 2, '2026-02-10', '2026-02-10', ['Demo'], [''], [1768176000000], [0], [7000], [-1]),
		('default', 'lost', 'beta', 'sales', 'Demo', 0, 0, 1, 7000, 2, 'EUR', '2026-01-12', 0, 3, '2026-02-15', '2026-02-15', ['Demo'], [''], [1768176000000], [0], [7000], [-1]),
		('default', 'lost', 'beta', 'sales', 'Lost', 0, 1, 1, 7000, 2, 'EUR', '2026-01-12', '2026-03-10', 4, '2026-03-10', '2026-03-10', ['Demo', 'Lost'], ['', ''], [1768176000000, 1773100800000], [1773100800000, 0], [7000, 7000], [-1, -1])`)
	w.exec(`INSERT INTO conversions_rows (workspace, conversion_id, type, person_id, occurred_at, received_at, version) VALUES ('default', 'x', 'lead', 'p', '2026-01-20', '2026-01-20', 1)`)
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO ledger_rows (workspace, posting_id, journey_id, journey_kind, model, model_version, measure, touchpoint_id, channel,
		delta_minor, exponent, currency, reason, effective_at, recorded_at, version, close_date, touch_date, conversion_type)`)
	w.check(err)
	n := 0
	post := func(journey, measure, touch, channel string, minor int64, reason, at string, version uint64, closeDay string) {
		n++
		kind, kindOf, exponent, currency := "opportunity", "", uint8(2), "EUR"
		if strings.HasPrefix(journey, "c:") {
			kind, kindOf = "conversion", "lead"
		}
		if measure == "opportunities" || measure == "customers" || measure == "conversions" {
			exponent, currency = 9, ""
		}
		touchDay := "2026-01-02"
		if touch == "" {
			touchDay = closeDay
		}
		w.check(batch.Append("default", fmt.Sprint("p", n), journey, kind, "linear", "1", measure, touch, channel, minor, exponent, currency, reason, day(w.t, at), day(w.t, at), version,
			day(w.t, closeDay), day(w.t, touchDay), kindOf))
	}
	post("o:won", "opportunities", "t1", "Email", nano, "opened", "2026-01-10", 1, "2026-01-10")
	post("o:won", "pipeline", "t1", "Email", 100_00, "opened", "2026-01-10", 1, "2026-01-10")
	post("o:won", "pipeline", "t1", "Email", 20_00, "amount", "2026-02-01", 2, "2026-01-10")
	for _, m := range []struct {
		measure string
		units   int64
	}{{"opportunities", nano / 2}, {"pipeline", 60_00}} {
		post("o:won", m.measure, "t1", "Email", -m.units, "late_touch", "2026-02-20", 3, "2026-01-10")
		post("o:won", m.measure, "t2", "Display", m.units, "late_touch", "2026-02-20", 3, "2026-01-10")
	}
	for touch, channel := range map[string]string{"t1": "Email", "t2": "Display"} {
		post("o:won", "pipeline", touch, channel, -60_00, "won", "2026-03-01", 4, "2026-01-10")
		post("o:won", "revenue", touch, channel, 60_00, "won", "2026-03-01", 4, "2026-03-01")
		post("o:won", "customers", touch, channel, nano/2, "won", "2026-03-01", 4, "2026-03-01")
	}
	post("o:lost", "opportunities", "", "(unattributed)", nano, "opened", "2026-01-12", 1, "2026-01-12")
	for i, step := range []struct {
		at, reason string
		minor      int64
	}{{"2026-01-12", "opened", 70_00}, {"2026-02-10", "lost", -70_00}, {"2026-02-15", "reopened", 70_00}, {"2026-03-10", "lost", -70_00}} {
		post("o:lost", "pipeline", "", "(unattributed)", step.minor, step.reason, step.at, uint64(i+1), "2026-01-12")
	}
	post("c:x", "conversions", "t1", "Email", nano, "conversion", "2026-01-20", 1, "2026-01-20")
	w.check(batch.Send())
}

// TestJourneys_asOf lists what was known at each moment: states, amounts, stages, touches in their order, and what filters find among them.
func TestJourneys_asOf(t *testing.T) {
	w := newWorld(t, nil)
	lives(w)
	for _, c := range []struct{ asOf, filter, want string }{
		{"2026-01-09", "", ""},
		{"2026-01-11", "", "o:won open 100.00 EUR Demo []1 Email"},
		{"2026-01-25", "", "c:x converted - []1 Email|o:lost open 70.00 EUR Demo []0 |o:won open 100.00 EUR Demo []1 Email"},
		{"2026-02-01", "&state=open&channel=Email", "o:won open 120.00 EUR Demo []1 Email"},
		{"2026-02-12", "&kind=opportunity", "o:lost lost 70.00 EUR Demo [2026-02-10]0 |o:won open 120.00 EUR Demo []1 Email"},
		{"2026-02-15", "&state=open", "o:lost open 70.00 EUR Demo []0 |o:won open 120.00 EUR Demo []1 Email"},
		{"2026-02-25", "&channel=Display", "o:won open 120.00 EUR Demo []2 Display>Email"},
		{"2026-03-01", "&state=won", "o:won won 120.00 EUR Won [2026-03-01]2 Display>Email"},
		{"2026-03-09T23:00:00Z", "&channel=(unattributed)", "o:lost open 70.00 EUR Demo []0 "},
		{"2026-03-10", "&state=lost", "o:lost lost 70.00 EUR Lost [2026-03-10]0 "},
		{"2026-03-10", "&sort=touches&kind=opportunity", "o:lost lost 70.00 EUR Lost [2026-03-10]0 |o:won won 120.00 EUR Won [2026-03-01]2 Display>Email"},
	} {
		list := answered[answer.JourneyList](w, "/api/v1/journeys?as_of="+c.asOf+c.filter)
		got := []string{}
		for _, r := range list.Rows {
			amount := "-"
			if r.Amount != nil {
				amount = *r.Amount + " " + r.Currency
			}
			closed := "[" + r.ClosedOn + "]"
			if r.Kind == "conversion" {
				closed = "[]"
			}
			got = append(got, strings.Join(strings.Fields(fmt.Sprint(r.JourneyID, " ", r.State, " ", amount, " ", r.Stage)), " ")+" "+closed+fmt.Sprint(r.Touches, " ", strings.Join(r.Channels, ">")))
			if e := answered[answer.Explanation](w, r.Explain); e.AsOf == nil || !e.AsOf.Equal(*list.AsOf) {
				t.Errorf("%s is listed as of %s and explained as of %v", r.JourneyID, list.AsOf, e.AsOf)
			}
		}
		if !strings.Contains(c.filter, "sort=") {
			slices.Sort(got)
		}
		if joined := strings.Join(got, "|"); joined != c.want || list.Page.Total != len(got) || list.AsOf == nil {
			t.Errorf("as of %s%s:\n%s of %d, want\n%s", c.asOf, c.filter, joined, list.Page.Total, c.want)
		}
	}
	if status, _, body := get(t, w.url+"/api/v1/journeys?as_of=yesterday"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "as_of") {
		t.Errorf("%d %s", status, body)
	}
	status, _, text := get(t, w.url+"/api/v1/journeys?format=csv&as_of=2026-01-11")
	if status != http.StatusOK || strings.Count(text, "\n") != 2 {
		t.Errorf("exported as of then: %d\n%s", status, text)
	}
}

// TestJourney_asOf shows the credit, the stages and the touches of a deal as they were.
func TestJourney_asOf(t *testing.T) {
	w := newWorld(t, nil)
	lives(w)
	for asOf, want := range map[string]string{
		"2026-01-11": "opportunities 1 ;pipeline 100.00 EUR; touches 1 stages 1", "2026-02-05": "opportunities 1 ;pipeline 120.00 EUR; touches 1 stages 1",
		"2026-03-02": "customers 1 ;opportunities 1 ;revenue 120.00 EUR; touches 2 stages 2",
	} {
		j := answered[answer.Journey](w, "/api/v1/journeys/o:won?as_of="+asOf)
		got := ""
		for _, s := range j.Sums {
			got += s.Measure + " " + s.Amount + " " + s.Currency + ";"
		}
		if got += fmt.Sprint(" touches ", len(j.Touches), " stages ", len(j.Stages)); got != want {
			t.Errorf("as of %s: %s, want %s", asOf, got, want)
		}
	}
	if status, _, _ := get(t, w.url+"/api/v1/journeys/o:won?as_of=2026-01-01"); status != http.StatusNotFound {
		t.Errorf("a deal that is in the ledger alone, before it was known: %d", status)
	}
}

// TestContributions_asOf follows the figures of tables as of several moments: the same figure, rows that add up to it, and nothing that came later.
func TestContributions_asOf(t *testing.T) {
	w := newWorld(t, nil)
	ledgerWorld(w, 4)
	for _, asOf := range []string{"2026-01-20", "2026-02-14", "2026-03-05", now.Format(time.RFC3339)} {
		for _, basis := range []string{"touch", "close"} {
			table := answered[answer.Channels](w, "/api/v1/channels?model=linear&currency=USD&basis="+basis+"&as_of="+asOf)
			for _, r := range append(table.Rows, answer.Row{Explain: table.Totals.Explain}) {
				for _, measure := range []string{"customers", "spend", "touchpoints"} {
					address := strings.ReplaceAll(r.Explain, "{&measure}", "&measure="+measure)
					c := answered[answer.Contributions](w, address)
					figures := table.Totals.Figures
					if r.Channel != "" {
						figures = r.Figures
					}
					want := map[string]string{"customers": fmt.Sprintf("%.9f", figures.Customers), "spend": figures.Spend, "touchpoints": fmt.Sprint(figures.Touchpoints)}[measure]
					if cents(t, *c.Figure) != cents(t, want) || cents(t, c.Shown)+cents(t, c.Rest) != cents(t, want) || c.AsOf == nil {
						t.Errorf("%s: %s = %s + %s, the table says %s; %v", address, *c.Figure, c.Shown, c.Rest, want, c.Warnings)
					}
				}
			}
		}
	}
}

// TestPaths_asOf holds what paths are worth against what channels earned, as of moments.
func TestPaths_asOf(t *testing.T) {
	w := newWorld(t, nil)
	lives(w)
	for asOf, want := range map[string]string{"2026-01-25": "Email 2 0.00", "2026-02-25": "Display>Email 1 0.00", "2026-03-05": "Display>Email 1 120.00"} {
		question := "basis=close&from=2026-01-01&to=2026-12-31&as_of=" + asOf
		p, a := answered[answer.Paths](w, "/api/v1/paths?"+question), answered[answer.Channels](w, "/api/v1/channels?"+question)
		got := fmt.Sprint(strings.Join(p.Paths[0].Channels, ">"), " ", p.Paths[0].Journeys, " ", p.Totals.Value)
		if asOf != "2026-01-25" {
			for _, path := range p.Paths {
				if len(path.Channels) == 2 {
					got = fmt.Sprint(strings.Join(path.Channels, ">"), " ", path.Journeys, " ", p.Totals.Value)
				}
			}
		}
		if got != want || p.AsOf == nil || decimal(w, a.Totals.Value).Cmp(decimal(w, p.Totals.Value)) != 0 {
			t.Errorf("as of %s: %s, want %s; channels earned %s", asOf, got, want, a.Totals.Value)
		}
	}
	for _, question := range []string{"/api/v1/funnel?books=closed", "/api/v1/paths?books=closed", "/api/v1/contributions?measure=revenue&books=closed"} {
		if status, _, body := get(t, w.url+question); status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers what it does not know: %d %s", question, status, body)
		}
	}
}

// TestKnown_dealsOfBefore tells of deals from before versions were kept what happened by then, and says so; of one without any history, that it is lacking.
func TestKnown_dealsOfBefore(t *testing.T) {
	w := newWorld(t, nil)
	w.exec("INSERT INTO models_rows VALUES ('default', 'linear')")
	w.exec(`INSERT INTO opportunity_versions_rows (workspace, opportunity_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at,
		version, exact_from, visit_stages, visit_source_stages, visit_entered_ms, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm) VALUES
		('default', 'won', 'sales', 'Won', 1, 1, 1, 12000, 2, 'EUR', '2026-01-10', '2026-03-01', 3, '2026-03-15', ['Demo', 'Won'], ['', ''], [1768003200000, 1772323200000], [1772323200000, 0], [12000, 12000], [-1, -1])`)
	for _, c := range []struct{ asOf, want, warning string }{
		{"2026-01-05", "", ""},
		{"2026-02-01", "o:won open Demo []", "history_begins_later"},
		{"2026-03-05", "o:won won Won [2026-03-01]", "history_begins_later"},
		{"2026-03-16", "o:won won Won [2026-03-01]", ""},
	} {
		got, warning := "", ""
		list := answered[answer.JourneyList](w, "/api/v1/journeys?model=linear&as_of="+c.asOf)
		for _, r := range list.Rows {
			got += fmt.Sprint(r.JourneyID, " ", r.State, " ", r.Stage, " [", r.ClosedOn, "]")
		}
		f := answered[answer.Funnel](w, "/api/v1/funnel?model=linear&currency=EUR&from=2026-01-01&to=2026-12-31&as_of="+c.asOf)
		for _, warnings := range [][]answer.Warning{list.Warnings, f.Warnings} {
			for _, one := range warnings {
				warning = one.Code
			}
			if warning != c.warning || got != c.want {
				t.Errorf("as of %s: %q with %q, want %q with %q", c.asOf, got, warning, c.want, c.warning)
			}
		}
		if won := f.Steps[len(f.Steps)-1].Reached; (won == 1) != strings.Contains(c.want, " won ") {
			t.Errorf("as of %s the funnel has %d won", c.asOf, won)
		}
	}
	w.exec(`INSERT INTO opportunities_rows (workspace, opportunity_id, created_at, version) VALUES ('default', 'bare', '2026-01-10', 1)`)
	if f := answered[answer.Funnel](w, "/api/v1/funnel?model=linear&currency=EUR&from=2026-01-01&to=2026-12-31&as_of=2026-03-20"); len(f.Warnings) != 1 || f.Warnings[0].Code != "no_history" {
		t.Errorf("a deal without history is passed over: %v", f.Warnings)
	}
}

package query_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// deskWorld is a world where things can be saved, with a token of each role.
func deskWorld(t *testing.T) *world {
	t.Helper()
	broker := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), broker, 1, 1); err != nil {
		t.Fatal(err)
	}
	return newWorld(t, func(c *query.Config) {
		c.Kafka = broker
		for _, role := range []string{"viewer", "editor", "approver", "admin"} {
			c.Tokens = append(c.Tokens, query.Token{Name: role, Secret: role + "-0123456789abcdef", Role: role})
		}
	})
}

func as(role string) []string {
	return []string{"Authorization", "Bearer " + role + "-0123456789abcdef"}
}

// TestViews_readYourWrites saves, reads, replaces and deletes: every step is seen by the next, though nothing lands in ClickHouse here.
func TestViews_readYourWrites(t *testing.T) {
	w := deskWorld(t)
	address := w.url + "/api/v1/views/quarter"
	if status, body := send(t, "PUT", address, `{"name":"Quarter","address":"/channels"}`, as("viewer")...); status != http.StatusForbidden {
		t.Errorf("a viewer saves: %d %s", status, body)
	}
	for _, name := range []string{"Quarter", "Quarter by channel"} {
		if status, body := send(t, "PUT", address, fmt.Sprintf(`{"name":%q,"address":"/channels"}`, name), as("editor")...); status != http.StatusOK {
			t.Fatalf("save: %d %s", status, body)
		}
		_, body := send(t, "GET", address, "", as("viewer")...)
		if view := decoded[answer.SavedView](t, body); view.Name != name || view.UpdatedBy != "editor" {
			t.Errorf("read back %+v", view)
		}
	}
	if status, body := send(t, "DELETE", address, "", as("editor")...); status >= 300 {
		t.Errorf("delete: %d %s", status, body)
	}
	if status, body := send(t, "GET", address, "", as("viewer")...); status != http.StatusNotFound {
		t.Errorf("a deleted view: %d %s", status, body)
	}
	_, body := send(t, "GET", w.url+"/api/v1/audit", "", as("approver")...)
	if audit := decoded[answer.Audit](t, body); len(audit.Rows) == 0 || audit.Rows[0].Action != "delete" || audit.Rows[0].By != "editor" {
		t.Errorf("the last change deleted it, the audit says %+v", audit.Rows)
	}
}

// TestRates_posted converts by a rate as soon as it is posted.
func TestRates_posted(t *testing.T) {
	w := deskWorld(t)
	w.cells(cell{basis: "touch", day: "2026-01-10", model: "linear", channel: "Email", currency: "EUR", revenue: 100_00, version: 1})
	question := w.url + "/api/v1/channels?model=linear&currency=USD"
	_, body := send(t, "GET", question, "", as("viewer")...)
	if a := decoded[answer.Channels](t, body); len(a.Warnings) == 0 {
		t.Errorf("no rate and no warning: %+v", a.Totals)
	}
	const file = "day,from,to,rate\n2026-01-01,EUR,USD,1.25\n"
	if status, body := send(t, "POST", w.url+"/api/v1/rates", file, append(as("approver"), "Content-Type", "text/csv")...); status != http.StatusForbidden {
		t.Errorf("an approver posts rates: %d %s", status, body)
	}
	request := query.RatesRequest{URL: w.url, Token: "admin-0123456789abcdef", File: strings.NewReader(file)}
	if headline, err := query.PostRates(t.Context(), request); err != nil || !strings.Contains(headline, "1 rate") {
		t.Fatalf("%q %v", headline, err)
	}
	_, body = send(t, "GET", question, "", as("viewer")...)
	if a := decoded[answer.Channels](t, body); a.Totals.Revenue != "125.00" {
		t.Errorf("100 euros at 1.25 are %s", a.Totals.Revenue)
	}
	request.File = strings.NewReader("day,from,to,rate\n2026-01-01,EUR,USD,much\n")
	if _, err := query.PostRates(t.Context(), request); err == nil {
		t.Error("a rate of \"much\" was taken")
	}
}

// land puts the latest change of a kind where the sink would: the audit shows it as it was written to the log.
func (w *world) land(kind, id string) {
	w.t.Helper()
	_, text := send(w.t, "GET", w.url+"/api/v1/audit?kind="+kind, "", as("approver")...)
	audit := decoded[answer.Audit](w.t, text)
	if len(audit.Rows) == 0 || audit.Rows[0].ID != id {
		w.t.Fatalf("no change of %s %s: %s", kind, id, text)
	}
	w.check(w.conn.Exec(w.t.Context(), "INSERT INTO plans_rows VALUES ('default', $1, $2, $3, now64(3), $4, 0)", kind, id, string(audit.Rows[0].Detail), uint64(audit.Rows[0].Version)))
}

// TestPeriods_closed closes January with what was known at a moment, corrects it afterwards, and reopens it. The closure that ClickHouse books by is
// landed here as the sink lands it.
func TestPeriods_closed(t *testing.T) {
	w := deskWorld(t)
	w.exec("INSERT INTO models_rows VALUES ('default', 'linear')")
	closing := recorded.Add(-24 * time.Hour)
	p := posting{journey: "o:1", model: "linear", measure: "revenue", touch: "t", channel: "Email", currency: "USD", reason: "won", closeDay: "2026-01-15"}
	before, after := p, p
	before.minor, before.recorded = 100_00, closing.Add(-time.Hour)
	after.minor, after.reason, after.recorded = -30_00, "amount", closing.Add(time.Hour)
	w.postings(before, after)
	address := w.url + "/api/v1/periods/2026-01/"
	body := fmt.Sprintf(`{"note":"books of January","as_of":%q}`, closing.Format(time.RFC3339))
	if status, text := send(t, "POST", address+"close", body, as("editor")...); status != http.StatusForbidden {
		t.Errorf("an editor closes: %d %s", status, text)
	}
	status, text := send(t, "POST", address+"close", body, as("approver")...)
	if status != http.StatusOK || !decoded[answer.Period](t, text).IsClosed {
		t.Fatalf("close: %d %s", status, text)
	}
	if status, text := send(t, "POST", address+"close", body, as("approver")...); status != http.StatusConflict {
		t.Errorf("closed twice: %d %s", status, text)
	}
	w.land("period", "2026-01")
	revenue := func(query string) string {
		_, text := send(t, "GET", w.url+"/api/v1/channels?model=linear&basis=close&currency=USD&"+query, "", as("viewer")...)
		return decoded[answer.Channels](t, text).Totals.Revenue
	}
	for query, want := range map[string]string{
		"as_of=2026-04-01T12:02:00Z&from=2026-01-01&to=2026-01-31": "70.00", "books=closed&from=2026-01-01&to=2026-01-31": "100.00",
		"books=closed&from=2026-02-01&to=2026-02-28": "-30.00", "books=closed&from=2026-01-01&to=2026-12-31": "70.00",
	} {
		if got := revenue(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if status, text := send(t, "POST", address+"reopen", `{"note":"by mistake"}`, as("approver")...); status != http.StatusOK || decoded[answer.Period](t, text).IsClosed {
		t.Errorf("reopen: %d %s", status, text)
	}
}

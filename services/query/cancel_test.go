package query_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/services/query"
)

// slowJourneys makes the list of journeys take minutes: every row of the view sleeps.
func slowJourneys(w *world) {
	w.exec(`CREATE OR REPLACE VIEW conversions AS SELECT 'default' AS workspace, toString(number) AS conversion_id, 'lead' AS type, 1 AS is_primary, '' AS visitor_id, '' AS person_id,
		'' AS account_id, toDateTime64(0, 3, 'UTC') AS occurred_at, occurred_at AS received_at, toDate(0) AS day, 0 AS has_value, toFloat64(0) AS value, toInt64(0) AS value_minor,
		'' AS currency FROM numbers(10000000) WHERE sleepEachRow(0.00003) = 0`)
}

// awaitStatements waits until questions of the API run on the server over this database, or do no longer.
func (w *world) awaitStatements(want bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var n uint64
		err := w.conn.QueryRow(ctx, "SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE 'tributary query: %journeys' AND current_database = currentDatabase()").Scan(&n)
		if err != nil {
			w.t.Fatalf("look for the statements (running wanted: %v): %v", want, err)
		}
		if (n > 0) == want {
			return
		}
		<-tick.C
	}
}

// TestCancel_clientGone asks something slow and goes away: what ClickHouse does for it ends, long before its limit.
func TestCancel_clientGone(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.MaxExecution = 10 * time.Minute })
	slowJourneys(w)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/api/v1/journeys", nil)
	w.check(err)
	gone := make(chan error, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		gone <- err
	}()
	w.awaitStatements(true)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the question ended with %v", err)
	}
	w.awaitStatements(false)
}

// TestCancel_limit lets a question run into its limit: a problem that says so, and nothing goes on.
func TestCancel_limit(t *testing.T) {
	w := newWorldOn(t, enginetest.ClickHouse(t), func(c *query.Config) { c.MaxExecution = time.Second })
	slowJourneys(w)
	status, header, body := get(t, w.url+"/api/v1/journeys")
	if status != http.StatusGatewayTimeout || header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "longer than one question may") {
		t.Errorf("%d %s %s", status, header.Get("Content-Type"), body)
	}
	w.awaitStatements(false)
}

package query_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/tributary-attribution/tributary/services/query"
)

// The world of the speed test: twelve months, ten models, both bases, 300 campaigns of 12 channels with a figure every day.
const (
	speedModels = "['first_touch', 'last_touch', 'last_non_direct', 'lead_creation', 'linear', 'position_based', 'time_decay', 'u_shaped', 'w_shaped', 'full_path']"
	speedCells  = 365 * 300
)

// speedWorld fills the tables on the server. Credits are a tenth of the postings; the time of a posting follows its number, as it would.
var speedWorld = []struct{ what, text string }{
	{"models", `INSERT INTO models_rows (workspace, model) SELECT 'default', arrayJoin(` + speedModels + `)`},
	{"cells", `INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, currency, exponent, conversions_nano, conversion_value_minor, opportunities_nano, pipeline_minor,
		customers_nano, revenue_minor, recorded_at, version)
		SELECT 'default', arrayJoin(['touch', 'close']), toDate('2025-11-01') + intDiv(number, 300), arrayJoin(` + speedModels + `), concat('Channel ', toString(number % 12)),
			concat('campaign-', toString(number % 300)), 'USD', 2, sipHash64(number) % 5000000000, sipHash64(number, 1) % 90000, sipHash64(number, 2) % 1000000000,
			sipHash64(number, 3) % 500000, sipHash64(number, 4) % 300000000, sipHash64(number, 5) % 900000, now64(3), 1
		FROM numbers(` + strconv.Itoa(speedCells) + `)`},
	{"touch counts", `INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, exponent, touchpoints, recorded_at, version)
		SELECT 'default', 'touch', toDate('2025-11-01') + intDiv(number, 300), '', concat('Channel ', toString(number % 12)), concat('campaign-', toString(number % 300)),
			0, sipHash64(number, 6) % 4000, now64(3), 1 FROM numbers(` + strconv.Itoa(speedCells) + `)`},
	{"spend", `INSERT INTO spend_rows (workspace, day, spend_key, platform, channel, campaign, currency, exponent, spend_minor, impressions, clicks, received_at, version)
		SELECT 'default', toDate('2025-11-01') + intDiv(number, 300), toString(number % 300), 'google_ads', concat('Channel ', toString(number % 12)),
			concat('campaign-', toString(number % 300)), 'USD', 2, sipHash64(number, 7) % 100000, sipHash64(number, 8) % 100000, sipHash64(number, 9) % 3000, now64(3), 1
		FROM numbers(` + strconv.Itoa(speedCells) + `) WHERE number % 300 < 150`},
	{"credits", `INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, conversion_type, channel, campaign, parts, parts_total, conversions_nano,
		conversion_value_minor, exponent, currency, touched_at, opened_date, close_date, recorded_at, version)
		SELECT 'default', toDate('2025-11-01') + intDiv(number * 365, {rows:UInt64}) AS on, concat('c:', toString(intDiv(number, 40))), ` + speedModels + `[number % 10 + 1],
			concat('t', toString(intDiv(number, 10))), 'conversion', 'lead', concat('Channel ', toString(intDiv(number, 10) % 12)), concat('campaign-', toString(intDiv(number, 10) % 300)),
			1, 4, 250000000, 1000, 2, 'USD', toDateTime64(on, 3) - 86400, on, on, now64(3), 1
		FROM numbers({rows:UInt64})`},
	{"ledger", `INSERT INTO ledger_rows (workspace, posting_id, journey_id, journey_kind, model, model_version, measure, touchpoint_id, channel, campaign, delta_weight, delta_minor, exponent,
		currency, reason, cause_event_id, effective_at, recorded_at, version)
		SELECT 'default', hex(sipHash128(number)), concat('c:', toString(intDiv(number, 400))), 'conversion', ` + speedModels + `[number % 10 + 1], '1', 'conversions',
			concat('t', toString(intDiv(number, 10))), concat('Channel ', toString(intDiv(number, 10) % 12)), concat('campaign-', toString(intDiv(number, 10) % 300)), 0.25, 250000000, 9, 'USD',
			['conversion', 'touch', 'late_touch', 'identity'][number % 4 + 1], concat('e', toString(intDiv(number, 40))),
			toDateTime64('2025-11-01 00:00:00', 3, 'UTC') + intDiv(number * 31536, {rows:UInt64}) * 1000 AS at, at, 1
		FROM numbers({rows:UInt64})`},
}

// TestSpeed measures /channels by campaign over twelve months beside the bare statement on ClickHouse, in a database with as many postings as
// TRIBUTARY_SPEED_ROWS says (100000000 needs some 10 GB of disk while it runs).
func TestSpeed(t *testing.T) {
	rows, err := strconv.ParseUint(os.Getenv("TRIBUTARY_SPEED_ROWS"), 10, 64)
	if err != nil {
		t.Skip("set TRIBUTARY_SPEED_ROWS to measure")
	}
	w := newWorld(t, func(c *query.Config) { c.MaxExecution = time.Minute })
	for _, part := range speedWorld {
		n := rows
		if part.what == "credits" {
			n = rows / 10
		}
		started := time.Now()
		ctx := ch.Context(t.Context(), ch.WithSettings(ch.Settings{"max_insert_threads": 1, "max_threads": 1, "max_memory_usage": 8 << 30, "max_partitions_per_insert_block": 0}))
		if strings.Contains(part.text, "{rows:UInt64}") {
			w.check(w.conn.Exec(ctx, part.text, ch.Named("rows", n)))
		} else {
			w.check(w.conn.Exec(ctx, part.text))
		}
		t.Logf("%s: %s", part.what, time.Since(started).Round(time.Second))
	}
	var postings, bytes uint64
	w.check(w.conn.QueryRow(t.Context(), "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND active AND table = 'ledger_rows'").Scan(&postings, &bytes))
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("%d postings on %d MB; load %s", postings, bytes>>20, strings.TrimSpace(string(load)))
	bare := bareStatement(t)
	api := func(address string) func() {
		return func() {
			response, err := http.Get(w.url + address)
			w.check(err)
			defer response.Body.Close()
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d %v", address, response.StatusCode, err)
			}
		}
	}
	_, header, _ := get(t, w.url+"/api/v1/channels?group_by=campaign")
	for range 3 { // turn by turn, so that what else runs on the machine meets all of them alike
		for _, m := range []struct {
			what string
			ask  func()
		}{
			{"bare statement", func() { bare(w) }},
			{"/channels by campaign, 12 months", api("/api/v1/channels?group_by=campaign&from=2025-11-01&to=2026-10-31&limit=300")},
			{"/channels by channel, no period", api("/api/v1/channels")},
			{"/trend by week", api("/api/v1/trend?interval=week")},
			{"/contributions of one campaign", api("/api/v1/contributions?measure=conversions&channel=Channel+1&campaign=campaign-1")},
			{"not modified", func() {
				if status, _, _ := get(t, w.url+"/api/v1/channels?group_by=campaign", "If-None-Match", header.Get("ETag")); status != http.StatusNotModified {
					t.Fatalf("%d", status)
				}
			}},
		} {
			measure(t, m.what, m.ask)
		}
	}
}

func measure(t *testing.T, what string, ask func()) {
	t.Helper()
	n := 100
	if strings.HasPrefix(what, "/contrib") || strings.HasPrefix(what, "/trend") {
		n = 10
	}
	took := make([]time.Duration, n)
	ask()
	for i := range took {
		started := time.Now()
		ask()
		took[i] = time.Since(started)
	}
	slices.Sort(took)
	t.Logf("%-36s median %s, p99 %s", what, took[n/2].Round(100*time.Microsecond), took[n*99/100].Round(100*time.Microsecond))
}

// bareStatement is what /channels sends for this question, as the store's own tests hold it, with its parameters.
func bareStatement(t *testing.T) func(*world) {
	file, err := os.ReadFile("internal/store/testdata/facts_by_campaign.sql")
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(file), "\n-- workspace")
	args := []any{
		ch.Named("workspace", "default"), ch.Named("basis", "touch"), ch.Named("convert", false), ch.Named("currency", ""), ch.Named("from", "2025-11-01"),
		ch.Named("to", "2026-10-31"), ch.Named("models", []string{"position_based"}),
	}
	return func(w *world) {
		ctx := ch.Context(context.WithoutCancel(w.t.Context()), ch.WithSettings(ch.Settings{"do_not_merge_across_partitions_select_final": 1}))
		rows, err := w.conn.Query(ctx, text, args...)
		w.check(err)
		defer rows.Close()
		n := 0
		for rows.Next() {
			n++
		}
		w.check(rows.Err())
		if n < 300 {
			w.t.Fatalf("the bare statement has %d rows", n)
		}
	}
}

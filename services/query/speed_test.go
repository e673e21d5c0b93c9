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

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
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
			concat('t', toString(intDiv(number, 10))), 'conversion', 'lead', concat('Channel ', toString(sipHash64(intDiv(number, 10)) % 12)),
			concat('campaign-', toString(sipHash64(intDiv(number, 10), 1) % 300)),
			1, 4, 250000000, 1000, 2, 'USD', toDateTime64(on, 3) - 86400, on, on, now64(3), 1
		FROM numbers({first:UInt64}, {chunk:UInt64})`},
	{"ledger", `INSERT INTO ledger_rows (workspace, posting_id, journey_id, journey_kind, model, model_version, measure, touchpoint_id, channel, campaign, delta_weight, delta_minor, exponent,
		currency, reason, cause_event_id, effective_at, recorded_at, version, conversion_type, close_date, touch_date)
		SELECT 'default', hex(sipHash128(number)), concat('c:', toString(intDiv(number, 400))), 'conversion', ` + speedModels + `[number % 10 + 1], '1',
			if(number % 20 < 10, 'conversions', 'conversion_value') AS measure, concat('t', toString(intDiv(number, 10))), concat('Channel ', toString(sipHash64(intDiv(number, 20)) % 12)),
			concat('campaign-', toString(sipHash64(intDiv(number, 20), 1) % 300)), 0.25, if(measure = 'conversions', 250000000, 1000), if(measure = 'conversions', 9, 2),
			if(measure = 'conversions', '', 'USD'), ['conversion', 'touch', 'late_touch', 'identity'][number % 4 + 1], concat('e', toString(intDiv(number, 40))),
			toDateTime64('2025-11-01 00:00:00', 3, 'UTC') + intDiv(number * 31536, {rows:UInt64}) * 1000 AS at, at, 1, 'lead', toDate(at), toDate(at) - sipHash64(number) % 30
		FROM numbers({first:UInt64}, {chunk:UInt64})`},
	{"touchpoints", `INSERT INTO touchpoints_rows (workspace, touchpoint_id, visitor_id, person_id, occurred_at, received_at, kind, channel, campaign, version)
		SELECT 'default', concat('t', toString(number)), concat('v', toString(intDiv(number, 4))), if(number % 3 = 0, concat('p', toString(intDiv(number, 4))), ''),
			toDateTime64('2025-11-01 00:00:00', 3, 'UTC') + intDiv(number * 31536, {rows:UInt64}) * 1000 AS at, at, 'visit', concat('Channel ', toString(sipHash64(number) % 12)),
			concat('campaign-', toString(sipHash64(number, 1) % 300)), 1
		FROM numbers({first:UInt64}, {chunk:UInt64})`},
	{"conversions", `INSERT INTO conversions_rows (workspace, conversion_id, type, is_primary, visitor_id, person_id, occurred_at, received_at, has_value, value_minor, exponent, currency, version)
		SELECT 'default', toString(number), 'lead', 1, concat('v', toString(number)), concat('p', toString(number)),
			toDateTime64('2025-11-01 00:00:00', 3, 'UTC') + intDiv(number * 31536, {rows:UInt64}) * 1000 AS at, at, 1, 4000, 2, 'USD', 1
		FROM numbers({first:UInt64}, {chunk:UInt64})`},
	{"opportunities", `INSERT INTO opportunities_rows (workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at, version)
		SELECT ` + speedDeal + `, 4 FROM numbers({first:UInt64}, {chunk:UInt64})`},
	{"stages", `INSERT INTO opportunity_stages_rows (workspace, opportunity_id, entered_us, stage, entered_at, left_at, amount_minor, exponent, currency, version)
		SELECT 'default', concat('d', toString(number)), toUnixTimestamp64Micro(toDateTime64(entered_at, 6)), ` + speedStages + `[step] AS stage, ` + speedCreated + ` + (step - 1) * 864000 AS entered_at,
			if(step < 4, entered_at + 864000, fromUnixTimestamp64Milli(0, 'UTC')), 4000, 2, 'USD', 4 FROM numbers({first:UInt64}, {chunk:UInt64}) ARRAY JOIN [1, 2, 3, 4] AS step`},
	// Each of the four versions was told a day after it happened.
	{"versions", `INSERT INTO opportunity_versions_rows (workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at, version,
		recorded_at, exact_from, visit_stages, visit_source_stages, visit_entered_ms, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm)
		SELECT d.1, d.2, d.3, d.4, ` + speedStages + `[step], step = 4 AND d.6, step = 4 AND d.7, 1, d.9, 2, 'USD', d.12, if(step = 4, d.13, fromUnixTimestamp64Milli(0, 'UTC')), step, d.12 + (step - 1) * 864000 + 86400 AS known,
			known, arraySlice(` + speedStages + `, 1, step), arrayResize([''], step, ''), arrayMap(i -> toUnixTimestamp64Milli(d.12) + (i - 1) * 864000000, range(1, step + 1)),
			arrayMap(i -> if(i < step, toUnixTimestamp64Milli(d.12) + i * 864000000, 0), range(1, step + 1)), arrayResize([toInt64(4000)], step, 4000), arrayResize([toInt32(-1)], step, -1)
		FROM (SELECT tuple(` + speedDeal + `) AS d FROM numbers({first:UInt64}, {chunk:UInt64})) ARRAY JOIN [1, 2, 3, 4] AS step`},
	{"deal credits", `INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, channel, campaign, parts, parts_total, opportunities_nano, pipeline_minor, exponent, currency,
		touched_at, opened_date, recorded_at, version)
		SELECT 'default', '1970-01-01', concat('o:d', toString(number)), arrayJoin(` + speedModels + `), concat('t', toString(touch)), 'opportunity', concat('Channel ', toString(sipHash64(number, touch) % 12)),
			'campaign-1', 1, 4, 250000000, 1000, 2, 'USD', ` + speedCreated + ` - 86400, toDate(` + speedCreated + `), now64(3), 1
		FROM numbers({first:UInt64}, {chunk:UInt64}) ARRAY JOIN [1, 2, 3, 4] AS touch`},
}

// A deal is created every so often, enters a stage every ten days, and two of five are won, one is lost. speedDeal are its columns.
const (
	speedStages  = "['Lead', 'Demo', 'Offer', 'Contract']"
	speedCreated = "(toDateTime64('2025-11-01 00:00:00', 3, 'UTC') + intDiv(number * 31536, {rows:UInt64}) * 1000)"
	speedDeal    = `'default', concat('d', toString(number)), concat('a', toString(number % 1000)), if(number % 4 = 0, 'partner', 'sales'), 'Contract', number % 5 < 2, number % 5 < 3, 1,
			toInt64(sipHash64(number) % 9000000), 2, 'USD', ` + speedCreated + `, if(number % 5 < 3, ` + speedCreated + ` + 2764800, fromUnixTimestamp64Milli(0, 'UTC'))`
)

// speedChunk is how much one statement inserts: less than what the client's patience is enough for on a busy machine.
const speedChunk = uint64(2_000_000)

// Of so many postings one row of each of these tables.
var speedShare = map[string]uint64{
	"credits": 10, "ledger": 1, "touchpoints": 10, "conversions": 400, "opportunities": dealShare, "stages": dealShare, "versions": dealShare, "deal credits": dealShare,
}

// dealShare is the postings for each deal.
const dealShare = 2000

// TestSpeed measures /channels by campaign over twelve months beside the bare statement on ClickHouse, in a database with as many postings as
// TRIBUTARY_SPEED_ROWS says. Beyond a few million the embedded engine needs more memory than it usually has (TRIBUTARY_TEST_CLICKHOUSE_MEMORY=6144), and 100000000 some 10 GB of disk. With TRIBUTARY_SPEED_DATABASE, on the server that TRIBUTARY_TEST_CLICKHOUSE
// names, the database is kept, and used again as it is by the next run. TRIBUTARY_SPEED_TRACE=5 prints what the five slowest questions of each measurement spent their time on,
// TRIBUTARY_SPEED_ROUNDS is how often the turns are repeated (3; 0: not at all), and TRIBUTARY_SPEED_ONLY=/funnel leaves the other single questions out.
func TestSpeed(t *testing.T) {
	rows, err := strconv.ParseUint(os.Getenv("TRIBUTARY_SPEED_ROWS"), 10, 64)
	if err != nil {
		t.Skip("set TRIBUTARY_SPEED_ROWS to measure")
	}
	w := speedDatabase(t)
	var postings, parts, bytes uint64
	const size = "SELECT sum(rows), count(), sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND active AND table = 'ledger_rows'"
	w.check(w.conn.QueryRow(t.Context(), size).Scan(&postings, &parts, &bytes))
	if postings < rows {
		fillSpeed(w, rows)
		w.check(w.conn.QueryRow(t.Context(), size).Scan(&postings, &parts, &bytes))
	}
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("%d postings in %d parts on %d MB; load %s", postings, parts, bytes>>20, strings.TrimSpace(string(load)))
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
	year := "&from=2025-11-01&to=2026-10-31"
	warm(w, api("/api/v1/channels?group_by=campaign&limit=300"+year))
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("TRIBUTARY_SPEED_ROUNDS")); err == nil {
		rounds = n
	}
	for range rounds { // turn by turn, so that what else runs on the machine meets all of them alike
		measure(t, "bare statement", 100, func() { bare(w) })
		ask := api("/api/v1/channels?group_by=campaign&limit=300" + year)
		measureAfter(t, "/channels by campaign, 12 months, something landed before each", 300, func() { land(w) }, ask)
		measure(t, "/channels by campaign, 12 months, nothing landed", 100, ask)
		measure(t, "/channels by channel, no period", 100, api("/api/v1/channels"))
		_, header, _ := get(t, w.url+"/api/v1/channels?group_by=campaign")
		measure(t, "not modified", 100, func() {
			if status, _, _ := get(t, w.url+"/api/v1/channels?group_by=campaign", "If-None-Match", header.Get("ETag")); status != http.StatusNotModified {
				t.Errorf("the tag is out of date: %d", status)
			}
		})
	}
	for _, address := range []string{
		"/api/v1/channels?as_of=2026-03-01" + year, "/api/v1/channels?as_of=2026-10-31" + year, "/api/v1/compare?" + year, "/api/v1/trend?interval=week" + year,
		"/api/v1/contributions?measure=conversions&channel=Channel+1&campaign=campaign-1" + year, "/api/v1/funnel?" + year, "/api/v1/funnel?as_of=2026-03-01" + year, "/api/v1/funnel?as_of=2026-10-31" + year, "/api/v1/paths?" + year,
		"/api/v1/journeys?" + year, "/api/v1/journeys?channel=Channel+1&sort=-amount" + year, "/api/v1/journeys?as_of=2026-03-01" + year, "/api/v1/journeys/o:d10?as_of=2026-03-01",
		"/api/v1/journeys/c:1000", "/api/v1/journeys/c:1000/explain",
		"/api/v1/ledger/bridge?from=2026-02-01&to=2026-03-01", "/api/v1/weekly", "/api/v1/quality?", "/api/v1/pipeline", "/api/v1/channels?group_by=content" + year,
	} {
		if !strings.Contains(address, os.Getenv("TRIBUTARY_SPEED_ONLY")) {
			continue
		}
		started := time.Now()
		status, _, body := get(t, w.url+address)
		if status != http.StatusOK {
			t.Logf("%-72s %d after %s: %s", address, status, time.Since(started).Round(time.Millisecond), body)
			continue
		}
		measureAfter(t, address, 5, func() { land(w) }, api(address))
	}
	_, _, metrics := get(t, w.url+"/metrics")
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "tributary_query_clickhouse_seconds_") && !strings.Contains(line, "_bucket") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// speedDatabase is an empty database, or the one that is kept.
func speedDatabase(t *testing.T) *world {
	limit := func(c *query.Config) { c.MaxExecution = 30 * time.Second }
	kept := os.Getenv("TRIBUTARY_SPEED_DATABASE")
	if kept == "" {
		return newWorldLogged(t, enginetest.ClickHouse(t), now, speedLog(t), limit)
	}
	db, err := clickhouse.ParseDSN(os.Getenv("TRIBUTARY_TEST_CLICKHOUSE"))
	if err != nil {
		t.Fatal(err)
	}
	db.Database = kept
	return newWorldLogged(t, db, now, speedLog(t), limit)
}

// fillSpeed makes the world on the server, with one thread, so that others have the rest of the machine.
func fillSpeed(w *world, rows uint64) {
	for _, part := range speedWorld {
		started := time.Now()
		ctx := ch.Context(w.t.Context(), ch.WithSettings(ch.Settings{"max_insert_threads": 1, "max_threads": 1, "max_memory_usage": 6 << 30, "max_partitions_per_insert_block": 0}))
		share := speedShare[part.what]
		if share == 0 {
			w.check(w.conn.Exec(ctx, part.text))
		}
		for first := uint64(0); share > 0 && first < rows/share; first += speedChunk {
			chunk := min(speedChunk, rows/share-first)
			w.check(w.conn.Exec(ctx, part.text, ch.Named("rows", rows/share), ch.Named("first", first), ch.Named("chunk", chunk)))
		}
		w.t.Logf("%s: %s", part.what, time.Since(started).Round(time.Second))
	}
}

// land is what a moment of traffic leaves: cells of the model that is asked for and counts of touches on a late day, and a cost of another workspace. Each makes the
// service forget what it remembers of those tables. The amounts are others each time, since the server drops what it just got.
func land(w *world) {
	now := time.Now().UnixNano()
	w.check(w.conn.Exec(w.t.Context(), `INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, currency, exponent, touchpoints, revenue_minor, recorded_at, version)
		SELECT 'default', 'touch', toDate('2026-10-31'), model, 'Channel 1', concat('campaign-', toString(1 + 12 * number)), if(model = '', '', 'USD'), if(model = '', 0, 2),
			if(model = '', {now:Int64} % 1000, 0), if(model = '', 0, {now:Int64} % 100000), now64(3), {now:Int64}
		FROM numbers(20) ARRAY JOIN ['position_based', ''] AS model`, ch.Named("now", now)))
	w.spends(spend{workspace: "other", day: "2026-01-01", channel: "Email", campaign: "c", currency: "EUR", minor: now})
}

// warm asks until rows in memory answer: what a service that has just started takes is told beside what it takes from then on.
func warm(w *world, ask func()) {
	started := time.Now()
	for n := 1; n <= 1000; n++ {
		land(w) // else the answer would be remembered
		ask()
		if _, _, metrics := get(w.t, w.url+"/metrics"); strings.Contains(metrics, `tributary_query_facts_total{from="memory"}`) {
			w.t.Logf("rows were in memory after %d questions in %s", n, time.Since(started).Round(100*time.Millisecond))
			return
		}
	}
	w.t.Fatal("rows are never in memory")
}

func measure(t *testing.T, what string, n int, ask func()) {
	t.Helper()
	measureAfter(t, what, n, func() {}, ask)
}

func measureAfter(t *testing.T, what string, n int, before, ask func()) {
	t.Helper()
	took := make([]time.Duration, n)
	ask()
	done := traced(t)
	for i := range took {
		before()
		started := time.Now()
		ask()
		took[i] = time.Since(started)
	}
	done()
	slices.Sort(took)
	rank := (n*99+99)/100 - 1 // of 300, three took longer
	t.Logf("%-72s median %s, p99 %s, longest %s", what, took[n/2].Round(100*time.Microsecond), took[rank].Round(100*time.Microsecond), took[n-1].Round(100*time.Microsecond))
}

// bareStatement is what /channels sends for this question, as the store's own tests hold it, with its parameters.
func bareStatement(t *testing.T) func(*world) {
	file, err := os.ReadFile("internal/store/testdata/facts_by_campaign.sql")
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(file), "\n-- workspace")
	args := []any{
		ch.Named("workspace", "default"), ch.Named("basis", "touch"), ch.Named("currency", ""), ch.Named("from", "2025-11-01"),
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

package clickhouse_test

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/schemas"
)

func migrated(t testing.TB) (clickhouse.Config, driver.Conn) {
	t.Helper()
	cfg := enginetest.ClickHouse(t)
	if err := clickhouse.Migrate(t.Context(), cfg, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return cfg, conn
}

// texts reads a query of one text column.
func texts(t testing.TB, conn driver.Conn, query string) []string {
	t.Helper()
	var out []string
	rows, err := conn.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMigrate_again applies everything twice, and from several processes' worth of callers at once.
func TestMigrate_again(t *testing.T) {
	cfg := enginetest.ClickHouse(t)
	cfg.Database += "_new" // Migrate creates it
	t.Cleanup(func() {
		conn, err := clickhouse.Open(enginetest.ClickHouse(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.Exec(t.Context(), "DROP DATABASE IF EXISTS "+cfg.Database+" SYNC")
	})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 2 {
				if err := clickhouse.Migrate(t.Context(), cfg, zap.NewNop()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := texts(t, conn, "SELECT DISTINCT toString(version_id) FROM schema_migrations WHERE is_applied ORDER BY version_id")
	files, err := fs.Glob(schemas.ClickHouse, "clickhouse/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"0"} // goose's own first entry
	for _, f := range files {
		number, _, _ := strings.Cut(path.Base(f), "_")
		want = append(want, strings.TrimLeft(number, "0"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("applied %v, want %v", got, want)
	}
}

// TestSchema_comments requires a comment on every table, view and column: it is what BI tools show, and what docs/data.md is made of.
func TestSchema_comments(t *testing.T) {
	_, conn := migrated(t)
	for _, bare := range texts(t, conn, `SELECT table || '.' || name FROM system.columns WHERE database = currentDatabase() AND comment = ''`) {
		t.Errorf("column %s has no comment", bare)
	}
	for _, bare := range texts(t, conn, `SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''`) {
		t.Errorf("%s has no comment", bare)
	}
}

// TestSchema_views checks the contract: names, columns, plain types, the leading workspace, exact money beside the readable one.
func TestSchema_views(t *testing.T) {
	_, conn := migrated(t)
	contract := map[string]string{
		"touchpoints": "touchpoint_id visitor_id person_id account_id occurred_at received_at kind channel source medium campaign campaign_id term content " +
			"click_id_type referrer_host landing_page rules_version is_bot bot_reason",
		"conversions":        "conversion_id type is_primary visitor_id person_id account_id occurred_at value currency",
		"opportunities":      "opportunity_id account_id pipeline stage is_won is_closed amount currency created_at closed_at source_system",
		"opportunity_stages": "opportunity_id stage source_stage entered_at left_at amount",
		"credits": "journey_id journey_kind model model_version measure conversion_type touchpoint_id positions channel source medium campaign weight amount " +
			"amount_minor currency amount_base touch_date close_date person_id account_id",
		"ledger": "posting_id journey_id model model_version measure touchpoint_id channel campaign delta_weight delta_amount delta_amount_minor reason " +
			"cause_event_id effective_at recorded_at",
		"spend":                     "day platform account_id campaign_id campaign ad_group ad channel currency spend spend_base impressions clicks",
		"channel_performance_daily": "day basis model channel campaign spend impressions clicks touchpoints conversions opportunities customers pipeline revenue",
		"rejected":                  "received_at stage endpoint field code reason raw",
	}
	plain := []string{"String", "Float64", "Int64", "Date", "DateTime64(3, 'UTC')"}
	money := map[string]bool{"value": true, "amount": true, "spend": true, "pipeline": true, "revenue": true, "conversion_value": true, "delta_amount": true}
	for view, columns := range contract {
		got := texts(t, conn, fmt.Sprintf("SELECT name || ' ' || type FROM system.columns WHERE database = currentDatabase() AND table = '%s' ORDER BY position", view))
		types := map[string]string{}
		for i, c := range got {
			name, typ, _ := strings.Cut(c, " ")
			types[name] = typ
			if !slices.Contains(plain, typ) {
				t.Errorf("%s.%s is %s, which some BI tool does not take", view, name, typ)
			}
			if i == 0 && name != "workspace" {
				t.Errorf("%s begins with %s, not workspace", view, name)
			}
		}
		for _, want := range strings.Fields(columns) {
			if types[want] == "" {
				t.Errorf("%s has no column %s", view, want)
			}
			if money[want] && types[want] == "Float64" && types[want+"_minor"] != "Int64" {
				t.Errorf("%s.%s has no exact %s_minor", view, want, want)
			}
		}
		// Every column can be read, on no rows too.
		_ = texts(t, conn, fmt.Sprintf("SELECT toString(tuple(*)) FROM %s", view))
	}
}

// TestSchema_queriesUseKeys checks that what people filter by reaches the storage: a view that hid it would read everything.
func TestSchema_queriesUseKeys(t *testing.T) {
	_, conn := migrated(t)
	for query, want := range map[string][]string{
		`SELECT sum(revenue) FROM channel_performance_daily WHERE workspace = 'w' AND day >= '2024-01-01' AND basis = 'touch' AND model = 'linear'`: {
			"workspace in ['w', 'w']", "_CAST(model, 'String') in ['linear', 'linear']", "day in [19723, +Inf)",
		},
		`SELECT sum(amount) FROM credits WHERE workspace = 'w' AND close_date >= '2024-01-01'`:                {"workspace in ['w', 'w']", "by_close"},
		`SELECT count() FROM touchpoints WHERE workspace = 'w' AND day >= '2024-01-01'`:                       {"workspace in ['w', 'w']", "toDate(occurred_at) in [19723, +Inf)"},
		`SELECT sum(delta_amount) FROM ledger WHERE workspace = 'w' AND recorded_at >= '2024-01-01 00:00:00'`: {"workspace in ['w', 'w']", "toDate(recorded_at) in"},
		`SELECT sum(amount) FROM credits WHERE journey_id = 'c:1'`:                                            {"by_journey"},
	} {
		seed(t, conn)
		plan := strings.Join(texts(t, conn, "EXPLAIN indexes = 1 "+query), "\n")
		plan = strings.ReplaceAll(plan, `\'`, "'")
		for _, w := range want {
			if !strings.Contains(plan, w) {
				t.Errorf("%s\ndoes not use %q:\n%s", query, w, plan)
			}
		}
	}
}

// seed puts a row into the tables: the planner shows no indexes of empty ones.
func seed(t testing.TB, conn driver.Conn) {
	t.Helper()
	for table, columns := range map[string]string{
		"cells_rows": "workspace, basis, day, model", "credits_rows": "workspace, key_date, close_date, revenue_minor",
		"touchpoints_rows": "workspace, occurred_at", "ledger_rows": "workspace, recorded_at",
	} {
		values := map[string]string{
			"cells_rows": "'w', 'touch', '2024-05-05', 'linear'", "credits_rows": "'w', '2024-05-05', '2024-05-05', 5",
			"touchpoints_rows": "'w', '2024-05-05 00:00:00'", "ledger_rows": "'w', '2024-05-05 00:00:00'",
		}[table]
		if err := conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, columns, values)); err != nil {
			t.Fatal(err)
		}
	}
}

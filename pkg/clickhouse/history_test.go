package clickhouse_test

import (
	"slices"
	"testing"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

// TestMigrate_dealsOfBefore gives the deals of a database from before versions were kept their last one, exact from the migration on, once however often
// it runs; and history shows which version stood when, also where a record was known before what its owner changed.
func TestMigrate_dealsOfBefore(t *testing.T) {
	cfg, conn := migrated(t)
	exec := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if err := conn.Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	exec(`INSERT INTO opportunities_rows (workspace, opportunity_id, stage, currency, exponent, amount_minor, created_at, version) VALUES ('w', 'old', 'Offer', 'EUR', 2, 700, '2026-01-01', 7), ('w', 'bare', '', '', 0, 0, '2026-01-02', 1)`,
		`INSERT INTO opportunity_stages_rows (workspace, opportunity_id, entered_us, stage, source_stage, entered_at, left_at, amount_minor, version) VALUES
			('w', 'old', 2, 'Offer', 'O', '2026-01-05', 0, 700, 7), ('w', 'old', 1, 'Demo', 'D', '2026-01-03', '2026-01-05', 500, 7)`)
	for range 2 {
		exec("DROP VIEW opportunity_history", "ALTER TABLE schema_migrations DELETE WHERE version_id >= 15 SETTINGS mutations_sync = 2")
		if err := clickhouse.Migrate(t.Context(), cfg, zap.NewNop()); err != nil {
			t.Fatal(err)
		}
	}
	const kept = `SELECT toString((opportunity_id, version, toUnixTimestamp64Milli(recorded_at), exact_from > now() - 600 AND exact_from <= now64(3), stage, amount_minor, visit_stages, visit_source_stages, visit_entered_ms,
		visit_left_ms, visit_amounts_minor, visit_probabilities_ppm)) FROM opportunity_versions_rows ORDER BY opportunity_id`
	want := []string{
		"('bare',1,0,1,'',0,[],[],[],[],[],[])",
		"('old',7,0,1,'Offer',700,['Demo','Offer'],['D','O'],[1767398400000,1767571200000],[1767571200000,0],[500,700],[-1,-1])",
	}
	if got := texts(t, conn, kept); !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	// A third version is a record of January, read after what an owner changed in March.
	exec(`INSERT INTO opportunity_versions_rows (workspace, opportunity_id, version, recorded_at, account_id, is_deleted) VALUES
		('w', 'new', 1, '2026-01-01', 'a', 0), ('w', 'new', 2, '2026-03-01', 'b', 0), ('w', 'new', 3, '2026-02-01', 'b', 0), ('w', 'new', 4, '2026-04-01', 'b', 1)`)
	for moment, version := range map[string]string{"2025-12-31": "", "2026-01-15": "1", "2026-02-15": "3", "2026-03-15": "3", "2026-04-02": ""} {
		got := texts(t, conn, "SELECT toString(version) FROM opportunity_history WHERE opportunity_id = 'new' AND recorded_at <= '"+moment+"' AND '"+moment+"' < replaced_at AND is_deleted = 0")
		if len(got) > 1 || len(got) == 0 && version != "" || len(got) == 1 && got[0] != version {
			t.Errorf("at %s version %v stood, want %q", moment, got, version)
		}
	}
}

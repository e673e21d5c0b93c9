package clickhouse_test

import (
	"fmt"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

// TestViews_emptyText compares every text column of every view with the empty text: the server takes that for a question of sizes, and has to find those
// of the tables behind a view.
func TestViews_emptyText(t *testing.T) {
	_, conn := migrated(t)
	for _, view := range clickhouse.Views() {
		source := view
		if view == "credits_as_of" {
			source = "credits_as_of(as_of = '2026-01-01 00:00:00')"
		}
		for _, column := range texts(t, conn, fmt.Sprintf("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '%s' AND type = 'String'", view)) {
			for _, condition := range []string{column + " != ''", column + " = ''", "empty(" + column + ")", "notEmpty(" + column + ")", "length(" + column + ") > 0"} {
				if err := conn.Exec(t.Context(), "SELECT count() FROM "+source+" WHERE "+condition); err != nil {
					t.Errorf("%s: %s: %v", view, condition, err)
				}
			}
			if err := conn.Exec(t.Context(), fmt.Sprintf("SELECT %s != '', countIf(%s = '') FROM %s GROUP BY 1", column, column, source)); err != nil {
				t.Errorf("%s: selects %s: %v", view, column, err)
			}
		}
	}
}

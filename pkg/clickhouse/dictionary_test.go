package clickhouse_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
)

// rewrite writes docs/data.md instead of comparing it: go test ./pkg/clickhouse -run Dictionary -rewrite.
var rewrite = flag.Bool("rewrite", false, "write docs/data.md from the column comments")

// TestDictionary keeps docs/data.md equal to the comments in the database.
func TestDictionary(t *testing.T) {
	_, conn := migrated(t)
	got := dictionary(t, conn)
	path := filepath.Join("..", "..", "docs", "data.md")
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("docs/data.md is not what the schema says; run: go test ./pkg/clickhouse -run Dictionary -rewrite (-file, +schema):\n%s", d)
	}
}

const dictionaryHead = `# The data

What BI tools find in ClickHouse, database ` + "`tributary`" + `. These views are stable: columns are added, never renamed or removed. This page is made from the
comments in the schema (` + "`go test ./pkg/clickhouse -run Dictionary -rewrite`" + `); the tools show the same texts.

* Types are plain ones. Nothing is NULL: text that is not known is empty, and a moment that has not come is 1970-01-01.
* Days and times are UTC. Money is in units of its currency beside its ISO 4217 code, and exact as ` + "`*_minor`" + ` in minor units; counts that are shared out
  are exact in 1e-9 units (` + "`*_nano`" + `, and ` + "`amount_minor`" + ` of counts). Sum the exact columns when every cent matters.
* Every view starts with ` + "`workspace`" + `. Filter by it, and by the day, first: both are in the storage's keys.
* Amounts of several currencies do not add up. ` + "`*_base`" + ` are in the workspace's base currency, by the rate last known on the day; those of ` + "`channel_performance_daily`" + ` add up to the API's figures.
* Every model splits the same amount, so select one model, and one measure in ` + "`credits`" + ` and ` + "`ledger`" + `.
`

func dictionary(t *testing.T, conn driver.Conn) string {
	var b strings.Builder
	b.WriteString(dictionaryHead)
	views := []string{
		"channel_performance_daily", "credits", "ledger", "touchpoints", "conversions", "opportunities", "opportunity_history", "opportunity_stages", "spend", "rejected", "plans",
		"credits_as_of", "booking_rules", "spend_changes",
	}
	for _, view := range views {
		about := texts(t, conn, fmt.Sprintf("SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = '%s'", view))
		if len(about) != 1 {
			t.Fatalf("view %s: %v", view, about)
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n| column | type | what |\n| --- | --- | --- |\n", view, about[0])
		for _, row := range texts(t, conn, fmt.Sprintf(
			"SELECT '| `' || name || '` | ' || type || ' | ' || comment || ' |' FROM system.columns WHERE database = currentDatabase() AND table = '%s' ORDER BY position", view)) {
			b.WriteString(row + "\n")
		}
	}
	if n := texts(t, conn, "SELECT toString(count()) FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"); n[0] != fmt.Sprint(len(views)) {
		t.Errorf("the schema has %s views, the page %d", n[0], len(views))
	}
	return b.String()
}

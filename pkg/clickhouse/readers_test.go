package clickhouse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

// TestReaders_knowTheSchema holds the lists of what readers are granted and filtered equal to the schema: a table that is not in them would have no
// filter, a view that is not in them nobody could read.
func TestReaders_knowTheSchema(t *testing.T) {
	_, conn := migrated(t)
	for query, want := range map[string][]string{
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'schema_migrations' ORDER BY name":                                                                                                           clickhouse.Tables(),
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name":                                                                                                                                                    clickhouse.Views(),
		"SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name = 'workspace' AND table LIKE '%r%s' AND table IN (SELECT name FROM system.tables WHERE engine LIKE '%MergeTree' AND database = currentDatabase()) ORDER BY table": clickhouse.Tables(),
	} {
		if got := texts(t, conn, query); !slices.Equal(got, want) {
			t.Errorf("%s\ngot  %v\nwant %v", query, got, want)
		}
	}
}

func TestUsersXML_refuses(t *testing.T) {
	good := clickhouse.Reader{Name: "bi", Tool: clickhouse.ToolLooker, PasswordSHA256: strings.Repeat("a", 64), Workspaces: []string{"acme"}}
	if _, err := clickhouse.UsersXML([]clickhouse.Reader{good}, "tributary", ""); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*clickhouse.Reader){
		"name":      func(r *clickhouse.Reader) { r.Name = "a><b" },
		"workspace": func(r *clickhouse.Reader) { r.Workspaces = []string{"a') OR ('1' = '1"} },
		"password":  func(r *clickhouse.Reader) { r.PasswordSHA256 = "" },
		"tool":      func(r *clickhouse.Reader) { r.Tool = "excel" },
		"views":     func(r *clickhouse.Reader) { r.Name = clickhouse.ViewsUser },
	} {
		bad := good
		change(&bad)
		if _, err := clickhouse.UsersXML([]clickhouse.Reader{bad}, "tributary", ""); err == nil {
			t.Errorf("a bad %s went through", name)
		}
	}
}

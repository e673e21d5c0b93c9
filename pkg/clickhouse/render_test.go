package clickhouse

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/schemas"
)

func rendered(t *testing.T, cluster string) string {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Cluster = cluster
	files, err := render(schemas.ClickHouse, "clickhouse", cfg)
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) < 2 {
		t.Fatalf("migrations: %v, %v", names, err)
	}
	var b strings.Builder
	for _, n := range names {
		data, err := fs.ReadFile(files, n)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

func TestRender_single(t *testing.T) {
	sql := rendered(t, "")
	for _, bad := range []string{"CLUSTER", "Replicated", "Distributed", "_dist", "{{"} {
		if strings.Contains(sql, bad) {
			t.Errorf("one server's migrations contain %s", bad)
		}
	}
	if !strings.Contains(sql, "ENGINE = ReplacingMergeTree(version, is_deleted)") || !strings.Contains(sql, "non_replicated_deduplication_window = 1000") {
		t.Error("engine or deduplication window is missing")
	}
}

func TestRender_cluster(t *testing.T) {
	sql := rendered(t, "prod")
	create := regexp.MustCompile(`(?m)^CREATE (TABLE|OR REPLACE VIEW).*$`)
	for _, line := range create.FindAllString(sql, -1) {
		if !strings.Contains(line, "ON CLUSTER 'prod'") {
			t.Errorf("%s: runs on one server only", line)
		}
	}
	if regexp.MustCompile(`ENGINE = ReplacingMergeTree`).MatchString(sql) {
		t.Error("a table is not replicated")
	}
	tables := regexp.MustCompile(`(?m)^CREATE TABLE IF NOT EXISTS (\w+_rows) `).FindAllStringSubmatch(sql, -1)
	views := sql[strings.Index(sql, "CREATE OR REPLACE VIEW"):]
	for _, m := range tables {
		table := m[1]
		if replicatedEverywhere[table] {
			if !strings.Contains(sql, "'/clickhouse/tables/tributary/"+table+"', '{shard}-{replica}'") {
				t.Errorf("%s is not on every server", table)
			}
			continue
		}
		if !strings.Contains(sql, "CREATE TABLE IF NOT EXISTS "+table+"_dist ") {
			t.Errorf("%s has no distributed face", table)
		}
		if regexp.MustCompile(`FROM ` + table + `\b`).MatchString(views) {
			t.Errorf("a view reads one shard of %s", table)
		}
	}
	if len(tables) < 11 {
		t.Errorf("only %d tables found", len(tables))
	}
}

package clickhouse_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// target is a query of a Grafana panel.
type target struct {
	RawSQL string `json:"rawSql"`
	Expr   string `json:"expr"`
}

type dashboard struct {
	UID    string
	Panels []struct {
		ID          int
		Title       string
		Description string
		Targets     []target
	}
	Templating struct {
		List []struct{ Name, Type, Query string }
	}
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("../../deploy/grafana/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	out := map[string]dashboard{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[filepath.Base(file)] = d
	}
	return out
}

// macros of the ClickHouse plugin, as it writes them.
var (
	dateFilter = regexp.MustCompile(`\$__dateFilter\(([a-z_]+)\)`)
	timeFilter = regexp.MustCompile(`\$__timeFilter_ms\(([a-z_]+)\)`)
)

func expand(query string) string {
	query = strings.NewReplacer("${workspace}", "default", "${model}", "linear", "${basis}", "close").Replace(query)
	query = dateFilter.ReplaceAllString(query, "$1 >= toDate('2026-01-01') AND $1 <= toDate('2026-12-31')")
	return timeFilter.ReplaceAllString(query, "$1 >= fromUnixTimestamp64Milli(1767225600000) AND $1 <= fromUnixTimestamp64Milli(1798761599000)")
}

// TestBI_everyQueryRuns runs the queries of the Grafana dashboards and the example questions on the migrated schema.
func TestBI_everyQueryRuns(t *testing.T) {
	_, conn := migrated(t)
	queries := map[string]string{}
	for file, d := range dashboards(t) {
		ids := map[int]bool{}
		for _, p := range d.Panels {
			if p.Title == "" || p.Description == "" || ids[p.ID] {
				t.Errorf("%s: panel %d %q needs a title, a description and an id of its own", file, p.ID, p.Title)
			}
			ids[p.ID] = true
			for _, q := range p.Targets {
				if q.RawSQL != "" {
					queries[file+": "+p.Title] = q.RawSQL
				}
			}
		}
		for _, v := range d.Templating.List {
			if v.Type == "query" {
				queries[file+": variable "+v.Name] = v.Query
			}
		}
	}
	files, err := filepath.Glob("../../deploy/bi/questions/*.sql")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d questions: %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(raw), "-- ") || !strings.Contains(strings.SplitN(string(raw), "\n", 2)[0], "?") {
			t.Errorf("%s: begin with the question", file)
		}
		queries[filepath.Base(file)] = string(raw)
	}
	for name, query := range queries {
		query = expand(query)
		if strings.Contains(query, "$") || strings.Contains(query, "_rows") {
			t.Errorf("%s: a macro that this test does not know, or a storage table: %s", name, query)
			continue
		}
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = rows.Close()
	}
}

var metricName = regexp.MustCompile(`tributary_[a-z_]+`)

// TestBI_everyMetricExists looks for the metrics of the dashboards in the sources: a panel of a metric that was renamed stays empty without a word.
func TestBI_everyMetricExists(t *testing.T) {
	var sources strings.Builder
	for _, pattern := range []string{"../../services/*/*.go", "../../services/*/internal/*/*.go", "../../pkg/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(raw)
		}
	}
	text := sources.String()
	for file, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				for _, name := range metricName.FindAllString(q.Expr, -1) {
					name = strings.TrimSuffix(name, "_bucket")
					if strings.Contains(text, `"`+name+`"`) {
						continue
					}
					// Some packages put names together of a prefix and a word.
					i := strings.LastIndex(name, "_")
					for found := false; i > len("tributary_"); i = strings.LastIndex(name[:i], "_") {
						if found = strings.Contains(text, `"`+name[:i+1]+`"`) && strings.Contains(text, `"`+name[i+1:]+`"`); found {
							name = ""
							break
						}
					}
					if name != "" {
						t.Errorf("%s: %s: there is no metric %s", file, p.Title, name)
					}
				}
			}
		}
	}
}

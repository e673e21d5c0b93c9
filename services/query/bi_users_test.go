package query_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/embedded"
)

// sentBy are the settings that a tool sends with every query, and the user who has the profile of the tool.
var sentBy = map[string]url.Values{
	"grafana_default": {"max_execution_time": {"30"}},
	"bi_default":      {"max_execution_time": {"30"}, "max_block_size": {"1000"}, "join_use_nulls": {"0"}, "session_timezone": {"UTC"}},
}

// biQueries are the queries of every Grafana panel and variable, and of every example question, by the user who sends them.
func biQueries(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{"grafana_default": {}, "bi_default": {}}
	dashboards, err := filepath.Glob("../../deploy/grafana/dashboards/*.json")
	if err != nil || len(dashboards) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range dashboards {
		var d struct {
			Panels []struct {
				Title   string
				Targets []struct{ RawSQL string }
			}
			Templating struct {
				List []struct{ Name, Type, Query string }
			}
		}
		raw, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(raw, &d) != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				if target.RawSQL != "" {
					out["grafana_default"][p.Title] = target.RawSQL
				}
			}
		}
		for _, v := range d.Templating.List {
			if v.Type == "query" {
				out["grafana_default"]["variable "+v.Name] = v.Query
			}
		}
	}
	questions, err := filepath.Glob("../../deploy/bi/questions/*.sql")
	if err != nil || len(questions) == 0 {
		t.Fatalf("no questions: %v", err)
	}
	for _, file := range questions {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out["bi_default"][filepath.Base(file)] = string(raw)
	}
	return out
}

var (
	biDates = regexp.MustCompile(`\$__dateFilter\(([a-z_]+)\)`)
	biTimes = regexp.MustCompile(`\$__timeFilter_ms\(([a-z_]+)\)`)
	biNow   = regexp.MustCompile(`(today|now|now64)\(3?\)`)
)

// biText fills a query in: the workspace, the macros, and a clock that the world's data lie before.
func biText(query, workspace string) string {
	query = strings.NewReplacer("${workspace}", workspace, "'default'", "'"+workspace+"'", "${model}", "linear", "${basis}", "close", "'position_based'", "'linear'").Replace(query)
	query = biTimes.ReplaceAllString(biDates.ReplaceAllString(query, "$1 BETWEEN '2026-01-01' AND '2026-12-31'"), "$1 BETWEEN '2026-01-01 00:00:00' AND '2026-12-31 00:00:00'")
	return biNow.ReplaceAllString(query, "toDateTime64('2026-04-20 00:00:00', 3, 'UTC')")
}

// twoWorkspaces is a whole world in workspace default, and the same in workspace other with channels of the name Secret.
func twoWorkspaces(t *testing.T) (*world, *embedded.ClickHouse) {
	t.Helper()
	w, server := isolated(t)
	newWholeWorld(w, 31, 40, "USD", "EUR")
	for _, table := range []string{"credits_rows", "touchpoints_rows", "cells_rows", "spend_rows"} {
		w.check(w.conn.Exec(t.Context(), "INSERT INTO "+table+" SELECT * REPLACE ('other' AS workspace, 'Secret' AS channel) FROM "+table+" AS t WHERE t.workspace = 'default'"))
	}
	return w, server
}

// TestBI_queriesAsTheirUsers sends every query of the dashboards and every example question as the user of its tool, with the settings that the tool
// sends: it says what the server's own user reads of the workspace, and of another workspace what it says of one that does not exist.
func TestBI_queriesAsTheirUsers(t *testing.T) {
	w, server := twoWorkspaces(t)
	w.check(w.conn.Exec(t.Context(), `INSERT INTO currency_rates (workspace, currency, day, rate, version) VALUES ('default', 'EUR', '1970-01-01', 1, 1), ('default', 'USD', '2025-01-01', 0.9, 1)`))
	rows := 0
	for user, queries := range biQueries(t) {
		for name, query := range queries {
			ask := func(as, workspace string) string {
				status, body := askedWith(t, server.HTTPAddr(), as, biText(query, workspace), sentBy[user])
				if status != http.StatusOK {
					t.Errorf("%s as %s: %d %s", name, as, status, body)
				}
				return body
			}
			own := ask(user, "default")
			if all := ask("query_default", "default"); own != all {
				t.Errorf("%s as %s:\n%s\nas the query service:\n%s", name, user, own, all)
			}
			if other, nobody := ask(user, "other"), ask(user, "nobody"); other != nobody || strings.Contains(own+other, "Secret") {
				t.Errorf("%s as %s sees of another workspace:\n%s", name, user, other)
			}
			if strings.Trim(own, "\n\t0\\N an") != "" {
				rows++
			}
		}
	}
	if rows < 10 {
		t.Errorf("only %d queries say anything of this world", rows)
	}
}

// TestBI_limitsStand tries to lift what a profile limits, in every way that a setting can come.
func TestBI_limitsStand(t *testing.T) {
	_, server := isolated(t)
	// Nought means no limit to the server.
	for user, settings := range map[string][]string{
		"grafana_default": {"readonly=0", "readonly=2", "max_execution_time=61", "max_memory_usage=900000000000", "max_threads=1", "max_result_rows=0", "log_queries=1"},
		"bi_default":      {"readonly=0", "max_execution_time=61", "max_memory_usage=900000000000", "max_execution_time=0", "max_memory_usage=0"},
		"query_default":   {"readonly=0"},
	} {
		for _, setting := range settings {
			name, value, _ := strings.Cut(setting, "=")
			for way, ask := range map[string]func() (int, string){
				"sent with the query": func() (int, string) {
					return askedWith(t, server.HTTPAddr(), user, "SELECT 1", url.Values{name: {value}})
				},
				"in the query": func() (int, string) { return askedWith(t, server.HTTPAddr(), user, "SELECT 1 SETTINGS "+setting, nil) },
				"by SET":       func() (int, string) { return askedWith(t, server.HTTPAddr(), user, "SET "+setting, nil) },
			} {
				if status, body := ask(); status == http.StatusOK {
					t.Errorf("%s may change %s %s: %s", user, setting, way, body)
				}
			}
		}
	}
}

// TestBI_nothingIsTold looks for the other workspace where a server tells about tables: statistics, plans, definitions, functions over tables.
func TestBI_nothingIsTold(t *testing.T) {
	w, server := twoWorkspaces(t)
	for _, user := range []string{"bi_default", "grafana_default"} {
		for _, sql := range []string{
			"SHOW CREATE TABLE cells_rows", "SHOW CREATE USER default", "SHOW GRANTS FOR default", "SHOW ACCESS", "SHOW CREATE ROW POLICY ALL", "SHOW PROCESSLIST", "SHOW TABLES LIKE '%rows'",
			"SELECT * FROM viewIfPermitted(SELECT * FROM cells_rows ELSE null('workspace String'))", "SELECT * FROM view(SELECT * FROM cells_rows)", "SELECT hasColumnInTable('tributary', 'cells_rows', 'workspace')",
			"SELECT dictGet('cells_rows', 'workspace', 1)", "SELECT * FROM loop('tributary', 'cells_rows')", "SELECT * FROM merge('.*', 'rows$')", "SELECT * FROM input('x String')", "SELECT * FROM jdbc('a', 'b')",
			"SELECT * FROM generateRandom('a String') LIMIT 1", "SELECT * FROM numbers(1) WHERE (SELECT count() FROM cells_rows) > 0", "SELECT * FROM mergeTreeProjection(tributary, cells_rows, x)",
			"SELECT * FROM fileCluster('default', '/etc/hostname', LineAsString)", "SELECT * FROM azureBlobStorage('a', 'b', 'c')", "SELECT * FROM hdfs('hdfs://a', 'CSV')", "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
			"SELECT * FROM system.columns WHERE table LIKE '%rows'", "SELECT * FROM system.data_skipping_indices", "SELECT * FROM system.query_views_log", "SELECT * FROM system.session_log", "SELECT * FROM system.settings_profile_elements",
			"SELECT * FROM system.grants", "SELECT * FROM system.detached_parts", "SELECT * FROM system.crash_log", "SELECT * FROM system.merges", "SELECT * FROM system.replicas", "SELECT data_paths FROM system.tables WHERE database = 'tributary' AND name LIKE '%rows'",
			"ALTER TABLE credits MODIFY SQL SECURITY INVOKER", "ALTER USER " + user + " IDENTIFIED WITH no_password", "ALTER ROW POLICY x ON tributary.cells_rows USING 1", "SET ROLE DEFAULT", "CREATE FUNCTION f AS () -> 1",
			"CREATE TEMPORARY TABLE x AS SELECT * FROM cells_rows", "TRUNCATE TABLE cells_rows", "OPTIMIZE TABLE cells_rows", "ATTACH TABLE cells_rows", "RENAME TABLE credits TO x", "INSERT INTO FUNCTION file('x', 'TSV', 'a String') VALUES ('1')",
		} {
			if status, body := askedWith(t, server.HTTPAddr(), user, sql, nil); status == http.StatusOK && (strings.Contains(body, "Secret") || strings.Contains(body, "other") || strings.Contains(body, "_rows")) {
				t.Errorf("%s: %s tells %.300s", user, sql, body)
			}
		}
	}
	for _, user := range []string{"bi_default", "grafana_default"} {
		for _, of := range []string{"credits", "touchpoints", "spend", "channel_performance_daily", "ledger"} {
			for _, kind := range []string{"EXPLAIN indexes = 1", "EXPLAIN ESTIMATE", "EXPLAIN PIPELINE", "EXPLAIN actions = 1", "EXPLAIN SYNTAX"} {
				told := map[string]string{}
				for _, workspace := range []string{"other", "nobod"} { // as long as each other
					_, body := askedWith(t, server.HTTPAddr(), user, kind+" SELECT count() FROM "+of+" WHERE workspace = '"+workspace+"'", nil)
					told[workspace] = strings.ReplaceAll(body, workspace, "WORKSPACE")
				}
				if told["other"] != told["nobod"] {
					t.Errorf("%s: %s of %s tells of a workspace that is there\n%s\nand of one that is not\n%s", user, kind, of, told["other"], told["nobod"])
				}
			}
		}
	}
	var after uint64
	w.check(w.conn.QueryRow(t.Context(), "SELECT count() FROM credits WHERE workspace = 'other'").Scan(&after))
	if after == 0 {
		t.Error("what another workspace had is gone")
	}
}

// askedWith is askedHTTP with settings in the address.
func askedWith(t *testing.T, addr, user, sql string, settings url.Values) (int, string) {
	t.Helper()
	values := url.Values{"database": {"tributary"}}
	for name, value := range settings {
		values[name] = value
	}
	status, body := sendAs(t, http.MethodPost, "http://"+addr+"/?"+values.Encode(), sql, user, readerPassword)
	return status, strings.TrimRight(body, "\n")
}

func sendAs(t *testing.T, method, address, body, user, password string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(user, password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text := new(strings.Builder)
	if _, err := io.Copy(text, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text.String()
}

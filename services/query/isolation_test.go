package query_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/services/query"
)

// readerPassword is every test user's.
const readerPassword = "isolation-0123456789"

// isolated is a world whose ClickHouse has a reader per workspace and a BI user of workspace default for each kind of profile.
func isolated(t *testing.T, tokens ...query.Token) (*world, *embedded.ClickHouse) {
	t.Helper()
	sum := sha256.Sum256([]byte(readerPassword))
	reader := func(name string, tool clickhouse.Tool, workspace string) clickhouse.Reader {
		return clickhouse.Reader{Name: name, PasswordSHA256: hex.EncodeToString(sum[:]), Tool: tool, Workspaces: []string{workspace}}
	}
	server, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseOptions{DataDir: t.TempDir(), Readers: []clickhouse.Reader{
		reader("query_default", clickhouse.ToolQuery, "default"), reader("query_other", clickhouse.ToolQuery, "other"),
		reader("bi_default", clickhouse.ToolMetabase, "default"), reader("grafana_default", clickhouse.ToolGrafana, "default"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own context has ended
		defer cancel()
		_ = server.Stop(ctx)
	})
	if err := clickhouse.Migrate(t.Context(), server.Config(), zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	cfg := query.DefaultConfig()
	cfg.ClickHouse, cfg.HTTP.Addr, cfg.Tokens = server.Config(), "127.0.0.1:0", tokens
	cfg.Workspaces = append(cfg.Workspaces, query.Workspace{Name: "other", BaseCurrency: "EUR"})
	cfg.Readers = map[string]query.Reader{"default": {Username: "query_default", Password: readerPassword}, "other": {Username: "query_other", Password: readerPassword}}
	w := &world{t: t, url: start(t, cfg)}
	w.conn, err = clickhouse.Open(server.Config())
	w.check(err)
	t.Cleanup(func() { _ = w.conn.Close() })
	b2b(w)
	return w, server
}

// TestIsolation_tokens asks every operation of the API for a workspace that the token has, which must work as its reader, and for one that it has not.
func TestIsolation_tokens(t *testing.T) {
	w, _ := isolated(t, query.Token{Secret: "of-default-alone-1234", Role: "admin", Workspaces: []string{"default"}})
	token := []string{"Authorization", "Bearer of-default-alone-1234"}
	_, _, body := get(t, w.url+"/api/openapi.json", token...)
	paths := decoded[struct {
		Paths map[string]map[string]json.RawMessage
	}](t, body).Paths
	if len(paths) < 20 {
		t.Fatalf("only %d paths", len(paths))
	}
	for path, operations := range paths {
		for method := range operations {
			address := w.url + strings.NewReplacer("{id}", "o:d1", "{month}", "2026-01", "{event}", "e1").Replace(path) + "?workspace="
			status, body := send(t, strings.ToUpper(method), address+"other", `{"name":"n","address":"/x"}`, token...)
			if status < 400 || status >= 500 || strings.Contains(body, "Secret") {
				t.Errorf("%s %s of another workspace: %d %s", method, path, status, body)
			}
			if method != "get" || path == "/api/v1/events" { // which goes on for as long as somebody listens
				continue
			}
			if status, body = send(t, "GET", address+"default", "", token...); status >= 500 || strings.Contains(body, "Secret") {
				t.Errorf("%s as the reader: %d %s", path, status, body)
			}
		}
	}
	for _, path := range []string{"/api/v1/channels", "/api/v1/quality", "/api/v1/pipeline", "/docs/data"} {
		if status, _, body := get(t, w.url+path, token...); status != http.StatusOK || strings.Contains(body, "Secret") {
			t.Errorf("%s as the reader: %d %s", path, status, body)
		}
	}
}

// askedHTTP runs a statement over HTTP as a user.
func askedHTTP(t *testing.T, server *embedded.ClickHouse, user, sql string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+server.HTTPAddr()+"/?database=tributary", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(user, readerPassword)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(body))
}

// TestIsolation_biUsers reads as BI users of one workspace, over HTTP and the native protocol.
func TestIsolation_biUsers(t *testing.T) {
	w, server := isolated(t)
	const performance = "SELECT arrayStringConcat(arraySort(groupUniqArray(workspace)), ',') FROM channel_performance_daily"
	var all string
	w.check(w.conn.QueryRow(t.Context(), performance).Scan(&all))
	if all != "default,other" {
		t.Fatalf("everything is of %q: there is nothing to be kept apart", all)
	}
	native := server.Config()
	native.Username, native.Password = "bi_default", readerPassword
	conn, err := clickhouse.Open(native)
	w.check(err)
	defer conn.Close()
	var seen string
	w.check(conn.QueryRow(t.Context(), performance).Scan(&seen))
	if seen != "default" {
		t.Errorf("over the native protocol %q is seen", seen)
	}
	for _, user := range []string{"bi_default", "grafana_default", "query_default"} {
		if status, body := askedHTTP(t, server, user, performance); status != http.StatusOK || body != "default" {
			t.Errorf("%s: %d %s", user, status, body)
		}
	}
	for _, user := range []string{"bi_default", "grafana_default"} {
		for _, view := range []string{
			"credits", "ledger", "touchpoints", "conversions", "opportunities", "opportunity_stages", "spend", "booking_rules",
			"credits_as_of(as_of = '2026-12-31 00:00:00')", "merge('tributary', '^(credits|spend)$')",
		} {
			if status, body := askedHTTP(t, server, user, "SELECT DISTINCT workspace FROM "+view+" WHERE workspace != 'default'"); body != "" && status == http.StatusOK {
				t.Errorf("%s sees in %s: %s", user, view, body)
			}
		}
		denied := []string{
			"SELECT count() FROM plans", "SELECT count() FROM rejected", "SELECT count() FROM merge('tributary', '_rows$')",
			"SELECT * FROM mergeTreeIndex(tributary, cells_rows)", "EXPLAIN ESTIMATE SELECT * FROM cells_rows", "INSERT INTO cells_rows (workspace) VALUES ('x')",
			"SELECT * FROM remote('" + native.Addr[0] + "', tributary, cells_rows, 'default', '')", "SELECT * FROM url('http://127.0.0.1/', LineAsString)",
			"SELECT * FROM file('/etc/hostname', LineAsString)", "SELECT * FROM cluster('default', tributary.cells_rows)", "SELECT * FROM clusterAllReplicas('default', tributary.cells_rows)",
			"SELECT * FROM s3('http://127.0.0.1/x', 'CSV')", "SELECT * FROM executable('id', 'TSV', 'x String')", "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
			"CREATE TABLE x (a Int8) ENGINE = Memory", "CREATE VIEW x AS SELECT * FROM cells_rows", "CREATE DICTIONARY x (a UInt64) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 'cells_rows')) LAYOUT(FLAT()) LIFETIME(1)",
			"SELECT * FROM dictionary('cells_rows')", "SELECT joinGet('cells_rows', 'workspace', 1)", "SYSTEM FLUSH LOGS", "KILL QUERY WHERE 1", "ALTER TABLE cells_rows DELETE WHERE 1",
			"DROP TABLE cells_rows", "GRANT SELECT ON *.* TO bi_default", "CREATE USER x", "SET ROLE ALL EXCEPT x", "EXECUTE AS default SELECT 1", "BACKUP DATABASE tributary TO Disk('default', 'x')",
		}
		for _, table := range clickhouse.Tables() {
			denied = append(denied, "SELECT count() FROM "+table)
		}
		for _, sql := range denied {
			if status, body := askedHTTP(t, server, user, sql); status == http.StatusOK {
				t.Errorf("%s may %s: %s", user, sql, body)
			}
		}
		for _, sql := range []string{
			"SELECT name FROM system.tables WHERE database = 'tributary' AND name LIKE '%rows'", "SELECT DISTINCT table FROM system.parts WHERE database = 'tributary'",
			"SELECT DISTINCT table FROM system.columns WHERE database = 'tributary' AND table LIKE '%rows'", "SELECT query FROM system.processes WHERE user != currentUser()",
			"SELECT query FROM system.query_log", "SELECT name FROM system.users WHERE name != currentUser()", "SELECT select_filter FROM system.row_policies",
			"SELECT value FROM system.zookeeper", "SELECT * FROM system.asynchronous_insert_log", "SELECT name FROM system.dictionaries", "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%rows'",
			"SELECT * FROM system.mutations", "SELECT * FROM system.parts_columns WHERE table = 'cells_rows'", "SELECT * FROM system.part_log", "SELECT * FROM system.text_log",
		} {
			if status, body := askedHTTP(t, server, user, sql); status == http.StatusOK && body != "" {
				t.Errorf("%s: %s tells %s", user, sql, body)
			}
		}
	}
	_, estimate := askedHTTP(t, server, "bi_default", "EXPLAIN ESTIMATE SELECT * FROM credits")
	t.Logf("EXPLAIN ESTIMATE of a view tells: %s", estimate)
}

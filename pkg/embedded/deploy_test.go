package embedded_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap/zaptest"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/embedded"
)

// deployed are the users and profiles of the file for production that the embedded server has of its own; they get other names here.
var deployed = strings.NewReplacer("tributary_bi", "prod_bi", "tributary_grafana", "prod_grafana", "tributary_query", "prod_query", "tributary_reader", "prod_reader")

// TestDeployedUsers_work gives the embedded server the users file of production, and a file of users of one workspace as "tributary clickhouse-users" writes
// it: the sink's user makes the schema with no more than its grants, the others log in with the passwords of the environment, read, and are held to their limits.
func TestDeployedUsers_work(t *testing.T) {
	const password = "of-production-0123456789"
	sum := sha256.Sum256([]byte(password))
	for _, user := range []string{"SINK", "QUERY", "BI", "GRAFANA"} {
		t.Setenv("TRIBUTARY_"+user+"_PASSWORD_SHA256", hex.EncodeToString(sum[:]))
	}
	raw, err := os.ReadFile("../../deploy/clickhouse/users.d/tributary.xml")
	if err != nil {
		t.Fatal(err)
	}
	written, err := clickhouse.UsersFile([]clickhouse.Reader{{Name: "superset_acme", Tool: clickhouse.ToolSuperset, Workspaces: []string{"acme"}, PasswordSHA256: hex.EncodeToString(sum[:])}}, "tributary")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "users.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"production.xml": string(raw), "workspaces.xml": written} {
		if err := os.WriteFile(filepath.Join(dir, "users.d", name), []byte(deployed.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseOptions{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own context has ended
		defer cancel()
		_ = server.Stop(ctx)
	})
	as := func(user string) clickhouse.Config {
		cfg := server.Config()
		cfg.Username, cfg.Password = user, password
		return cfg
	}
	if err := clickhouse.Migrate(t.Context(), as("tributary_sink"), zaptest.NewLogger(t)); err != nil {
		t.Fatalf("the sink's user cannot make the schema: %v", err)
	}
	if err := clickhouse.SecureViews(t.Context(), as("tributary_sink")); err != nil {
		t.Fatalf("the sink's user cannot give the views their reader: %v", err)
	}
	for user, refused := range map[string][]string{
		"tributary_sink": {"CREATE USER x", "SELECT * FROM url('http://127.0.0.1/', LineAsString)"},
		"prod_query":     {"INSERT INTO plans_rows (workspace) VALUES ('x')", "SET readonly = 0", "SET max_execution_time = 0", "SET max_execution_time = 61", "SET max_memory_usage = 0"},
		"prod_bi":        {"INSERT INTO plans_rows (workspace) VALUES ('x')", "SET max_rows_to_read = 0", "SET max_result_rows = 0", "SET max_memory_usage = 0", "SELECT * FROM file('/etc/hostname', LineAsString)"},
		"prod_grafana":   {"SET max_threads = 1", "SET max_execution_time = 0", "DROP TABLE plans_rows"},
		"superset_acme":  {"SELECT count() FROM cells_rows", "SELECT count() FROM plans", "SET max_execution_time = 0", "SELECT count() FROM system.query_log"},
	} {
		conn, err := clickhouse.Open(as(user))
		if err != nil {
			t.Errorf("%s: %v", user, err)
			continue
		}
		var n uint64
		if err := conn.QueryRow(t.Context(), "SELECT count() FROM channel_performance_daily").Scan(&n); err != nil {
			t.Errorf("%s cannot read a view: %v", user, err)
		}
		for _, sql := range refused {
			if err := conn.Exec(t.Context(), sql); err == nil {
				t.Errorf("%s may %s", user, sql)
			}
		}
		_ = conn.Close()
		wrong := as(user)
		wrong.Password = "guessed-0123456789"
		if conn, err := clickhouse.Open(wrong); err == nil {
			if conn.QueryRow(t.Context(), "SELECT 1").Scan(new(uint8)) == nil {
				t.Errorf("%s gets in with any password", user)
			}
			_ = conn.Close()
		}
	}
}

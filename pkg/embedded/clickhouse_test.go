package embedded_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/embedded"
)

func startClickHouse(t *testing.T, o embedded.ClickHouseOptions) *embedded.ClickHouse {
	t.Helper()
	ch, err := embedded.StartClickHouse(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = ch.Stop(ctx)
	})
	return ch
}

// overHTTP runs a statement as a user and returns the answer or the server's error.
func overHTTP(t *testing.T, ch *embedded.ClickHouse, user, sql string) (string, bool) {
	t.Helper()
	resp, err := http.Post("http://"+ch.HTTPAddr()+"/?"+url.Values{"user": {user}}.Encode(), "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b)), resp.StatusCode == http.StatusOK
}

func mustHTTP(t *testing.T, ch *embedded.ClickHouse, sql string) string {
	t.Helper()
	out, ok := overHTTP(t, ch, "default", sql)
	if !ok {
		t.Fatalf("%s: %s", sql, out)
	}
	return out
}

func TestClickHouse_bothProtocolsAndUsers(t *testing.T) {
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir(), Database: "odd_name"})
	cfg := ch.Config()
	cfg.Database = "default"
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, sql := range []string{
		"CREATE DATABASE odd_name", "CREATE TABLE odd_name.t (a UInt64) ORDER BY a", "INSERT INTO odd_name.t SELECT number FROM numbers(10)",
		"CREATE VIEW odd_name.v AS SELECT sum(a) AS s FROM odd_name.t",
	} {
		if err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if got, ok := overHTTP(t, ch, "tributary_bi", "SELECT s FROM odd_name.v SETTINGS max_threads = 1"); !ok || got != "45" {
		t.Errorf("the BI user reads %s", got)
	}
	for _, sql := range []string{
		"INSERT INTO odd_name.t VALUES (1)", "DROP TABLE odd_name.t", "CREATE DATABASE x", "SELECT * FROM file('/etc/hostname', LineAsString)",
		"SELECT * FROM url('http://127.0.0.1/', LineAsString)", "SYSTEM SHUTDOWN",
	} {
		if out, ok := overHTTP(t, ch, "tributary_bi", sql); ok || !strings.Contains(out, "READONLY") && !strings.Contains(out, "ACCESS_DENIED") {
			t.Errorf("the BI user may not %s, but: %s", sql, out)
		}
	}
	if got := mustHTTP(t, ch, "SELECT count() FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'"); got != "0" {
		t.Errorf("%s system logs are written", got)
	}
}

func TestClickHouse_kill9KeepsWhatWasAcknowledged(t *testing.T) {
	o := embedded.ClickHouseOptions{DataDir: t.TempDir()}
	const rounds, each = 4, 10_000
	for i := range rounds {
		ch := startClickHouse(t, o)
		mustHTTP(t, ch, "CREATE TABLE IF NOT EXISTS t (a UInt64) ORDER BY a PARTITION BY a % 3")
		mustHTTP(t, ch, fmt.Sprintf("INSERT INTO t SELECT number + %d FROM numbers(%d)", i*each, each))
		kill9(t, ch.Pid())
		<-ch.Done()
		if err := ch.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("reason %v", err)
		}
	}
	ch := startClickHouse(t, o)
	if got := mustHTTP(t, ch, "SELECT count(), uniqExact(a), max(a) FROM t"); got != fmt.Sprintf("%d\t%d\t%d", rounds*each, rounds*each, rounds*each-1) {
		t.Errorf("count, different, max: %s", got)
	}
	if err := ch.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := ch.Err(); err != nil {
		t.Errorf("a stopped engine has no reason: %v", err)
	}
}

func TestClickHouse_diesWithItsParent(t *testing.T) {
	cmd, pid := startParent(t, "clickhouse", t.TempDir())
	if !alive(pid) {
		t.Fatal("the engine must live while its parent does")
	}
	kill9(t, cmd.Process.Pid)
	_ = cmd.Wait()
	eventually(t, "engine ends after its parent", func() bool { return !alive(pid) })
}

func TestClickHouse_programOnThePath(t *testing.T) {
	// The shared start fills the cache, so that the stand-in has a library to be.
	first := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir()})
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", first.Pid()))
	if err != nil {
		t.Skip("the library's path is read from /proc")
	}
	library := regexp.MustCompile(`/.*libchdb\.so`).Find(maps)
	if library == nil {
		t.Skip("a clickhouse program is on the PATH of this machine")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "clickhouse")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv(libraryEnv, string(library))
	reg := prometheus.NewRegistry()
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir(), CacheDir: t.TempDir(), Registry: reg}) // an empty cache: nothing to fall back on
	if got := mustHTTP(t, ch, "SELECT 1 + 1"); got != "2" {
		t.Errorf("1 + 1 = %s", got)
	}
	if status, text := fetch(t, http.MethodPost, "http://"+ch.HTTPAddr()+"/", strings.NewReader("SELECT 1"), "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("a page of another site: %d %s", status, text)
	}
	eventually(t, "count", func() bool { return refusals(t, reg, "clickhouse", "site") == 1 })
	if err := ch.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestClickHouse_refusesWhatCannotWork(t *testing.T) {
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir()})
	dir := t.TempDir()
	for _, c := range []struct {
		name, want string
		o          embedded.ClickHouseOptions
	}{
		{"no folder", "a data folder is needed", embedded.ClickHouseOptions{}},
		{"port taken", "already in use", embedded.ClickHouseOptions{DataDir: dir, HTTPAddr: ch.HTTPAddr()}},
		{"not loopback", "not on loopback", embedded.ClickHouseOptions{DataDir: dir, TCPAddr: "0.0.0.0:0"}},
		{"two hosts", "must be on one host", embedded.ClickHouseOptions{DataDir: dir, TCPAddr: "127.0.0.2:0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := embedded.StartClickHouse(t.Context(), c.o)
			if err == nil {
				_ = got.Stop(t.Context())
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

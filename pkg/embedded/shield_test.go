package embedded_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/embedded"
)

// TestClickHouse_resetConnections resets connections in every state, as the kernel of a killed client does. The library alone would end at the first.
func TestClickHouse_resetConnections(t *testing.T) {
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir()})
	get := func(query string) string {
		return "GET /?query=" + url.QueryEscape(query) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
	}
	for _, c := range []struct{ what, addr, send string }{
		{"http before the request", ch.HTTPAddr(), ""},
		{"http within the request", ch.HTTPAddr(), "GET /?que"},
		{"http kept alive", ch.HTTPAddr(), get("SELECT 1")},
		{"http within the answer", ch.HTTPAddr(), get("SELECT number FROM numbers(100000000)")},
		{"http within a long query", ch.HTTPAddr(), get("SELECT sleep(1)")},
		{"http within an insert", ch.HTTPAddr(), strings.Replace(get("INSERT INTO FUNCTION null('a UInt8') FORMAT TSV"), "GET", "POST", 1) + "1\n"},
		{"native before the greeting", ch.Config().Addr[0], ""},
		{"native within the greeting", ch.Config().Addr[0], "\x00\x01"},
		{"native with http", ch.Config().Addr[0], get("SELECT 1")},
	} {
		for range 3 {
			conn, err := net.Dial("tcp", c.addr)
			if err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			if _, err := conn.Write([]byte(c.send)); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_, _ = conn.Read(make([]byte, 1)) // some of the answer, if one comes: the rest stays unread
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
		}
		if answer, ok := overHTTP(t, ch, "default", "SELECT 1"); !ok {
			t.Fatalf("after a reset %s: %s", c.what, answer)
		}
	}
	select {
	case <-ch.Done():
		t.Fatalf("ClickHouse ended: %v", ch.Err())
	default:
	}
}

// TestClickHouse_whoMayNotComeIn tries wrong passwords, users and databases over both protocols: each is told what is wrong, and the engine goes on. The library
// alone would end at the first over the native protocol.
func TestClickHouse_whoMayNotComeIn(t *testing.T) {
	sum := sha256.Sum256([]byte("right-0123456789"))
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir(), Readers: []clickhouse.Reader{
		{Name: "reader", Tool: clickhouse.ToolMetabase, PasswordSHA256: hex.EncodeToString(sum[:]), Workspaces: []string{"default"}},
	}})
	for what, c := range map[string]struct{ user, password, database, says string }{
		"the right one":                          {"reader", "right-0123456789", "default", ""},
		"a wrong password":                       {"reader", "wrong", "default", "Authentication failed"},
		"no password":                            {"reader", "", "default", "Authentication failed"},
		"nobody":                                 {"nobody", "x", "default", "Authentication failed"},
		"no such database":                       {"default", "", "nowhere", "nowhere does not exist"},
		"a user without a right to the database": {"reader", "right-0123456789", "system", ""},
	} {
		cfg := ch.Config()
		cfg.Username, cfg.Password, cfg.Database = c.user, c.password, c.database
		conn, err := clickhouse.Open(cfg)
		if err == nil {
			err = conn.Ping(t.Context())
			_ = conn.Close()
		}
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", what, err, c.says)
		}
		_, _ = overHTTP(t, ch, c.user, "SELECT 1") // without a password
		if answer, ok := overHTTP(t, ch, "default", "SELECT 1"); !ok {
			t.Fatalf("after %s: %s", what, answer)
		}
	}
}

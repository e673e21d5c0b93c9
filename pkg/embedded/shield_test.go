package embedded_test

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/embedded"
)

// TestClickHouse_resetConnections resets connections in every state, as the kernel of a killed client does. The library alone would end at the first.
func TestClickHouse_resetConnections(t *testing.T) {
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir()})
	get := func(query string) string {
		return "GET /?query=" + url.QueryEscape(query) + " HTTP/1.1\r\nHost: x\r\n\r\n"
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

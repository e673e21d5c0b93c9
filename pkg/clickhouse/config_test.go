package clickhouse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

func TestParseDSN(t *testing.T) {
	def := clickhouse.DefaultConfig()
	full := def
	full.Addr = []string{"a:9001", "b:9000"}
	full.Database, full.Username, full.Password, full.Cluster = "db", "me", "s@crt", "prod"
	full.TLS, full.MaxConns, full.DialTimeout, full.ReadTimeout = true, 3, time.Second, time.Minute
	cases := []struct {
		dsn     string
		want    clickhouse.Config
		wantErr string
	}{
		{dsn: "clickhouse://", want: def},
		{dsn: "clickhouse://me:s%40crt@a:9001,b/db?cluster=prod&secure=true&max_conns=3&dial_timeout=1s&read_timeout=1m", want: full},
		{dsn: "http://x:8123", wantErr: "scheme"},
		{dsn: "clickhouse://x:9000/a-b", wantErr: "not a name"},
		{dsn: "clickhouse://x:9000/a?cluster=a'b", wantErr: "not a name"},
		{dsn: "clickhouse://x:9000/a?nope=1", wantErr: "unknown parameter"},
		{dsn: "clickhouse://x:9000/a?secure=maybe", wantErr: "secure"},
		{dsn: "clickhouse://me:topsecret\n@x:9000/a", wantErr: "not a URL"},
	}
	for _, c := range cases {
		got, err := clickhouse.ParseDSN(c.dsn)
		if c.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), c.wantErr) {
				t.Errorf("%q: error %v, want one with %q", c.dsn, err, c.wantErr)
			}
			if err != nil && strings.Contains(err.Error(), "topsecret") {
				t.Errorf("%q: the error shows the password", c.dsn)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.dsn, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q (-want, +got):\n%s", c.dsn, d)
		}
	}
}

func TestConfig_hidesPassword(t *testing.T) {
	c := clickhouse.DefaultConfig()
	c.Username, c.Password = "me", "topsecret"
	for _, f := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(f, c); strings.Contains(s, "topsecret") || !strings.Contains(s, "me@") {
			t.Errorf("%s prints %q", f, s)
		}
	}
}

func TestConfig_Validate(t *testing.T) {
	c := clickhouse.Config{Addr: []string{"nohost"}, Database: "x;drop", Cluster: "a b", MaxConns: -1}
	err := c.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"addr", "database", "cluster", "max_conns"} {
		if !strings.Contains(err.Error(), "clickhouse."+want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if _, err := clickhouse.Open(c); err == nil {
		t.Error("Open accepted it")
	}
}

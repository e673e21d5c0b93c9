package enginetest_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// topics lists what is under a prefix.
func topics(t *testing.T, cfg kafka.Config) []string {
	t.Helper()
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer adm.Close()
	all, err := adm.ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all.Names(), func(n string) bool { return !strings.HasPrefix(n, cfg.TopicPrefix) })
}

func TestKafka_namesOfItsOwnThatGo(t *testing.T) {
	var first kafka.Config
	t.Run("a test", func(t *testing.T) {
		first = enginetest.Kafka(t)
		second := enginetest.Kafka(t)
		if first.TopicPrefix == second.TopicPrefix || first.Brokers[0] != second.Brokers[0] {
			t.Errorf("%v and %v: want one broker and two prefixes", first, second)
		}
		if err := kafka.EnsureTopics(t.Context(), first, 2, 1); err != nil {
			t.Fatal(err)
		}
		p, err := kafka.NewProducer(first)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.ProduceSync(t.Context(), &kgo.Record{Topic: first.Topic("events-v1"), Key: []byte("k")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if got := topics(t, first); len(got) < 10 {
			t.Errorf("topics %v", got)
		}
		if got := topics(t, second); len(got) != 0 {
			t.Errorf("topics of the other: %v", got)
		}
	})
	// A real broker answers before the topics are gone from its list.
	tick, limit := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for got := topics(t, first); len(got) != 0; got = topics(t, first) {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("left behind for a minute: %v", got)
		}
	}
}

func TestClickHouse_aDatabaseOfItsOwnThatGoes(t *testing.T) {
	var first clickhouse.Config
	count := func(t *testing.T, cfg clickhouse.Config, sql string, args ...any) (n uint64) {
		t.Helper()
		cfg.Database = "default"
		conn, err := clickhouse.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const databases = "SELECT count() FROM system.databases WHERE name = ?"
	t.Run("a test", func(t *testing.T) {
		first = enginetest.ClickHouse(t)
		second := enginetest.ClickHouse(t)
		if first.Database == second.Database || first.Addr[0] != second.Addr[0] {
			t.Errorf("%v and %v: want one server and two databases", first, second)
		}
		if got := count(t, first, databases, first.Database); got != 1 {
			t.Errorf("%d databases", got)
		}
	})
	if got := count(t, first, databases, first.Database); got != 0 {
		t.Error("database left behind")
	}
}

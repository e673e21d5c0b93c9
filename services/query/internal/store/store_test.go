package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap/zaptest"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func open(t *testing.T, cfg Config) (*Store, *prometheus.Registry) {
	t.Helper()
	db := enginetest.ClickHouse(t)
	if err := clickhouse.Migrate(t.Context(), db, zaptest.NewLogger(t)); err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	s, err := New(cfg, db, reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, reg
}

func drain(driver.Rows) error { return nil }

// slow takes half a minute unless somebody ends it.
var slow = statement{name: "slow", text: "SELECT sleepEachRow(0.1) FROM numbers(300) SETTINGS max_block_size = 1"}

func TestACancelledQuestionEndsOnTheServer(t *testing.T) {
	s, reg := open(t, DefaultConfig())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, slow, drain) }()
	awaitRunning(t, s, true)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the question ended with %v", err)
	}
	awaitRunning(t, s, false)
	if n := testutil.CollectAndCount(reg, "tributary_query_clickhouse_seconds"); n == 0 {
		t.Error("the cancelled statement was not counted")
	}
}

// awaitRunning waits until the slow statement of this database runs on the server, or does no longer.
func awaitRunning(t *testing.T, s *Store, want bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var n uint64
		err := s.conn.QueryRow(ctx, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleepEachRow%' AND current_database = currentDatabase()").Scan(&n)
		if err != nil {
			t.Fatalf("look for the statement (running wanted: %v): %v", want, err)
		}
		if (n > 0) == want {
			return
		}
		<-tick.C
	}
}

func TestLimitsAreNamed(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxExecution, cfg.MaxResultRows, cfg.MaxMemoryBytes = time.Second, 10, 64<<20
	s, _ := open(t, cfg)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"too many rows":   {"SELECT number FROM numbers(11)", ErrTooLarge},
		"too slow":        {slow.text, ErrTooSlow},
		"too much memory": {"SELECT uniqExact(number) FROM numbers(20000000)", ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.run(t.Context(), statement{name: "limit", text: c.text}, drain); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestNothingAskedHereCanWrite(t *testing.T) {
	s, _ := open(t, DefaultConfig())
	for _, text := range []string{"DROP TABLE cells_rows", "INSERT INTO models_rows VALUES ('w', 'm')", "CREATE TABLE x (a Int8) ENGINE = Memory"} {
		if err := s.run(t.Context(), statement{name: "write", text: text}, drain); err == nil {
			t.Errorf("%s: went through", text)
		}
	}
}

func TestAServerThatIsAway(t *testing.T) {
	db := clickhouse.DefaultConfig()
	db.Addr, db.DialTimeout = []string{"127.0.0.1:1"}, time.Second
	s, err := New(DefaultConfig(), db, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Models(t.Context(), "default"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("ping: got %v", err)
	}
}

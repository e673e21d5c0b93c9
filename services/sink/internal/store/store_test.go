package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/store"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func open(t testing.TB) (*store.Store, clickhouse.Config) {
	t.Helper()
	cfg := enginetest.ClickHouse(t)
	if err := clickhouse.Migrate(t.Context(), cfg, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, cfg
}

// TestStore_columns requires that the sink fills every column of every table: one that it forgets would silently hold its default.
func TestStore_columns(t *testing.T) {
	_, cfg := open(t)
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, topic := range rows.Topics() {
		b, err := rows.NewBatch(topic, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range b.Tables() {
			var want, got []string
			if err := conn.QueryRow(t.Context(), "SELECT arraySort(groupArray(name)) FROM system.columns WHERE database = currentDatabase() AND table = ?", table.Name).Scan(&want); err != nil {
				t.Fatal(err)
			}
			for _, c := range table.Columns() {
				got = append(got, c.Name)
			}
			if slices.Sort(got); !slices.Equal(want, got) {
				t.Errorf("%s has columns %v, the sink fills %v", table.Name, want, got)
			}
		}
	}
}

// TestStore_token writes a batch twice under one token: the server keeps one copy, which shows that the window is on. The rows' versions would
// hide the second copy in any case.
func TestStore_token(t *testing.T) {
	s, cfg := open(t)
	table := credits(t, 100).Tables()[0]
	for range 2 {
		if err := s.Insert(t.Context(), table, "same"); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, cfg, "SELECT sum(rows) FROM system.parts WHERE database = currentDatabase() AND table = 'credits_rows' AND active"); n != uint64(table.Rows()) {
		t.Errorf("%d rows on disk, want %d", n, table.Rows())
	}
	if err := s.Insert(t.Context(), table, "other"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, cfg, "SELECT count() FROM credits_rows FINAL"); n != uint64(table.Rows()) {
		t.Errorf("%d rows are seen, want %d", n, table.Rows())
	}
}

// TestStore_errors says which table.
func TestStore_errors(t *testing.T) {
	s, cfg := open(t)
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	table := credits(t, 1).Tables()[0]
	if err := conn.Exec(t.Context(), "DROP TABLE credits_rows SYNC"); err != nil {
		t.Fatal(err)
	}
	if err := s.Insert(t.Context(), table, "t"); err == nil || !strings.Contains(err.Error(), "credits_rows") {
		t.Errorf("error %v", err)
	}
	if err := s.Exec(t.Context(), "SELECT nonsense"); err == nil {
		t.Error("nonsense was executed")
	}
}

func count(t testing.TB, cfg clickhouse.Config, query string) (n uint64) {
	t.Helper()
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// credits is a batch of n rows in sets of ten.
func credits(t testing.TB, n int) *rows.Batch {
	t.Helper()
	b, err := rows.NewBatch(rows.TopicCredits, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range creditSets(t, n) {
		if !b.Add(rows.Record{Value: v}) {
			t.Fatal("refused")
		}
	}
	return b
}

func creditSets(t testing.TB, n int) (out [][]byte) {
	t.Helper()
	for from := 0; from < n; from += 10 {
		set := &pb.CreditSet{
			Workspace: "default", JourneyId: fmt.Sprintf("c:%032d", from), Kind: 1, Model: "linear", ModelVersion: "1", Version: 1, Currency: "EUR",
			CloseUs: 1e15, OpenedUs: 1e15, PartsTotal: 10, RecordedUs: 1e15,
		}
		for i := range min(10, n-from) {
			set.Rows = append(set.Rows, &pb.CreditRow{
				TouchpointId: fmt.Sprintf("%016d%016d", from, i), Positions: 16, Channel: "Paid Search", Source: "google", Medium: "cpc",
				Campaign: fmt.Sprint(i), TouchUs: 1e15, PersonId: fmt.Sprintf("u:%032d", from), Parts: 1,
				Amounts: []*pb.MeasureAmount{{Measure: 1, Amount: 1e8}, {Measure: 2, Amount: 1234}},
			})
		}
		v, err := set.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// BenchmarkCredits tells apart what the sink does per row (decode) and what the client and the server do (insert).
func BenchmarkCredits(b *testing.B) {
	const n = 50_000
	sets := creditSets(b, n)
	batch, err := rows.NewBatch(rows.TopicCredits, nil)
	if err != nil {
		b.Fatal(err)
	}
	fill := func() {
		batch.Reset()
		for _, v := range sets {
			batch.Add(rows.Record{Value: v})
		}
	}
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fill()
		}
		b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("insert", func(b *testing.B) {
		s, _ := open(b)
		fill()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := s.Insert(b.Context(), batch.Tables()[0], fmt.Sprint(i)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
	})
}

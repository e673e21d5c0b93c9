package store

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// awaitSlices waits until nothing is read in the background.
func awaitSlices(s *Store) { s.mirrors.tasks.Wait() }

func sorted(facts []performance.Fact) []performance.Fact {
	slices.SortFunc(facts, func(a, b performance.Fact) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Model, b.Model),
			cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Day, b.Day), cmp.Compare(a.On, b.On))
	})
	return facts
}

// drawFacts draws a question that rows in memory can answer.
func drawFacts(t *rapid.T) FactsQuery {
	from := performance.Day(rapid.IntRange(20450, 20830).Draw(t, "from"))
	q := FactsQuery{
		Workspace: rapid.SampledFrom([]string{"a", "a", "a", "b"}).Draw(t, "workspace"), Models: []string{rapid.SampledFrom([]string{"linear", "linear", "linear", "w_shaped"}).Draw(t, "model")},
		Basis:    rapid.SampledFrom([]performance.Basis{performance.BasisTouch, performance.BasisClose}).Draw(t, "basis"),
		GroupBy:  rapid.SampledFrom([]performance.GroupBy{performance.GroupByChannel, performance.GroupByCampaign}).Draw(t, "by"),
		Interval: rapid.SampledFrom([]performance.Interval{"", performance.IntervalDay, performance.IntervalWeek, performance.IntervalMonth}).Draw(t, "interval"),
		Period:   performance.Period{From: from, To: from + performance.Day(rapid.IntRange(0, 400).Draw(t, "days"))},
	}
	if rapid.Bool().Draw(t, "convert") {
		q.Convert, q.Currency = true, rapid.SampledFrom([]string{"USD", "EUR", "JPY"}).Draw(t, "currency")
	}
	if rapid.Bool().Draw(t, "open") {
		q.Period = performance.Period{From: performance.FirstDay, To: performance.LastDay}
	}
	return q
}

// drawChange draws what may happen to the tables, as statements.
func drawChange(t *rapid.T) []string {
	cell := func(i int) string {
		version := rapid.IntRange(1, 1_000_000).Draw(t, "version")*100 + i // and a later version is recorded later
		model := rapid.SampledFrom([]string{"", "linear", "w_shaped"}).Draw(t, "model")
		basis, figures, touches := "touch", [6]int{}, 0
		if model == "" {
			touches = rapid.IntRange(0, 3).Draw(t, "touches")
		} else {
			basis = rapid.SampledFrom([]string{"touch", "close"}).Draw(t, "basis")
			for k := range figures {
				figures[k] = rapid.IntRange(-2, 2).Draw(t, "figure")
			}
		}
		return fmt.Sprintf("('%s', '%s', toDate(%d), '%s', '%s', '%s', '%s', 2, %d, %d, %d, %d, %d, %d, %d, toDateTime64(%d, 3), %d)",
			rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "workspace"), basis, rapid.IntRange(20450, 20850).Draw(t, "day"), model,
			rapid.SampledFrom([]string{"Email", "Paid", "(unattributed)"}).Draw(t, "channel"), rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "campaign"),
			rapid.SampledFrom([]string{"", "USD", "EUR"}).Draw(t, "currency"), touches, figures[0], figures[1], figures[2], figures[3], figures[4], figures[5],
			version, version)
	}
	spend := func(i int) string {
		version := rapid.IntRange(1, 1_000_000).Draw(t, "version")*100 + i
		return fmt.Sprintf("('%s', toDate(%d), 'k%d', '%s', '%s', '%s', 2, %d, %d, %d, toDateTime64(%d, 3), %d, %d)",
			rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "workspace"), rapid.IntRange(20450, 20850).Draw(t, "day"), rapid.IntRange(0, 3).Draw(t, "key"),
			rapid.SampledFrom([]string{"Email", "Paid"}).Draw(t, "channel"), rapid.SampledFrom([]string{"", "x"}).Draw(t, "campaign"),
			rapid.SampledFrom([]string{"", "USD", "EUR"}).Draw(t, "currency"), rapid.IntRange(0, 9).Draw(t, "cost"), rapid.IntRange(0, 2).Draw(t, "impressions"),
			rapid.IntRange(0, 2).Draw(t, "clicks"), version, version,
			rapid.IntRange(0, 4).Draw(t, "deleted")/4)
	}
	rows := func(into string, row func(int) string) []string {
		text := "INSERT INTO " + into + " VALUES "
		for i := range rapid.IntRange(1, 20).Draw(t, "rows") {
			text += row(i) + " "
		}
		return []string{text}
	}
	const cells = "cells_rows (workspace, basis, day, model, channel, campaign, currency, exponent, touchpoints, conversions_nano, conversion_value_minor, opportunities_nano, pipeline_minor, customers_nano, revenue_minor, recorded_at, version)"
	const costs = "spend_rows (workspace, day, spend_key, channel, campaign, currency, exponent, spend_minor, impressions, clicks, received_at, version, is_deleted)"
	table := rapid.SampledFrom([]string{"cells_rows", "spend_rows"}).Draw(t, "table")
	switch rapid.SampledFrom([]string{"cells", "cells", "cells", "spend", "spend", "merge", "merge", "cells", "spend", "merge", "delete", "classify", "lightweight", "truncate", "partition", "nothing", "nothing"}).Draw(t, "change") {
	case "cells":
		return rows(cells, cell)
	case "spend":
		return rows(costs, spend)
	case "merge":
		return []string{"OPTIMIZE TABLE " + table + " FINAL"}
	case "delete":
		return []string{"ALTER TABLE " + table + " DELETE WHERE campaign = 'x' SETTINGS mutations_sync = 2"}
	case "classify":
		return []string{"ALTER TABLE spend_rows UPDATE channel = 'Social' WHERE channel = 'Email' SETTINGS mutations_sync = 2"}
	case "lightweight":
		return []string{"DELETE FROM " + table + " WHERE channel = 'Paid'"}
	case "truncate":
		return []string{"TRUNCATE TABLE " + table}
	case "partition":
		return []string{"ALTER TABLE " + table + " DROP PARTITION 2026"}
	}
	return nil
}

// TestMirrors_sayWhatClickHouseSays holds facts from rows in memory against the statement, after inserts of older and newer versions, merges, mutations of both kinds,
// and parts that go.
func TestMirrors_sayWhatClickHouseSays(t *testing.T) {
	s, reg := open(t, DefaultConfig())
	ctx := t.Context()
	must(t, flag.Set("rapid.checks", "8")) // each is some dozens of changes on a real engine
	t.Cleanup(func() { must(t, flag.Set("rapid.checks", "100")) })
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"cells_rows", "spend_rows"} {
			must(t, s.conn.Exec(ctx, "TRUNCATE TABLE "+table))
		}
		for range rapid.IntRange(1, 60).Draw(rt, "rounds") {
			for _, text := range drawChange(rt) {
				must(t, s.conn.Exec(ctx, text))
			}
			q := drawFacts(rt)
			v, err := s.Version(ctx)
			must(t, err)
			facts, err := s.Facts(WithVersion(ctx, v), q)
			must(t, err)
			plain, err := s.Facts(ctx, q) // a question without a version asks ClickHouse
			must(t, err)
			if diff := gocmp.Diff(sorted(plain), sorted(facts)); diff != "" {
				rt.Fatalf("%+v: -ClickHouse +memory\n%s", q, diff)
			}
			at, err := s.RecordedAt(WithVersion(ctx, v), q.Workspace)
			must(t, err)
			want, err := s.RecordedAt(ctx, q.Workspace)
			must(t, err)
			if !at.Equal(want) {
				rt.Fatalf("recorded at %s, ClickHouse says %s", at, want)
			}
			if rapid.IntRange(0, 3).Draw(rt, "wait") > 0 {
				awaitSlices(s)
			}
		}
	})
	memory := testutil.ToFloat64(s.metrics.facts.WithLabelValues(fromMemory))
	asked := testutil.ToFloat64(s.metrics.facts.WithLabelValues(fromClickHouse))
	t.Logf("%v from memory, %v from ClickHouse, one each of them to compare", memory, asked)
	if memory < asked/12 { // some three in ten of the questions are; few rounds make few
		t.Errorf("only %v of %v questions were answered from memory", memory, memory+asked)
	}
	if n := testutil.CollectAndCount(reg, "tributary_query_mirror_bytes"); n != 1 {
		t.Error("the memory is not counted")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMirrors_haveRoomForSome refuses what has no room, keeps what is used, and never takes more than its limit.
func TestMirrors_haveRoomForSome(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MirrorBytes = 200_000
	s, _ := open(t, cfg)
	ctx := ch.Context(t.Context(), ch.WithSettings(ch.Settings{"max_partitions_per_insert_block": 0}))
	fill := func(workspace string, rows int) {
		must(t, s.conn.Exec(ctx, fmt.Sprintf(`INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, exponent, revenue_minor, version)
			SELECT '%s', 'touch', toDate('2026-01-01') + number %% 300, 'linear', 'Email', toString(intDiv(number, 300)), 2, 1, 1 FROM numbers(%d)`, workspace, rows)))
	}
	fill("small", 1000)
	fill("large", 5000)
	ask := func(workspace string) float64 {
		before := testutil.ToFloat64(s.metrics.facts.WithLabelValues(fromMemory))
		v, err := s.Version(ctx)
		must(t, err)
		q := FactsQuery{Workspace: workspace, Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: performance.Period{To: performance.LastDay}}
		facts, err := s.Facts(WithVersion(ctx, v), q)
		must(t, err)
		if len(facts) != 1 {
			t.Fatalf("%s has %d facts", workspace, len(facts))
		}
		awaitSlices(s)
		return testutil.ToFloat64(s.metrics.facts.WithLabelValues(fromMemory)) - before
	}
	for _, workspace := range []string{"small", "large"} {
		ask(workspace)
	}
	if ask("small") != 1 || ask("large") != 0 {
		t.Error("the small workspace must be kept and the large one refused")
	}
	if used := testutil.ToFloat64(s.metrics.mirrorBytes); used <= 0 || used > float64(cfg.MirrorBytes) {
		t.Errorf("%v bytes are used of %d", used, cfg.MirrorBytes)
	}
	fill("small", 6000) // of the same keys and version, and more
	for range 2 {
		ask("small")
	}
	if used := testutil.ToFloat64(s.metrics.mirrorBytes); used > float64(cfg.MirrorBytes) {
		t.Errorf("grown to %v bytes of %d", used, cfg.MirrorBytes)
	}
	if ask("small") != 0 {
		t.Error("what has outgrown its room still answers")
	}
}

// TestMirrors_endWithTheStore lets no reading outlive Close.
func TestMirrors_endWithTheStore(t *testing.T) {
	s, _ := open(t, DefaultConfig())
	v, err := s.Version(t.Context())
	must(t, err)
	q := FactsQuery{Workspace: "a", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: performance.Period{To: performance.LastDay}}
	if _, err := s.Facts(WithVersion(context.WithoutCancel(t.Context()), v), q); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	if n := len(s.mirrors.find([]sliceKey{{workspace: "b"}})); n != 0 || len(s.mirrors.fetching) != 0 {
		t.Error("something is fetched after Close")
	}
}

// TestMirrors_readWhatIsNew merges parts: those of parts that were read are not read again, unless something new is in them.
func TestMirrors_readWhatIsNew(t *testing.T) {
	s, _ := open(t, DefaultConfig())
	ctx := t.Context()
	insert := func(day string, rows int) {
		must(t, s.conn.Exec(ctx, fmt.Sprintf(`INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, exponent, revenue_minor, version)
			SELECT 'a', 'touch', toDate('%s'), 'linear', 'Email', toString(number), 2, 1, 1 FROM numbers(%d)`, day, rows)))
	}
	read := func() int {
		before := testutil.ToFloat64(s.metrics.mirrorRows)
		v, err := s.Version(ctx)
		must(t, err)
		q := FactsQuery{Workspace: "a", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByCampaign, Period: performance.Period{To: performance.LastDay}}
		_, err = s.Facts(WithVersion(ctx, v), q)
		must(t, err)
		awaitSlices(s)
		return int(testutil.ToFloat64(s.metrics.mirrorRows) - before)
	}
	// The server may merge by itself at any time, which is what the last step is about.
	must(t, s.conn.Exec(ctx, "SYSTEM STOP MERGES cells_rows"))
	merge := func() {
		for _, text := range []string{"SYSTEM START MERGES cells_rows", "OPTIMIZE TABLE cells_rows FINAL", "SYSTEM STOP MERGES cells_rows"} {
			must(t, s.conn.Exec(ctx, text))
		}
	}
	insert("2026-01-01", 1000)
	for _, step := range []struct {
		what string
		do   func()
		want int
	}{
		{"at first", func() {}, 1000},
		{"nothing new", func() {}, 0},
		{"ten more", func() { insert("2026-01-02", 10) }, 10},
		{"nothing but a merge", merge, 0},
		{"ten more", func() { insert("2026-01-03", 10); insert("2025-01-03", 10) }, 20},
		{"a merge in two years, and ten more", func() { merge(); insert("2026-01-04", 10) }, 10},
		{"ten more, merged with the rest before anybody looks", func() { insert("2026-01-05", 10); merge() }, 1040},
	} {
		step.do()
		if got := read(); got != step.want {
			t.Errorf("%s: %d rows were read, want %d", step.what, got, step.want)
		}
	}
}

// TestMirrors_mergeMeanwhile merges what was read after the parts were listed, before the question reads what is new: the merged part is not read.
func TestMirrors_mergeMeanwhile(t *testing.T) {
	s, _ := open(t, DefaultConfig())
	ctx := t.Context()
	insert := func(day string, rows int) {
		must(t, s.conn.Exec(ctx, fmt.Sprintf(`INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, exponent, revenue_minor, recorded_at, version)
			SELECT 'a', 'touch', toDate('%s'), 'linear', 'Email', toString(number), 2, 1, toDateTime64('%[1]s', 3), 1 FROM numbers(%d)`, day, rows)))
	}
	q := FactsQuery{Workspace: "a", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: performance.Period{To: performance.LastDay}}
	ask := func(meanwhile string) (rows int, revenue int64) {
		before := testutil.ToFloat64(s.metrics.mirrorRows)
		v, err := s.Version(ctx)
		must(t, err)
		if meanwhile != "" {
			must(t, s.conn.Exec(ctx, meanwhile))
		}
		traced, trace := WithTrace(WithVersion(ctx, v))
		facts, err := s.Facts(traced, q)
		must(t, err)
		_, err = s.RecordedAt(traced, "a")
		must(t, err)
		awaitSlices(s)
		if meanwhile != "" {
			for _, span := range trace.Spans() {
				if span.Rows > 10 {
					t.Errorf("the server read %s", span)
				}
			}
		}
		return int(testutil.ToFloat64(s.metrics.mirrorRows) - before), facts[0].Revenue
	}
	insert("2026-01-01", 1000)
	ask("")
	insert("2026-01-02", 100)
	ask("")
	insert("2025-01-03", 10)
	if rows, revenue := ask("OPTIMIZE TABLE cells_rows PARTITION 2026 FINAL"); rows != 10 || revenue != 1110 {
		t.Errorf("%d rows were read and sum to %d, want 10 and 1110", rows, revenue)
	}
}

// TestMirrors_whileRowsComeIn lets several ask while cells grow and parts are merged and mutated: nobody sees a figure fall, and in the end all is there.
func TestMirrors_whileRowsComeIn(t *testing.T) {
	s, _ := open(t, DefaultConfig())
	const rounds, askers = 60, 4
	q := FactsQuery{Workspace: "a", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: performance.Period{To: performance.LastDay}}
	done := make(chan struct{})
	errs := make(chan error, askers)
	ask := func() error {
		last := int64(0)
		for {
			v, err := s.Version(t.Context())
			if err != nil {
				return err
			}
			facts, err := s.Facts(WithVersion(t.Context(), v), q)
			if err != nil {
				return err
			}
			revenue := int64(0)
			for _, f := range facts {
				revenue += f.Revenue
			}
			if revenue < last {
				return fmt.Errorf("revenue fell from %d to %d", last, revenue)
			}
			last = revenue
			select {
			case <-done:
				if last == rounds*(rounds+1)/2 {
					return nil
				}
				if v, err = s.Version(t.Context()); err != nil {
					return err
				}
				if facts, err = s.Facts(WithVersion(t.Context(), v), q); err != nil || len(facts) != 1 || facts[0].Revenue != rounds*(rounds+1)/2 {
					return fmt.Errorf("in the end %+v %w", facts, err)
				}
				return nil
			default:
			}
		}
	}
	for range askers {
		go func() { errs <- ask() }()
	}
	for i := 1; i <= rounds; i++ {
		must(t, s.conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO cells_rows (workspace, basis, day, model, channel, exponent, revenue_minor, version)
			SELECT 'a', 'touch', toDate('2025-12-01') + number, 'linear', 'Email', 2, number + 1, %d FROM numbers(%d)`, i, i)))
		switch {
		case i%7 == 0:
			must(t, s.conn.Exec(t.Context(), "OPTIMIZE TABLE cells_rows FINAL"))
		case i%20 == 0:
			must(t, s.conn.Exec(t.Context(), "ALTER TABLE cells_rows UPDATE recorded_at = now64(3) WHERE 1 SETTINGS mutations_sync = 2"))
		}
	}
	close(done)
	for range askers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if memory := testutil.ToFloat64(s.metrics.facts.WithLabelValues(fromMemory)); memory == 0 {
		t.Error("nothing was answered from memory")
	}
}

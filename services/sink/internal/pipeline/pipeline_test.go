package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/channelfile"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink/internal/metrics"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

// table is an Inserter that keeps what it is given and fails when told to.
type table struct {
	mu      sync.Mutex
	inserts []insert
	fail    error
	took    time.Duration
}

type insert struct {
	at    time.Time
	table string
	rows  int
	token string
}

func (f *table) Insert(ctx context.Context, t *rows.Table, token string) error {
	if f.took > 0 {
		time.Sleep(f.took) //nolint:forbidigo // the fake clock of synctest: the insert takes this long
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	f.inserts = append(f.inserts, insert{time.Now(), t.Name, t.Rows(), token})
	return ctx.Err()
}

func (f *table) setFail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

func (f *table) seen() []insert {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.inserts)
}

type fixture struct {
	*Pipeline
	table   *table
	mu      sync.Mutex
	done    map[int32]int64
	resumed int
}

func start(t *testing.T, cfg Config) *fixture {
	t.Helper()
	m, err := metrics.New(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{table: &table{}, done: map[int32]int64{}}
	f.Pipeline, err = New(rows.TopicPlans, cfg, f.table, func(_ string, next map[int32]int64) {
		f.mu.Lock()
		defer f.mu.Unlock()
		for p, n := range next {
			f.done[p] = n
		}
	}, func() { f.resumed++ }, m, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	f.Start(t.Context())
	return f
}

func (f *fixture) at(p int32) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done[p]
}

func config() Config {
	return Config{
		BatchRows: 1000, BatchBytes: 1 << 20, FlushInterval: 200 * time.Millisecond, QueueBytes: 1 << 20, RetryMin: 100 * time.Millisecond,
		RetryMax: time.Second,
	}
}

func plan(partition int32, offset int64) rows.Record {
	v, _ := (&pb.Plan{Workspace: "w", PlanId: fmt.Sprint(offset)}).MarshalVT()
	return rows.Record{Topic: rows.TopicPlans, Partition: partition, Offset: offset, Value: v}
}

// TestPipeline_pace writes the first record at once, and the following ones together once the interval has passed.
func TestPipeline_pace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start(t, config())
		begin := time.Now()
		for i := range int64(10) {
			f.Offer([]rows.Record{plan(0, i)})
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // synctest's clock
		}
		time.Sleep(time.Second) //nolint:forbidigo // synctest's clock
		f.Drain()
		got := f.table.seen()
		if len(got) != 2 || got[0].rows != 1 || got[1].rows != 9 {
			t.Fatalf("inserts %+v", got)
		}
		if first, second := got[0].at.Sub(begin), got[1].at.Sub(begin); first != 0 || second != 200*time.Millisecond {
			t.Errorf("inserts after %v and %v", first, second)
		}
		if f.at(0) != 10 {
			t.Errorf("done up to %d", f.at(0))
		}
	})
}

// TestPipeline_growsWhileBusy puts everything that comes during a long insert into the next one.
func TestPipeline_growsWhileBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start(t, config())
		f.table.took = 3 * time.Second
		for i := range int64(20) {
			f.Offer([]rows.Record{plan(0, i)})
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // synctest's clock
		}
		f.Drain()
		if got := f.table.seen(); len(got) != 2 || got[1].rows != 19 {
			t.Errorf("inserts %+v", got)
		}
	})
}

// TestPipeline_retries until the server is back; nothing is done before, Err says why, and the pauses have a limit.
func TestPipeline_retries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start(t, config())
		f.table.setFail(errors.New("away"))
		f.Offer([]rows.Record{plan(2, 7)})
		time.Sleep(time.Hour) //nolint:forbidigo // synctest's clock
		if f.Err() == nil || f.at(2) != 0 {
			t.Errorf("err %v, done %d", f.Err(), f.at(2))
		}
		f.table.setFail(nil)
		time.Sleep(config().RetryMax) //nolint:forbidigo // synctest's clock
		synctest.Wait()
		if f.Err() != nil || f.at(2) != 8 {
			t.Errorf("err %v, done %d", f.Err(), f.at(2))
		}
		f.Drain()
	})
}

// TestPipeline_limits: a full batch does not wait for the interval, a queue over its limit says so once and resumes at half.
func TestPipeline_limits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config()
		cfg.BatchRows, cfg.QueueBytes, cfg.FlushInterval = 300, 1000, time.Hour
		f := start(t, cfg)
		f.Offer([]rows.Record{plan(0, 0)}) // starts the interval
		synctest.Wait()
		f.table.setFail(errors.New("away"))
		enough := 0
		for i := range int64(2000) {
			if !f.Offer([]rows.Record{plan(0, 1+i)}) {
				enough++
			}
		}
		synctest.Wait()
		stuck := f.resumed
		if enough == 0 || f.Offer([]rows.Record{plan(0, 2001)}) {
			t.Errorf("with an insert failing there is still room: enough %d times", enough)
		}
		f.table.setFail(nil)
		time.Sleep(2 * time.Second) //nolint:forbidigo // synctest's clock
		synctest.Wait()
		if f.resumed != stuck+1 {
			t.Errorf("resumed %d times more, want once", f.resumed-stuck)
		}
		f.Drain()
		if f.at(0) != 2002 {
			t.Errorf("done up to %d", f.at(0))
		}
		for _, in := range f.table.seen() {
			if in.rows > cfg.BatchRows+takeRecords {
				t.Errorf("a batch of %d rows", in.rows)
			}
		}
	})
}

// TestBatch_token names offsets and content: other records at the same offsets are another batch.
func TestBatch_token(t *testing.T) {
	token := func(records ...rows.Record) string {
		b, err := newBatch(rows.TopicPlans, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			b.add(r)
		}
		return b.token()
	}
	base := token(plan(0, 1), plan(1, 5), plan(0, 2))
	if again := token(plan(0, 1), plan(1, 5), plan(0, 2)); again != base {
		t.Errorf("%s and %s", base, again)
	}
	other := plan(0, 2)
	other.Value = plan(0, 3).Value
	if token(plan(0, 1), plan(1, 5), other) == base {
		t.Error("other content has the same token")
	}
	if want := "plans-v1/0:1-2/1:5-5/"; base[:len(want)] != want {
		t.Errorf("token %s", base)
	}
}

// TestBatch_tokenOfRules: the same costs placed by other channel rules are other rows, which the server must not take for those that it has.
func TestBatch_tokenOfRules(t *testing.T) {
	shipped, err := channelfile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	value, err := (&pb.Spend{Workspace: "w", Day: 20000, Source: "partner", Channel: "Referral", RulesVersion: "r", SpendMinor: 1, ReceiptSeq: 1}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name, standing := range map[string]rulebook.Standing{
		"none":         {Workspace: "another"},
		"first":        {Workspace: "w", Own: "{}"},
		"changed":      {Workspace: "w", Own: "{}", Seq: 5, Cause: "ctl"},
		"aliased":      {Workspace: "w", Own: `{"version":"1","aliases":[{"field":"source","from":["partner"],"to":"google"}]}`, Seq: 5, Cause: "ctl"},
		"changed back": {Workspace: "w", Own: "{}", Seq: 6, Cause: "ctl"},
	} {
		book := rulebook.New(shipped)
		if err := book.Set([]rulebook.Standing{standing}); err != nil {
			t.Fatal(err)
		}
		b, err := newBatch(rows.TopicSpend, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.rows.Classify(book)
		add := func() string {
			b.add(rows.Record{Topic: rows.TopicSpend, Key: []byte("k"), Value: value})
			return b.token()
		}
		token := add()
		if b.reset(); add() != token {
			t.Errorf("%s: the same records by the same rules have another token after a reset", name)
		}
		if other, ok := seen[token]; ok {
			t.Errorf("%s and %s have the same token", name, other)
		}
		seen[token] = name
	}
}

func TestBackoff(t *testing.T) {
	for attempt, most := range map[int]time.Duration{0: 100 * time.Millisecond, 1: 200 * time.Millisecond, 5: time.Second, 500: time.Second} {
		for range 100 {
			if d := backoff(attempt, 100*time.Millisecond, time.Second); d < most/2 || d > most {
				t.Fatalf("attempt %d: %v", attempt, d)
			}
		}
	}
}

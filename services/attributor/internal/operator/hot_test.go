package operator_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// hotWorld is one account: so many people with a browser each, so many touches evenly over 80 days, and deals that open over the last ten of them.
type hotWorld struct{ touches, people, deals int }

// events calls fn with every event in order of time.
func (w hotWorld) events(fn func(*pb.Event)) {
	channels := []string{"Paid Search", "Organic Search", "Email", "Organic Social", "Referral", "Display"}
	seq := int64(epochUS)
	send := func(day float64, ev *pb.Event) {
		seq += 1000
		ev.Workspace, ev.OccurredUs, ev.ReceiptSeq, ev.ReceivedUs = "w", epochUS+int64(day*dayUS), seq, seq
		fn(ev)
	}
	for i := range w.people {
		send(0, contact(fmt.Sprintf("0190f0c4-7b5a-7000-8000-c%011d", i), fmt.Sprintf("person-%d", i), fmt.Sprintf("anon-%08d", i), "acme"))
	}
	deal := 0
	for i := range w.touches {
		day := 80 * float64(i+1) / float64(w.touches)
		ev := visit(fmt.Sprintf("0190f0c4-7b5a-7000-8000-%012d", i), fmt.Sprintf("anon-%08d", i%w.people), channels[i%len(channels)])
		ev.GetPage().Origin.Medium, ev.GetPage().Origin.Campaign = "cpc", fmt.Sprintf("campaign-%d", i%40)
		send(day, ev)
		for ; deal < w.deals && day >= 70+10*float64(deal)/float64(w.deals); deal++ {
			send(day, &pb.Event{Id: fmt.Sprintf("s%d", deal), AccountId: "acme", Body: &pb.Event_Stage{Stage: &pb.Stage{
				OpportunityId: fmt.Sprintf("deal-%d", deal), Stage: "new", HasAmount: true, AmountMinor: 5_000_000, Currency: "USD",
			}}})
		}
	}
}

// hotRun feeds an operator over a store on disk, as a session would: transactions of 50 ms of events and of what they led to.
type hotRun struct {
	tb      testing.TB
	op      *operator.Operator
	store   *state.Store
	pending *topic
	nowUS   int64

	transactions, postings, credits, bytes int
	// busy is processor time of the whole process, longest the wall clock and longestCPU the processor time of the longest transaction.
	busy, longest, longestCPU time.Duration
	heap                      uint64
	// largest is the most bytes of outputs and state that one transaction wrote.
	largest int
	// beside is traffic of others, nil for none.
	beside *beside
	// changes are all changes of state, where a measurement wants them.
	keepChanges bool
	changes     []state.Change
}

// diskStore is one task's store on disk as the operator reads it.
type diskStore struct{ *state.Store }

func (s diskStore) Get(_ int32, key []byte) ([]byte, error) { return s.Store.Get(key) }

func (s diskStore) Scan(_ int32, prefix []byte, fn func(key, value []byte) error) error {
	return s.Store.Scan(prefix, fn)
}

func (s diskStore) ScanFrom(_ int32, prefix, from []byte, fn func(key, value []byte) error) error {
	return s.Store.ScanFrom(prefix, from, fn)
}

func newHotRun(tb testing.TB, cacheBytes int64) *hotRun {
	tb.Helper()
	// Half of what a service of two sessions gives the stores.
	blocks := state.NewCache(32 << 20)
	tb.Cleanup(blocks.Close)
	stateCfg := state.DefaultConfig(tb.TempDir())
	stateCfg.Cache = blocks
	store, err := state.Open(stateCfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	cfg := operator.DefaultConfig()
	cfg.Rules, cfg.Partitions, cfg.CacheBytes = &rules.Set{Default: rules.Default()}, 1, cacheBytes
	op, err := operator.New(cfg, diskStore{store}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &hotRun{tb: tb, op: op, store: store, nowUS: epochUS, pending: newTopic(tb)}
}

// topic stands for subjects-v1: records wait on disk, as they do at a broker.
type topic struct {
	tb         testing.TB
	file       *os.File
	end        int64
	begin      []int64
	keys, size []int32
}

func newTopic(tb testing.TB) *topic {
	f, err := os.Create(filepath.Join(tb.TempDir(), "subjects"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	return &topic{tb: tb, file: f}
}

func (q *topic) len() int { return len(q.begin) }

func (q *topic) put(key, value []byte) {
	if _, err := q.file.WriteAt(append(bytes.Clone(key), value...), q.end); err != nil {
		q.tb.Fatal(err)
	}
	q.begin, q.keys, q.size = append(q.begin, q.end), append(q.keys, int32(len(key))), append(q.size, int32(len(key)+len(value)))
	q.end += int64(len(key) + len(value))
}

// take reads the first record.
func (q *topic) take() operator.Input {
	b := make([]byte, q.size[0])
	if _, err := q.file.ReadAt(b, q.begin[0]); err != nil {
		q.tb.Fatal(err)
	}
	in := operator.Input{Source: operator.SourceSubjects, Key: b[:q.keys[0]], Value: b[q.keys[0]:]}
	q.begin, q.keys, q.size = q.begin[1:], q.keys[1:], q.size[1:]
	return in
}

// processorTime is what the process has used so far.
func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// batchBytes is what a session takes into one transaction.
const batchBytes = 8 << 20

// transact applies some events and what is pending.
func (r *hotRun) transact(events []operator.Input) {
	r.tb.Helper()
	start, startCPU := time.Now(), processorTime(r.tb)
	for _, in := range events {
		r.apply(in)
	}
	for _, in := range r.beside.next(r, start) {
		r.apply(in)
	}
	n, size := 0, 0
	for waiting := r.pending.len(); n < waiting && n < 5000 && size < batchBytes; n++ {
		in := r.pending.take()
		size += len(in.Value)
		r.apply(in)
	}
	res, err := r.op.Flush(r.nowUS)
	if err != nil {
		r.tb.Fatal(err)
	}
	changes := make([]state.Change, len(res.Changes))
	for i, c := range res.Changes {
		changes[i] = state.Change{Key: c.Key, Value: c.Value}
	}
	if err := r.store.Apply(changes, state.Checkpoint{Offset: int64(r.transactions + 1), At: time.Now()}); err != nil {
		r.tb.Fatal(err)
	}
	if r.keepChanges {
		r.changes = append(r.changes, changes...)
	}
	r.op.Commit()
	r.transactions++
	took, tookCPU := time.Since(start), processorTime(r.tb)-startCPU
	r.busy, r.longest, r.longestCPU = r.busy+tookCPU, max(r.longest, took), max(r.longestCPU, tookCPU)
	if r.transactions%20 == 0 || took > 100*time.Millisecond {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		r.heap = max(r.heap, m.HeapInuse)
	}
	written := 0
	for _, c := range res.Changes {
		written += len(c.Key) + len(c.Value)
	}
	for _, out := range res.Outputs {
		written += len(out.Key) + len(out.Value)
	}
	r.largest = max(r.largest, written)
	for _, out := range res.Outputs {
		r.bytes += len(out.Value)
		switch out.Topic {
		case "subjects-v1":
			r.pending.put(out.Key, out.Value)
		case "ledger-v1":
			r.postings += count(out.Value, postingsField)
		case "credits-v1":
			r.credits += count(out.Value, rowsField)
			r.beside.credited(out.Key)
		}
	}
}

// beside is what others do while an account is computed: an order of a known person every half second of the clock, whose credit has two hops to go (from
// the browser to the contact, and back with its claim).
type beside struct {
	people, orders int
	// before is when the transaction before this one began: the worst moment for an order to come in.
	before time.Time
	due    map[string]time.Time
	waits  []time.Duration
}

// besideEvery is after how many transactions the next order comes, besidePeople how many people take turns.
const (
	besideEvery  = 10
	besidePeople = 50
)

func (b *beside) next(r *hotRun, now time.Time) []operator.Input {
	if b == nil {
		return nil
	}
	before := b.before
	if b.before = now; before.IsZero() {
		before = now
	}
	if r.transactions%besideEvery != 0 {
		return nil
	}
	browser := fmt.Sprintf("other-%d", b.orders%besidePeople)
	var events []*pb.Event
	if b.people < besidePeople {
		b.people++
		events = append(events, visit("visit-of-"+browser, browser, "Email"), contact("contact-of-"+browser, "c-"+browser, browser, ""))
	}
	id := fmt.Sprintf("order-%d", b.orders)
	b.orders++
	b.due["w|c:"+id+"|linear"] = before
	var inputs []operator.Input
	for _, ev := range append(events, order(id, browser, 4200)) {
		ev.Workspace, ev.OccurredUs, ev.ReceiptSeq, ev.ReceivedUs = "w", r.nowUS, r.nowUS, r.nowUS
		value, err := ev.MarshalVT()
		if err != nil {
			r.tb.Fatal(err)
		}
		inputs = append(inputs, operator.Input{Key: []byte(recordKey(ev)), Value: value})
	}
	return inputs
}

func (b *beside) credited(key []byte) {
	if b == nil {
		return
	}
	if due, ok := b.due[string(key)]; ok {
		delete(b.due, string(key))
		b.waits = append(b.waits, time.Since(due))
	}
}

// report says how long orders waited for their credit, from the worst moment to come in to the commit.
func (b *beside) report(tb *testing.B) {
	if len(b.due) > 1 {
		tb.Errorf("%d orders have no credit", len(b.due))
	}
	slices.Sort(b.waits)
	for _, q := range []struct {
		name string
		at   int
	}{{"p50", len(b.waits) / 2}, {"p99", len(b.waits) * 99 / 100}, {"max", len(b.waits) - 1}} {
		tb.ReportMetric(float64(b.waits[q.at].Milliseconds()), "others-"+q.name+"-ms")
	}
}

// Numbers of LedgerBatch.postings and CreditSet.rows.
const (
	postingsField = 10
	rowsField     = 14
)

// count is how many elements a message has in a repeated field. Decoding a hundred million of them would be most of what is measured.
func count(value []byte, field protowire.Number) (n int) {
	for len(value) > 0 {
		num, _, size := protowire.ConsumeField(value)
		if size < 0 {
			return -1
		}
		if num == field {
			n++
		}
		value = value[size:]
	}
	return n
}

func (r *hotRun) apply(in operator.Input) {
	if err := r.op.Apply(in); err != nil {
		r.tb.Fatal(err)
	}
}

// feed sends a world at so many events a second, and then lets the clock run until nothing is left to do.
func (r *hotRun) feed(w hotWorld, rate int) {
	r.tb.Helper()
	const tick = 50 * time.Millisecond
	var batch []operator.Input
	w.events(func(ev *pb.Event) {
		value, err := ev.MarshalVT()
		if err != nil {
			r.tb.Fatal(err)
		}
		batch = append(batch, operator.Input{Key: []byte(recordKey(ev)), Value: value})
		if len(batch) >= rate/20 {
			r.nowUS += tick.Microseconds()
			r.transact(batch)
			batch = batch[:0]
		}
	})
	r.transact(batch)
	for {
		due, err := r.op.NextWake([]int32{0})
		if err != nil {
			r.tb.Fatal(err)
		}
		if r.pending.len() == 0 && due == 0 {
			return
		}
		r.nowUS += tick.Microseconds()
		if r.pending.len() == 0 {
			r.nowUS = max(r.nowUS, due)
		}
		r.transact(nil)
	}
}

// BenchmarkHotAccount is an account of 100,000 touches, 1,000 people and 50 open deals under ten models, fed at 500 touches a second: state on disk, a cache of
// 128 MB, transactions of 50 ms. Beside it an order of another person comes every half second, and the time to its credit is measured: by the wall clock,
// in transactions that follow each other at once, so it is what the account takes from others.
//
//	go test -run='^$' -bench=HotAccount -benchtime=1x ./services/attributor/internal/operator
//
// TRIBUTARY_HOT=touches,people,deals changes the account; TRIBUTARY_HEAP_PROFILE names a file for the heap at the end.
func BenchmarkHotAccount(b *testing.B) {
	w := hotWorld{100_000, 1_000, 50}
	if v := os.Getenv("TRIBUTARY_HOT"); v != "" {
		if _, err := fmt.Sscanf(v, "%d,%d,%d", &w.touches, &w.people, &w.deals); err != nil {
			b.Fatalf("TRIBUTARY_HOT=%q: %v", v, err)
		}
	}
	for b.Loop() {
		r := newHotRun(b, 128<<20)
		r.beside = &beside{due: make(map[string]time.Time)}
		r.feed(w, 500)
		r.beside.report(b)
		b.ReportMetric(float64(r.busy.Microseconds())/float64(w.touches), "cpu-us/touch")
		b.ReportMetric(float64(r.heap)/(1<<20), "heap-MB")
		b.ReportMetric(float64(r.longest.Milliseconds()), "longest-ms")
		b.ReportMetric(float64(r.longestCPU.Milliseconds()), "longest-cpu-ms")
		b.ReportMetric(float64(r.largest)/(1<<20), "largest-MB")
		b.ReportMetric(float64(r.postings), "postings")
		b.ReportMetric(float64(r.credits), "credit-rows")
		b.ReportMetric(float64(r.bytes)/(1<<20), "out-MB")
		b.ReportMetric(float64(r.transactions), "transactions")
		b.ReportMetric(float64(r.nowUS-epochUS)/1e6, "clock-s")
		if name := os.Getenv("TRIBUTARY_HEAP_PROFILE"); name != "" {
			f, err := os.Create(name)
			if err != nil {
				b.Fatal(err)
			}
			if err := pprof.WriteHeapProfile(f); err != nil {
				b.Fatal(err)
			}
			_ = f.Close()
		}
	}
}

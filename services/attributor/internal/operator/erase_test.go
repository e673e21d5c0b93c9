package operator_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/erasure"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
)

// TestOperator_erasures erases people in random worlds, at any moment: before their events, between them, twice, with messages on their way. What is
// posted must be what a batch computation over the edited log says, every journey must keep its totals over an edit, and at the end no id may be left
// that nothing in the log names. In the order of receipt, the postings recorded until a stop are for ever the truth of what was known then.
func TestOperator_erasures(t *testing.T) {
	// A world whose log is edited is worked off several times over: a quarter of them takes as long as all of the others.
	tryWorlds(t, max(1, worlds(t)/4), tryErasures, func(t *testing.T, seed uint64, lines []string) {
		if os.Getenv("TRIBUTARY_TRACE") != "" {
			events := shrink(eraseWorld(seed), func(e []*pb.Event) bool { return len(runBoth(seed, e)) > 0 })
			lines = runBoth(seed, events)
			for _, ev := range events[:min(len(events), 30)] {
				t.Logf("day %.3f %v", float64(ev.OccurredUs-epochUS)/dayUS, ev)
			}
		}
		for _, line := range lines[:min(len(lines), 10)] {
			t.Errorf("seed %d: %s", seed, line)
		}
	})
}

func tryErasures(seed uint64) []string { return runBoth(seed, eraseWorld(seed)) }

// runBoth runs a world in any order and in that of receipt.
func runBoth(seed uint64, events []*pb.Event) []string {
	return append(runErasures(seed, events), runErasuresInOrder(seed, events)...)
}

// eraseWorld is a random world with requests to erase in it, under ids that cannot be part of anything else.
func eraseWorld(seed uint64) []*pb.Event {
	w := &worldMaker{Rand: rand.New(rand.NewPCG(seed, 71)), events: makeWorld(seed)}
	w.size = 1 + w.IntN(4)
	for range 1 + w.IntN(3) {
		ev := &pb.Event{
			Id: fmt.Sprintf("erase%d", len(w.events)), Workspace: "w", OccurredUs: w.when(), ReceiptSeq: w.seq(), Body: &pb.Event_Erase{Erase: &pb.Erase{}},
		}
		w.somebody(ev)
		w.events = append(w.events, ev)
	}
	for _, ev := range w.events {
		rename(ev)
	}
	return w.events
}

// rename puts every id of people and browsers in brackets, so that a search for it finds nothing else.
func rename(ev *pb.Event) {
	in := func(id *string) {
		if *id != "" && (*id)[0] != '<' {
			*id = "<" + *id + ">"
		}
	}
	for _, id := range []*string{&ev.VisitorId, &ev.UserId, &ev.ContactId, &ev.EmailSha256} {
		in(id)
	}
	if a := ev.GetAlias(); a != nil {
		in(&a.PreviousId)
	}
	if c := ev.GetContact(); c != nil {
		in(&c.MergedInto)
	}
	if s := ev.GetStage(); s != nil {
		for _, list := range [][]string{s.ContactIds, s.ContactEmailSha256, s.AddedContactIds, s.RemovedContactIds} {
			for i := range list {
				in(&list[i])
			}
		}
	}
}

// eraseRun is a world on its way: the log, and what the eraser knows.
type eraseRun struct {
	*simulator

	log   []erasure.Record
	marks *erasure.Marks
	// until are the erased subjects.
	until map[string]int64
	// tried are the late events that the eraser has looked at: some belong to others who share a browser.
	tried map[*pb.Event]bool
	ids   int
}

func newEraseRun(seed uint64) *eraseRun {
	return &eraseRun{
		simulator: newSimulator(seed, worldRules(seed)), marks: erasure.NewMarks([]byte("secret")), until: make(map[string]int64), tried: make(map[*pb.Event]bool),
	}
}

func runErasures(seed uint64, events []*pb.Event) []string {
	r := newEraseRun(seed)
	events = slices.Clone(events)
	r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for len(events) > 0 {
		n := min(len(events), 1+r.IntN(len(events)))
		if err := r.take(events[:n]); err != nil {
			return []string{err.Error()}
		}
		events = events[n:]
		for range r.IntN(20) {
			if err := r.step(); err != nil {
				return []string{err.Error()}
			}
		}
	}
	if err := r.run(); err != nil {
		return []string{err.Error()}
	}
	return append(r.compare(), r.leftovers()...)
}

// runErasuresInOrder stops until everything is worked off. What an erasure changes is recorded at its receipt or later, so that what was recorded before
// stays what was known.
func runErasuresInOrder(seed uint64, events []*pb.Event) []string {
	r := newEraseRun(seed + 1<<32)
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b *pb.Event) int { return cmp.Compare(a.ReceiptSeq, b.ReceiptSeq) })
	type stop struct {
		us  int64
		log []*pb.Event
	}
	var stops []stop
	for from := 0; from < len(events); {
		to := from + 1 + r.IntN(len(events)-from)
		if err := errors.Join(r.take(events[from:to]), r.run()); err != nil {
			return []string{err.Error()}
		}
		stops, from = append(stops, stop{events[to-1].ReceiptSeq, r.events()}), to
	}
	lines := append(r.compare(), r.leftovers()...)
	for _, s := range stops[:min(len(stops)-1, 2)] {
		lines = append(lines, pastDiff(r.sink, s.log, s.us, r.rules)...)
	}
	return lines
}

func (r *eraseRun) step() error {
	o := r.IntN(len(r.operators))
	if batch := r.batch(o); len(batch) > 0 {
		if err := r.transact(o, batch); err != nil {
			return err
		}
	}
	r.disturb()
	return nil
}

// take appends events to the log and lets the eraser act on them.
func (r *eraseRun) take(events []*pb.Event) error {
	var requests []erasure.Request
	for _, ev := range events {
		rec := erasure.Record{Key: identity.RecordKey(recordKey(ev), ev.Id, ev.ReceiptSeq), Event: ev}
		if err := r.write(rec); err != nil {
			return err
		}
		if q := erasure.RequestOf(rec.Key, ev); q != nil {
			requests = append(requests, *q)
		} else if q := r.late(ev); q != nil {
			requests = append(requests, *q)
		}
	}
	for round := 0; len(requests) > 0; round++ {
		if round > 100 {
			return fmt.Errorf("the eraser does not come to an end: %v", requests)
		}
		if err := r.erase(requests); err != nil {
			return err
		}
		// What came before its request is late for the marks only now.
		requests = nil
		for _, rec := range erasure.Fold(r.log) {
			if q := r.late(rec.Event); q != nil {
				requests = append(requests, *q)
			}
		}
	}
	return nil
}

func (r *eraseRun) late(ev *pb.Event) *erasure.Request {
	if r.tried[ev] {
		return nil
	}
	q := r.marks.Late(ev)
	r.tried[ev] = q != nil
	return q
}

func (r *eraseRun) write(rec erasure.Record) error {
	r.log = append(r.log, rec)
	if rec.Event == nil {
		r.append(operator.SourceEvents, rec.Key, nil)
		return nil
	}
	r.marks.Learn(rec.Event)
	value, err := rec.Event.MarshalVT()
	if err != nil {
		return err
	}
	r.append(operator.SourceEvents, rec.Key, value)
	return nil
}

func (r *eraseRun) erase(requests []erasure.Request) error {
	before, err := oracle.Compute(r.events(), r.rules)
	if err != nil {
		return err
	}
	reach := erasure.NewReach(requests, r.rules)
	for _, rec := range r.log {
		reach.Connect(rec.Event)
	}
	var reached []erasure.Record
	for _, rec := range r.log {
		if reach.Takes(rec.Key, rec.Event) {
			reached = append(reached, rec)
		}
	}
	plan, err := erasure.Make(erasure.Fold(reached), requests, erasure.Options{
		Rules: r.rules, Secret: []byte("secret"), Partition: r.partition,
		NewID: func() string { r.ids++; return fmt.Sprintf("x%d", r.ids) },
	})
	if err != nil {
		return err
	}
	for _, rec := range plan.Writes {
		if err := r.write(rec); err != nil {
			return err
		}
	}
	after, err := oracle.Compute(r.events(), r.rules)
	if err != nil {
		return err
	}
	for _, key := range plan.Tombstones {
		if err := r.write(erasure.Record{Key: key}); err != nil {
			return err
		}
	}
	for _, e := range plan.Erased {
		r.until[e.Subject] = max(r.until[e.Subject], e.UntilUS)
	}
	return r.sameTotals(before, after)
}

type total struct {
	workspace, journey, model string
	measure                   attribution.Measure
}

// sameTotals checks that an edit moved credit and neither made nor lost any.
func (r *eraseRun) sameTotals(before, after *oracle.Result) error {
	sums := make(map[total]int64)
	for k, c := range before.Credits {
		sums[total{k.Workspace, k.Journey, k.Model, k.Measure}] += c.Amount
	}
	for k, c := range after.Credits {
		sums[total{k.Workspace, k.Journey, k.Model, k.Measure}] -= c.Amount
	}
	for k, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("an erasure lost %d of %v", sum, k)
		}
	}
	return nil
}

func (r *eraseRun) events() []*pb.Event {
	var events []*pb.Event
	for _, rec := range r.log {
		if rec.Event != nil {
			events = append(events, rec.Event)
		}
	}
	return events
}

// compare compares what was posted with the batch over the whole log, and that with the batch over what compaction leaves of it.
func (r *eraseRun) compare() []string {
	want, err := oracle.Compute(r.events(), r.rules)
	if err != nil {
		return []string{err.Error()}
	}
	var left []*pb.Event
	for _, rec := range erasure.Fold(r.log) {
		left = append(left, rec.Event)
	}
	compacted, err := oracle.Compute(left, r.rules)
	if err != nil {
		return []string{err.Error()}
	}
	if diff := oracle.Diff(compacted, want, 1000); len(diff) > 0 {
		slices.SortStableFunc(diff, func(a, b string) int { return diffRank(a) - diffRank(b) })
		return append([]string{"compaction changes the truth"}, diff...)
	}
	got := r.sink.result()
	for id, o := range got.Opportunities {
		if o.IsDeleted {
			o.Account = ""
			got.Opportunities[id] = o
		}
	}
	diff := oracle.Diff(got, plain(want), 1000)
	slices.SortStableFunc(diff, func(a, b string) int { return diffRank(a) - diffRank(b) })
	return append(diff, ledgerDiff(r.sink, got)...)
}

// leftovers are ids that were erased, that nothing in the log names any more, and that are still somewhere.
func (r *eraseRun) leftovers() []string {
	named := make(map[string]bool)
	for _, rec := range erasure.Fold(r.log) {
		raw, err := rec.Event.MarshalVT()
		if err != nil {
			return []string{err.Error()}
		}
		for subject := range r.until {
			id := subject[len("w|v|"):]
			named[id] = named[id] || strings.Contains(string(raw), id) || strings.Contains(string(rec.Key), id)
		}
	}
	var lines []string
	rows := fmt.Sprint(r.sink.result())
	for _, subject := range slices.Sorted(maps.Keys(r.until)) {
		id := subject[len("w|v|"):]
		if named[id] {
			continue
		}
		for _, p := range r.store {
			for _, s := range p.subjects {
				for k, v := range s.values {
					if strings.Contains(k, id) || strings.Contains(string(v), id) {
						lines = append(lines, fmt.Sprintf("%s is in state under %q: %q", id, k, v))
					}
				}
			}
		}
		if i := strings.Index(rows, id); i >= 0 {
			lines = append(lines, fmt.Sprintf("%s is in a row: %s", id, rows[max(0, i-200):min(len(rows), i+100)]))
		}
	}
	return lines
}

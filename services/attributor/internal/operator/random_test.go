package operator_test

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
)

// worlds is how many random worlds a run tries: TRIBUTARY_WORLDS, else a few hundred.
func worlds(t *testing.T) int {
	v := os.Getenv("TRIBUTARY_WORLDS")
	if v == "" {
		return 200
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		t.Fatalf("TRIBUTARY_WORLDS=%q is no positive number", v)
	}
	return n
}

// firstSeed is where the worlds start: TRIBUTARY_SEED repeats a failure.
func firstSeed(t *testing.T) uint64 {
	v := os.Getenv("TRIBUTARY_SEED")
	if v == "" {
		return 1
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		t.Fatalf("TRIBUTARY_SEED=%q is no number", v)
	}
	return n
}

// TestOperator_randomWorlds is the promise: whatever the world, the order, the batches, the aborts and the restarts, what is posted is what
// a batch computation over the set of events says.
func TestOperator_randomWorlds(t *testing.T) {
	seed := firstSeed(t)
	for i := range uint64(worlds(t)) {
		if !tryWorld(t, seed+i) {
			t.Fatalf("repeat with TRIBUTARY_SEED=%d TRIBUTARY_WORLDS=1", seed+i)
		}
	}
}

func tryWorld(t *testing.T, seed uint64) bool {
	events := makeWorld(seed)
	lines := runWorld(seed, events)
	if len(lines) == 0 {
		return true
	}
	if os.Getenv("TRIBUTARY_TRACE") != "" {
		events = shrink(seed, events)
		lines = runWorld(seed, events)
		for _, ev := range events[:min(len(events), 30)] {
			t.Logf("day %.3f %v", float64(ev.OccurredUs-epochUS)/dayUS, ev)
		}
	}
	for _, line := range lines[:min(len(lines), 10)] {
		t.Errorf("seed %d: %s", seed, line)
	}
	return false
}

// shrink drops events as long as the world still fails: the fewer are left, the plainer the reason.
func shrink(seed uint64, events []*pb.Event) []*pb.Event {
	for size := len(events) / 2; size > 0; {
		isSmaller := false
		for i := 0; i+size <= len(events); {
			rest := slices.Concat(events[:i], events[i+size:])
			if len(runWorld(seed, rest)) > 0 {
				events, isSmaller = rest, true
				continue
			}
			i += size
		}
		if !isSmaller {
			size /= 2
		}
	}
	return events
}

// runWorld feeds a world to a simulator and returns what is wrong in the end.
func runWorld(seed uint64, events []*pb.Event) []string {
	set := worldRules()
	sim := newSimulator(seed, set)
	events = slices.Clone(events)
	sim.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	if err := errors.Join(sim.feed(events), sim.run()); err != nil {
		return []string{err.Error()}
	}
	want, err := oracle.Compute(events, set)
	if err != nil {
		return []string{err.Error()}
	}
	got := sim.sink.result()
	for id, o := range got.Opportunities {
		if o.IsDeleted {
			o.Account = ""
			got.Opportunities[id] = o
		}
	}
	diff := oracle.Diff(got, plain(want), 1000)
	// Rows before credits: a wrong row is the shorter way to the reason.
	slices.SortStableFunc(diff, func(a, b string) int { return cmp.Compare(diffRank(a), diffRank(b)) })
	return append(diff, ledgerDiff(sim.sink, got)...)
}

func diffRank(line string) int {
	for i, what := range []string{"touchpoint", "conversion", "opportunity", "credit"} {
		if strings.HasPrefix(line, what) {
			return i
		}
	}
	return 9
}

// ledgerDiff compares the sum of the postings with the credits.
func ledgerDiff(k *sink, r *oracle.Result) []string {
	var lines []string
	for key, sum := range k.posted {
		if got := r.Credits[key].Amount; got != sum {
			lines = append(lines, "ledger of "+key.Journey+" "+key.Model+" "+string(key.Measure)+" "+key.Touchpoint+": sum "+
				strconv.FormatInt(sum, 10)+", credit "+strconv.FormatInt(got, 10))
		}
	}
	for key, c := range r.Credits {
		if c.Amount != 0 && k.posted[key] == 0 {
			lines = append(lines, "credit of "+key.Journey+" without postings")
		}
	}
	return lines
}

package operator_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// TestOperator_expiryAndModels changes models while journeys leave the state. A journey that was there at the last change has the credit that a batch says; one
// that had left before keeps what it was given: under each model it has credit of, that is its whole amount, and the postings say the same.
func TestOperator_expiryAndModels(t *testing.T) {
	expired := 0
	for i := range uint64(min(max(worlds(t)/20, 25), 1000)) {
		seed := firstSeed(t) + i
		lines, n := tryExpiryAndModels(t, seed)
		expired += n
		for _, line := range lines[:min(len(lines), 10)] {
			t.Errorf("seed %d: %s", seed, line)
		}
		if len(lines) > 0 {
			t.Fatalf("repeat with TRIBUTARY_SEED=%d TRIBUTARY_WORLDS=1", seed)
		}
	}
	if expired == 0 {
		t.Error("no journey had left the state when a model changed")
	}
}

func tryExpiryAndModels(t *testing.T, seed uint64) (lines []string, expired int) {
	t.Helper()
	set := expiryRules(t)
	m := &modelMaker{seed: seed, Rand: rand.New(rand.NewPCG(seed, 31)), base: &set.Default}
	events, lastUS := withModels(m, expiryWorld(seed))
	sim := newSimulator(seed, set)
	sim.expirySubjects = 1 + sim.IntN(5)
	for from := 0; from < len(events); from += 5 {
		if err := errors.Join(sim.feed(events[from:min(from+5, len(events))]), sim.run()); err != nil {
			return []string{err.Error()}, 0
		}
	}
	want, err := oracle.Compute(events, set)
	if err != nil {
		t.Fatal(err)
	}
	got := sim.sink.result()
	for id, o := range got.Opportunities {
		if o.IsDeleted {
			o.Account = ""
			got.Opportunities[id] = o
		}
	}
	lines = append(ledgerDiff(sim.sink, got), wrongTotals(got, want)...)
	// What had not left at the last change of a model is as a batch says.
	isThere := func(journey string) bool {
		if id, ok := strings.CutPrefix(journey, "c:"); ok {
			return want.Conversions[oracle.ID{Workspace: "w", ID: id}].Key.OccurredUS > lastUS-retentionDays*dayUS
		}
		o := want.Opportunities[oracle.ID{Workspace: "w", ID: strings.TrimPrefix(journey, "o:")}]
		return !o.IsClosed && !o.IsWon || o.ClosedUS > lastUS-retentionDays*dayUS
	}
	for key, c := range want.Credits {
		if isThere(key.Journey) && got.Credits[key].Amount != c.Amount {
			lines = append(lines, fmt.Sprintf("%+v: %d, want %d", key, got.Credits[key].Amount, c.Amount))
		}
	}
	for key, c := range got.Credits {
		if _, ok := want.Credits[key]; isThere(key.Journey) && !ok && c.Amount != 0 {
			lines = append(lines, fmt.Sprintf("%+v: %d, want none", key, c.Amount))
		} else if !isThere(key.Journey) {
			expired++
		}
	}
	return lines, expired
}

// withModels puts changes of models between events, where they are received. Their look-backs are what the state is kept for.
func withModels(m *modelMaker, events []*pb.Event) (all []*pb.Event, lastUS int64) {
	latest := int64(0)
	for i, ev := range events {
		all = append(all, ev)
		latest = max(latest, ev.OccurredUs)
		if m.IntN(40) != 0 {
			continue
		}
		c := m.config()
		c.Lookback = attribution.Span(1+m.IntN(3)) * attribution.Span(24*3600*1_000_000_000)
		control := &pb.Control{Actor: "test", Change: &pb.Control_Define{Define: &pb.ModelDefinition{Definition: text(c)}}}
		base := rules.BaseFingerprint(m.base.Models, c.Name)
		switch m.IntN(4) {
		case 0:
			control.Change = &pb.Control_Retire{Retire: &pb.ModelRetirement{Name: c.Name, Version: c.Version, Base: base}}
		case 1, 2:
			control.Change = &pb.Control_Promote{Promote: &pb.ModelPromotion{Name: c.Name, Version: c.Version, Base: base}}
		}
		all = append(all, &pb.Event{
			Id: fmt.Sprintf("control%d", i), Workspace: "w", OccurredUs: latest, ReceiptSeq: ev.ReceiptSeq + 500, ReceivedUs: ev.ReceiptSeq + 500,
			Body: &pb.Event_Control{Control: control},
		})
		lastUS = latest
	}
	return all, lastUS
}

// wrongTotals are journeys whose credit under a model is not their amount.
func wrongTotals(got, want *oracle.Result) []string {
	amounts := make(map[total]int64)
	for k, c := range want.Credits {
		amounts[total{k.Workspace, k.Journey, k.Model, k.Measure}] += c.Amount
	}
	whole := make(map[total]int64)
	for k, amount := range amounts {
		k.model = ""
		whole[k] = amount // whatever the model: the batch conserves
	}
	sums := make(map[total]int64)
	for k, c := range got.Credits {
		sums[total{k.Workspace, k.Journey, k.Model, k.Measure}] += c.Amount
	}
	var lines []string
	for k, sum := range sums {
		of := k
		of.model = ""
		if sum != whole[of] {
			lines = append(lines, fmt.Sprintf("%+v adds up to %d, want %d", k, sum, whole[of]))
		}
	}
	slices.Sort(lines)
	return lines
}

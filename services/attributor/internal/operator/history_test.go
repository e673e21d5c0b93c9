package operator_test

import (
	"fmt"
	"slices"
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// takeVersion keeps a version of an opportunity: there is one of each number, under a key of its own.
func (k *sink) takeVersion(key string, m *pb.OpportunityRow) error {
	id := m.Workspace + "|" + m.OpportunityId
	if want := fmt.Sprintf("%s\x00%d", id, m.Version); key != want {
		return fmt.Errorf("a version under the key %q, want %q", key, want)
	}
	versions := k.history[id]
	if int(m.Version) != len(versions)+1 {
		return fmt.Errorf("opportunity %q: version %d after %d", id, m.Version, len(versions))
	}
	if m.RecordedUs == 0 {
		return fmt.Errorf("opportunity %q: version %d is recorded at no time", id, m.Version)
	}
	k.history[id] = append(versions, m)
	return nil
}

// historyDiff says where the last version of an opportunity's history is not its row of now.
func (k *sink) historyDiff() []string {
	var lines []string
	for id, now := range k.opportunities {
		versions := k.history[id]
		if len(versions) == 0 {
			lines = append(lines, "opportunity "+id+" has no history")
			continue
		}
		last := versions[len(versions)-1]
		differs := oracle.Diff(
			&oracle.Result{Opportunities: map[oracle.ID]oracle.Opportunity{{}: opportunity(last)}}, &oracle.Result{Opportunities: map[oracle.ID]oracle.Opportunity{{}: opportunity(now)}}, 1)
		if len(differs) > 0 || last.Version != now.Version || last.RecordedUs != now.RecordedUs {
			lines = append(lines, fmt.Sprintf("opportunity %s is %v, and the last version of its history %v", id, now, last))
		}
	}
	return lines
}

// knownAt are the opportunities as their histories tell them at a moment.
func (k *sink) knownAt(then int64) map[oracle.ID]oracle.Opportunity {
	known := make(map[oracle.ID]oracle.Opportunity)
	for _, versions := range k.history {
		for _, v := range slices.Backward(versions) {
			if v.RecordedUs <= then {
				o := opportunity(v)
				if o.IsDeleted {
					o.Account = ""
				}
				known[oracle.ID{Workspace: v.Workspace, ID: v.OpportunityId}] = o
				break
			}
		}
	}
	return known
}

// pastDealsDiff compares what histories say of a moment with the truth of the events of then: of accounts too where everything was worked off at that moment.
func pastDealsDiff(k *sink, events []*pb.Event, then int64, set *rules.Set, withAccounts bool) []string {
	want, err := oracle.Compute(events, set)
	if err != nil {
		return []string{err.Error()}
	}
	truth, known := &oracle.Result{Opportunities: plain(want).Opportunities}, &oracle.Result{Opportunities: k.knownAt(then)}
	if !withAccounts {
		for _, of := range []map[oracle.ID]oracle.Opportunity{truth.Opportunities, known.Opportunities} {
			for id, o := range of {
				o.Account = ""
				of[id] = o
			}
		}
	}
	var lines []string
	for _, line := range oracle.Diff(known, truth, 10) {
		lines = append(lines, fmt.Sprintf("known after %d events: %s", len(events), line))
	}
	return lines
}

// everyMoment compares at every stage event what histories say with the truth of the stage events until then, wherever transactions began and ended.
func everyMoment(k *sink, events []*pb.Event, set *rules.Set) []string {
	var stages []*pb.Event
	var lines []string
	for i, ev := range events {
		if ev.GetStage() == nil {
			continue
		}
		stages = append(stages, ev)
		if i+1 < len(events) && events[i+1].ReceiptSeq == ev.ReceiptSeq {
			continue
		}
		lines = append(lines, pastDealsDiff(k, stages, ev.ReceiptSeq, set, false)...)
	}
	return lines
}

// TestHistory_oneTransaction writes a version for each record, also where all came at once, and none for what changes nothing.
func TestHistory_oneTransaction(t *testing.T) {
	for _, together := range []bool{true, false} {
		set := worldRules(1)
		sim := newSimulator(1, set)
		var events []*pb.Event
		for i, st := range []*pb.Stage{
			{OpportunityId: "deal", Stage: "Demo", HasAmount: true, AmountMinor: 100, Currency: "EUR"},
			{OpportunityId: "deal", Stage: "Proposal"},
			{OpportunityId: "deal", Stage: "Proposal"},
			{OpportunityId: "deal", HasAmount: true, AmountMinor: 70, Currency: "EUR"},
			{OpportunityId: "deal", Stage: "Won", IsWon: true, IsClosed: true},
			{OpportunityId: "deal", IsDeleted: true},
		} {
			at := epochUS + int64(i+1)*dayUS
			events = append(events, &pb.Event{
				Id: fmt.Sprint("s", i), Workspace: "w", OccurredUs: epochUS + int64(i), ReceiptSeq: at, ReceivedUs: at, AccountId: "acme", Body: &pb.Event_Stage{Stage: st},
			})
		}
		step := 1
		if together {
			step = len(events)
		}
		for chunk := range slices.Chunk(events, step) {
			if err := sim.feed(chunk); err != nil {
				t.Fatal(err)
			}
			if err := sim.run(); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, v := range sim.sink.history["w|deal"] {
			got = append(got, fmt.Sprint((v.RecordedUs-epochUS)/dayUS, " ", v.Stage, " ", v.AmountMinor, " ", v.IsWon, " ", v.IsDeleted, " ", len(v.Stages)))
		}
		want := []string{"1 Demo 100 false false 1", "2 Proposal 100 false false 2", "4 Proposal 70 false false 2", "5 Won 70 true false 3", "6 Won 70 true true 3"}
		if !slices.Equal(got, want) {
			t.Errorf("together %v: %q, want %q", together, got, want)
		}
		for _, line := range append(sim.sink.historyDiff(), everyMoment(sim.sink, events, set)...) {
			t.Error(line)
		}
	}
}

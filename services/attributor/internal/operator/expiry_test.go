package operator_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

const (
	retention     = 4 * 24 * time.Hour
	retentionDays = 4
)

// expiryRules look back three days and keep state for events that are up to four days late.
func expiryRules(tb testing.TB) *rules.Set {
	tb.Helper()
	r := rules.Default()
	r.Retention = retention
	for i := range r.Models {
		c := r.Models[i].Config()
		c.Lookback, c.LookbackByConversion = attribution.Span(3*24*time.Hour), nil
		m, err := attribution.Compile(c)
		if err != nil {
			tb.Fatal(err)
		}
		r.Models[i] = m
	}
	return &rules.Set{Default: r}
}

// expiryWorld is two months of visits, orders and deals, each event at most as late as the retention allows; who is who comes first.
func expiryWorld(seed uint64) []*pb.Event {
	w := &worldMaker{Rand: rand.New(rand.NewPCG(seed, 99)), size: 3}
	add := func(day float64, ev *pb.Event) {
		ev.Id, ev.Workspace = fmt.Sprintf("e%d", len(w.events)), "w"
		ev.OccurredUs = epochUS + int64(day*dayUS)
		w.events = append(w.events, ev)
	}
	known := make(map[string]bool)
	for i := range 4 {
		if w.chance(3) {
			continue // stays anonymous
		}
		known[fmt.Sprintf("v%d", i)] = true
		ev := &pb.Event{VisitorId: fmt.Sprintf("v%d", i), ContactId: w.id("c"), Body: &pb.Event_Contact{Contact: &pb.Contact{}}}
		if !w.chance(3) {
			ev.AccountId = w.id("a")
		}
		add(0, ev)
	}
	identities := len(w.events)
	for deal := range 6 {
		day := 1 + 55*w.Float64()
		for range 1 + w.IntN(3) {
			s := &pb.Stage{OpportunityId: fmt.Sprintf("o%d", deal), Stage: []string{"lead", "qualified"}[w.IntN(2)], HasAmount: true, AmountMinor: int64(w.IntN(10_000)), Currency: "USD"}
			s.IsClosed = w.chance(3)
			s.IsWon = s.IsClosed && w.chance(2)
			add(day, &pb.Event{AccountId: fmt.Sprintf("a%d", deal%4), Body: &pb.Event_Stage{Stage: s}})
			day += w.Float64()
		}
	}
	for range 250 {
		day := 60 * w.Float64()
		visitor := w.id("v")
		n := w.IntN(6)
		if n == 2 && !known[visitor] {
			n = 3 // an anonymous visitor that has left does not remember its first lead
		}
		switch n {
		case 0:
			add(day, order("", visitor, int64(w.IntN(1000))))
		case 1:
			add(day, &pb.Event{ContactId: w.id("c"), Body: &pb.Event_Touch{Touch: &pb.OfflineTouch{Origin: w.origin()}}})
		case 2:
			add(day, &pb.Event{VisitorId: visitor, UserId: "", Body: &pb.Event_Track{Track: &pb.Track{Name: "Lead Submitted"}}})
		default:
			ev := visit("", visitor, "Email")
			ev.GetPage().Origin = w.origin()
			add(day, ev)
		}
	}
	// In order of arrival: up to the retention late, and a little less, for the watermark is of one task among several.
	arrival := make(map[*pb.Event]int64)
	for i, ev := range w.events {
		arrival[ev] = ev.OccurredUs + int64(w.Float64()*retentionDays*0.99*dayUS)
		if i < identities {
			arrival[ev] = 0
		}
	}
	slices.SortStableFunc(w.events, func(a, b *pb.Event) int { return cmp.Compare(arrival[a], arrival[b]) })
	for i, ev := range w.events {
		ev.ReceiptSeq = epochUS + int64(i)*1000
		ev.ReceivedUs = ev.ReceiptSeq
	}
	return w.events
}

// TestOperator_expiry: whatever leaves the state, what is posted is what a batch computation over all events says, as long as no event is later than the
// retention allows; and what is left is bounded by time, not by history.
func TestOperator_expiry(t *testing.T) {
	removed := 0
	for i := range uint64(min(max(worlds(t)/4, 25), 300)) {
		seed := firstSeed(t) + i
		events := expiryWorld(seed)
		set := expiryRules(t)
		sim := newSimulator(seed, set)
		sim.expirySubjects = 1 + sim.IntN(5)
		for from := 0; from < len(events); from += 5 {
			if err := errors.Join(sim.feed(events[from:min(from+5, len(events))]), sim.run()); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		want, err := oracle.Compute(events, set)
		if err != nil {
			t.Fatal(err)
		}
		got := sim.sink.result()
		diff := append(oracle.Diff(got, plain(want), 10), ledgerDiff(sim.sink, got)...)
		for _, line := range diff[:min(len(diff), 10)] {
			t.Errorf("seed %d: %s", seed, line)
		}
		if len(diff) > 0 {
			t.Fatalf("repeat with TRIBUTARY_SEED=%d TRIBUTARY_WORLDS=1", seed)
		}
		kept := 0
		for _, p := range sim.store {
			for _, s := range p.subjects {
				for key := range s.values {
					if isEventKey(key) {
						kept++
					}
				}
			}
		}
		removed += len(events) - kept
	}
	if removed == 0 {
		t.Error("nothing has left the state")
	}
}

// isEventKey tells the state keys of events.
func isEventKey(key string) bool {
	_, rest, ok := strings.Cut(key, "\x00")
	return ok && strings.HasPrefix(key, "i/") && strings.HasPrefix(rest, "e")
}

// newExpiring is a script with the rules of expiry, and one that lets time pass: visits of somebody else, until the rounds are over.
func newExpiring(t *testing.T) *script {
	s := newScript(t)
	s.cfg.Rules = expiryRules(t)
	s.cfg.ExpirySubjects = 1000
	s.restart()
	return s
}

func (s *script) pass(day float64) {
	s.t.Helper()
	s.send(day, visit(fmt.Sprintf("pass-%g", day), "somebody", "Email"))
	s.send(day, visit(fmt.Sprintf("pass-again-%g", day), "somebody", "Email"))
}

// values counts what the state has of a subject.
func (s *script) values(subject string) int {
	n := 0
	for _, m := range s.store[0].subjects {
		for key := range m.values {
			if strings.HasPrefix(key, "i/"+subject+"\x00") || key == "h/"+subject || strings.HasPrefix(key, "b/"+subject+"\x00") {
				n++
			}
		}
	}
	return n
}

// TestOperator_expiredDeal: a deal whose touches are gone is reopened with the weights it had, and deleted to the cent.
func TestOperator_expiredDeal(t *testing.T) {
	for _, sectionBytes := range []int{0, 100} {
		s := newExpiring(t)
		s.cfg.SectionBytes = sectionBytes
		s.restart()
		s.send(0, contact("k1", "ann", "v", "acme"))
		s.send(1, visit("p1", "v", "Email"))
		s.send(2, visit("p2", "v", "Display"))
		won := &pb.Stage{Stage: "won", IsWon: true, IsClosed: true, HasAmount: true, AmountMinor: 901, Currency: "USD"}
		s.send(3, stage("s1", won))
		revenue := func() amounts { return s.amounts("o:deal", "linear", pb.Measure_MEASURE_REVENUE) }
		s.want("won", revenue(), amounts{"Email": 451, "Display": 450})
		s.pass(30)
		s.want("of the visitor, what the contact says of it is left", s.values("w|v|v"), 2)
		s.want("posted all the same", revenue(), amounts{"Email": 451, "Display": 450})
		s.send(31, stage("s2", &pb.Stage{Stage: "qualified"}))
		s.want("reopened", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"Email": 451, "Display": 450})
		s.want("reopened: no revenue", revenue(), amounts{})
		if s.counter("tributary_attributor_limit_drops_total") == 0 || s.counter("tributary_attributor_expired_total") == 0 {
			t.Error("what has expired is not counted")
		}
		s.send(32, stage("s3", &pb.Stage{Stage: "qualified", IsDeleted: true}))
		s.want("deleted", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{})
	}
}

// TestOperator_expiryKeepsOpenDeals: a deal that stays open keeps the touches it looks back at.
func TestOperator_expiryKeepsOpenDeals(t *testing.T) {
	s := newExpiring(t)
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 900, Currency: "USD"}))
	s.pass(40)
	s.send(41, visit("p2", "v", "Display"))
	s.want("both count", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"Email": 450, "Display": 450})
}

// TestOperator_tooLate: a touch that comes later than the retention allows changes nothing and is counted; who somebody is always counts.
func TestOperator_tooLate(t *testing.T) {
	s := newExpiring(t)
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, order("buy", "v", 100))
	s.pass(30)
	s.want("the visitor has left", s.values("w|v|v"), 0)
	s.send(1.5, visit("p2", "v", "Display"))
	s.want("nothing moved", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Email": 100})
	if got := s.counter("tributary_attributor_limit_drops_total"); got != 1 {
		t.Errorf("%v late touches counted", got)
	}
	s.send(1.5, contact("k1", "ann", "v", "acme"))
	s.send(29, visit("p3", "v", "Social"))
	s.send(30, order("again", "v", 300))
	s.want("the person is known", s.sink.conversions["w|again"].PersonId, "c|ann")
}

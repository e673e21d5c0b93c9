package operator_test

import (
	"fmt"
	"strings"
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// newLimited is a script whose owners weigh at most so many touches.
func newLimited(t *testing.T, touches int) *script {
	s := newScript(t)
	s.cfg.Rules.Default.JourneyTouchesMax = touches
	s.restart()
	return s
}

// TestOperator_limitIsPosted: what falls to the limit loses its credit by a posting that says so, and is counted; what is left has all of it.
func TestOperator_limitIsPosted(t *testing.T) {
	s := newLimited(t, 3)
	s.send(0, contact("k1", "ann", "v", "acme"))
	for i := range 3 {
		s.send(1+float64(i), visit(fmt.Sprintf("p%d", i), "v", fmt.Sprintf("C%d", i)))
	}
	s.send(5, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 900, Currency: "USD"}))
	s.want("before", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"C0": 300, "C1": 300, "C2": 300})
	s.send(6, visit("p3", "v", "C3"))
	s.want("after", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"C1": 300, "C2": 300, "C3": 300})
	s.want("reasons", s.reasons("o:deal"), "opened touch limit")
	last := s.sink.batches[len(s.sink.batches)-1]
	lost := make(amounts)
	for _, p := range last.Postings {
		if p.Model == "linear" && p.Measure == pb.Measure_MEASURE_PIPELINE {
			lost[p.Channel] += p.Delta
		}
	}
	s.want("what the limit took", lost, amounts{"C0": -300})
	s.want("cause", last.CauseEventId, "p3")
	if got := s.counter("tributary_attributor_journey_touches_dropped_total"); got == 0 {
		t.Error("the touch that was dropped is not counted")
	}
}

// counter is the sum of a metric's series.
func (s *script) counter(name string) float64 {
	s.t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// TestOperator_stageOfLongJourney: a stage record moves a long journey on without repeating what its touches are.
func TestOperator_stageOfLongJourney(t *testing.T) {
	s := newScript(t)
	s.cfg.SectionBytes = 500
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	for i := range 50 {
		s.send(1+float64(i)/10, visit(fmt.Sprintf("p%d", i), "v", "Email"))
	}
	money := func(amount int64) *pb.Stage {
		return &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: amount, Currency: "USD"}
	}
	s.send(7, stage("s1", money(900)))
	held := s.bodies()
	if held < 5 {
		t.Fatalf("the claim is in %d sections", held)
	}
	s.longest = make(map[string]int)
	s.send(8, stage("s2", money(1900)))
	s.want("pipeline", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"Email": 1900})
	s.want("sections held", s.bodies(), held)
	s.send(9, visit("p50", "v", "Display"))
	s.send(10, stage("s3", &pb.Stage{Stage: "lost", IsClosed: true, IsDeleted: true}))
	s.want("deleted", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{})
	if now := s.bodies(); now > held+2 {
		t.Errorf("%d sections are left of claims that nobody needs", now)
	}
}

// bodies counts the sections of claims in state.
func (s *script) bodies() int {
	n := 0
	for id, subject := range s.store[0].subjects {
		if strings.HasPrefix(id, "b/") {
			n += len(subject.values)
		}
	}
	return n
}

// TestOperator_urgentJourneyDoesNotWait: while an account pauses, a deal that moves on is posted, and the others stay as they are.
func TestOperator_urgentJourneyDoesNotWait(t *testing.T) {
	s := newScript(t)
	s.cfg.TouchPauseUS = 1_000_000
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	for _, id := range []string{"one", "two"} {
		s.send(2, &pb.Event{Id: "s-" + id, AccountId: "acme", Body: &pb.Event_Stage{Stage: &pb.Stage{OpportunityId: id, Stage: "new"}}})
	}
	s.send(3, visit("p2", "v", "Display"))
	one := func() amounts { return s.amounts("o:one", "linear", pb.Measure_MEASURE_OPPORTUNITIES) }
	two := func() amounts { return s.amounts("o:two", "linear", pb.Measure_MEASURE_OPPORTUNITIES) }
	s.want("both wait", []amounts{one(), two()}, []amounts{{"Email": 1e9}, {"Email": 1e9}})
	s.send(4, &pb.Event{Id: "s-3", AccountId: "acme", Body: &pb.Event_Stage{Stage: &pb.Stage{OpportunityId: "one", Stage: "next"}}})
	s.want("one is urgent", []amounts{one(), two()}, []amounts{{"Email": 5e8, "Display": 5e8}, {"Email": 1e9}})
	s.nowUS += 60_000_000
	s.settle()
	s.want("the pause is over", two(), amounts{"Email": 5e8, "Display": 5e8})
}

// TestOperator_crowdedSubjects: what finds no room in a visitor or an account is counted and changes nothing; who somebody is still counts.
func TestOperator_crowdedSubjects(t *testing.T) {
	s := newScript(t)
	s.cfg.SubjectItems = 4
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(0, contact("k2", "bob", "w", "acme"))
	for i := range 6 {
		s.send(1+float64(i), visit(fmt.Sprintf("p%d", i), "v", fmt.Sprintf("C%d", i)))
	}
	s.send(8, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 300, Currency: "USD"}))
	before := s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE)
	if got := s.counter("tributary_attributor_limit_drops_total"); got < 2 {
		t.Errorf("%v drops counted", got)
	}
	s.send(9, visit("q1", "w", "Other"))
	s.want("no room at the account", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), before)
	s.send(10, stage("s2", &pb.Stage{Stage: "lost", IsClosed: true}))
	s.want("facts have room", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{})
}

// TestOperator_manyLinks: an address that too many users are said to have keeps those that it has; the others are counted, and nobody's credit changes.
func TestOperator_manyLinks(t *testing.T) {
	s := newScript(t)
	s.cfg.SubjectLinks = 3
	s.restart()
	for i := range 6 {
		s.send(float64(i), visit(fmt.Sprintf("p%d", i), fmt.Sprintf("v%d", i), fmt.Sprintf("C%d", i)))
		s.send(float64(i), &pb.Event{
			Id: fmt.Sprintf("i%d", i), VisitorId: fmt.Sprintf("v%d", i), UserId: fmt.Sprintf("u%d", i), EmailSha256: "shared",
			Body: &pb.Event_Identify{Identify: &pb.Identify{}},
		})
	}
	for i := range 6 {
		s.send(8, order(fmt.Sprintf("buy%d", i), fmt.Sprintf("v%d", i), 100))
		s.want("its own touch earns", s.amounts(fmt.Sprintf("c:buy%d", i), "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{fmt.Sprintf("C%d", i): 100})
	}
	if got := s.counter("tributary_attributor_limit_drops_total"); got != 3 {
		t.Errorf("%v links counted as refused, want 3", got)
	}
	// A contact of that address stands for the three users that it knows.
	k := contact("k1", "ann", "", "acme")
	k.EmailSha256 = "shared"
	s.send(9, k)
	if got := s.counter("tributary_attributor_limit_drops_total"); got != 4 {
		t.Errorf("%v links counted as refused, want 4", got)
	}
}

// TestOperator_noLimitOfFacts: neither people nor deals of one account fall to a limit: each person's touch counts for each deal.
func TestOperator_noLimitOfFacts(t *testing.T) {
	s := newScript(t)
	s.cfg.SubjectLinks = 5
	s.restart()
	const people, deals = 300, 60
	for i := range people {
		name := fmt.Sprintf("v%d", i)
		s.enqueue(0, contact("k"+name, "person"+name, name, "acme"))
		s.enqueue(1, visit("p"+name, name, "Email"))
	}
	for i := range deals {
		ev := stage(fmt.Sprintf("s%d", i), &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: people * 10, Currency: "USD"})
		ev.GetStage().OpportunityId = fmt.Sprintf("deal%d", i)
		s.enqueue(2, ev)
	}
	s.settle()
	for i := range deals {
		s.want("pipeline", s.amounts(fmt.Sprintf("o:deal%d", i), "linear", pb.Measure_MEASURE_PIPELINE), amounts{"Email": people * 10})
	}
	s.want("touches of a deal", len(s.sink.sets["w|o:deal7"]["linear"].Rows), people)
	s.want("dropped", s.counter("tributary_attributor_limit_drops_total"), 0.0)
}

// TestOperator_claimsDoNotPileUp: however often a conversion changes hands, its home keeps the claim of its owner and no other.
func TestOperator_claimsDoNotPileUp(t *testing.T) {
	s := newScript(t)
	s.send(10, visit("p1", "v", "Email"))
	s.send(11, order("buy", "v", 100))
	for i := range 20 {
		// Each of these is the first to be identified at the browser, until the next one is.
		s.send(9-float64(i)/10, &pb.Event{
			Id: fmt.Sprintf("i%d", i), VisitorId: "v", UserId: fmt.Sprintf("u%d", i), Body: &pb.Event_Identify{Identify: &pb.Identify{}},
		})
	}
	s.want("credit", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Email": 100})
	for id, subject := range s.store[0].subjects {
		for key, value := range subject.values {
			if !strings.Contains(key, "Hc:buy") && !strings.Contains(id+key, "Hc:buy") {
				continue
			}
			h := &pb.HomeJourney{}
			if err := h.UnmarshalVT(value); err != nil {
				t.Fatal(err)
			}
			if len(h.Claims) > 0 || h.PostedClaim == nil {
				t.Errorf("%d claims wait at %q", len(h.Claims), id)
			}
			return
		}
	}
	t.Error("the home is not in state")
}

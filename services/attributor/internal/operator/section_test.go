package operator_test

import (
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

const (
	sectionHome  = "w|o|deal"
	sectionOwner = "w|a|acme"
)

// inOne applies messages to the deal in one transaction of an operator that has just started, and drops what follows from them: the test is the owner.
func (s *script) inOne(bodies ...any) {
	s.t.Helper()
	s.restart()
	s.pending = nil
	for _, b := range bodies {
		m := &pb.SubjectMessage{
			To: sectionHome, From: sectionOwner, Cause: &pb.Cause{EventId: "p1", ReceiptSeq: s.seq, EffectiveUs: epochUS},
		}
		switch b := b.(type) {
		case *pb.Claim:
			m.Body = &pb.SubjectMessage_Claim{Claim: b}
		case *pb.ClaimSection:
			m.Body = &pb.SubjectMessage_ClaimSection{ClaimSection: b}
		}
		value, err := m.MarshalVT()
		if err != nil {
			s.t.Fatal(err)
		}
		s.pending = append(s.pending, operator.Input{Source: operator.SourceSubjects, Key: []byte(sectionHome), Value: value})
	}
	s.transact()
}

// half is one of the two sections of the long claim: a touch that earns half of the deal.
func half(n uint32, channel string) *pb.ClaimSection {
	return &pb.ClaimSection{
		JourneyId: "o:deal", Owner: sectionOwner, Body: 7, Section: n,
		Touches: []*pb.ClaimTouch{{Id: channel, OccurredUs: epochUS, Channel: channel}},
		Models:  []*pb.ModelWeights{{Model: "linear", ModelVersion: "1", Index: []uint32{0}, Parts: []uint64{1}, Positions: []uint32{1}}},
	}
}

// TestOperator_bodyComesAgain: an owner whose weights are again what they were before sends the same sections anew. Transactions end anywhere between
// them, and the home may let go of the old copy at any moment until the claim is there.
func TestOperator_bodyComesAgain(t *testing.T) {
	claim := func(owner string, c *pb.Claim) *pb.Claim {
		c.JourneyId, c.Owner, c.FactsRev = "o:deal", owner, 1
		return c
	}
	long := claim(sectionOwner, &pb.Claim{Sections: 2, Body: 7, Models: []*pb.ModelWeights{{Model: "linear", ModelVersion: "1"}}})
	short := claim(sectionOwner, &pb.Claim{Models: []*pb.ModelWeights{{Model: "linear", ModelVersion: "1"}}})
	gone := claim(sectionOwner, &pb.Claim{Withdrawn: true})
	other, otherGone := claim("w|a|other", &pb.Claim{}), claim("w|a|other", &pb.Claim{Withdrawn: true})
	first, second := half(0, "Email"), half(1, "Display")
	for name, transactions := range map[string][][]any{
		"after a short claim":         {{short, first}, {second, long}},
		"after withdrawal":            {{gone, first, second}, {long}},
		"after an old one":            {{short}, {first}, {second, long}},
		"while another claim goes":    {{other, short}, {first}, {otherGone}, {second, long}},
		"twice":                       {{short, first}, {second, long, short, first, second}, {long}},
		"and as the claim before did": {{first}, {second, long}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t)
			s.send(0, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 900, Currency: "USD"}))
			pipeline := func() amounts { return s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE) }
			both := amounts{"Email": 450, "Display": 450}
			s.inOne(first, second, long)
			s.want("at first", pipeline(), both)
			for _, bodies := range transactions {
				s.inOne(bodies...)
			}
			s.want("in the end", pipeline(), both)
			s.want("sections held", s.bodies(), 2)
			s.inOne(short)
			s.want("afterwards", pipeline(), amounts{"(unattributed)": 900})
			s.want("sections held afterwards", s.bodies(), 0)
		})
	}
}

// TestOperator_bodyOfAnExpiredDeal: the home of a deal whose touches have left keeps the weights it has, and lets go of those that it is sent. An owner
// that knows the touches again, because the deal turns out to be younger, sends them once more.
func TestOperator_bodyOfAnExpiredDeal(t *testing.T) {
	s := newExpiring(t)
	s.cfg.SectionBytes = 100
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, visit("p2", "v", "Display"))
	s.send(3, stage("s1", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true, HasAmount: true, AmountMinor: 900, Currency: "USD"}))
	s.pass(30)
	s.send(31, visit("p3", "v", "Social"))
	s.send(31.5, visit("p4", "v", "Referral"))
	pipeline := func() amounts { return s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE) }
	s.send(32, stage("s2", &pb.Stage{Stage: "qualified"}))
	s.want("reopened", pipeline(), amounts{"Email": 450, "Display": 450})
	s.send(33, stage("s3", &pb.Stage{Stage: "qualified", CreatedUs: epochUS + 30*dayUS}))
	s.want("younger", pipeline(), amounts{"Social": 450, "Referral": 450})
}

package operator_test

import (
	"fmt"
	"strings"
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// recordMax is what topics take, less than the 8 MB they are set to.
const recordMax = 2 << 20

// enqueue adds an event to what the next transaction applies.
func (s *script) enqueue(day float64, ev *pb.Event) {
	s.t.Helper()
	s.seq += 1000
	ev.Workspace, ev.OccurredUs, ev.ReceiptSeq, ev.ReceivedUs = "w", epochUS+int64(day*dayUS), s.seq, s.seq
	value, err := ev.MarshalVT()
	if err != nil {
		s.t.Fatal(err)
	}
	s.pending = append(s.pending, operator.Input{Key: []byte(recordKey(ev)), Value: value})
}

// TestOperator_longJourneys: a visitor with very many touches, and one with absurdly long names, can convert and be identified; no record
// is longer than a topic takes.
func TestOperator_longJourneys(t *testing.T) {
	for _, c := range []struct {
		name             string
		touches, nameLen int
		claimBytes       int
		wantAll          bool
	}{
		{"many", 8_000, 12, 0, true},
		{"long names", 1_000, 8_000, 0, true},
		{"too long names", 1_000, 8_000, 3 << 20, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t)
			s.longest = make(map[string]int)
			s.cfg.ClaimBytes = c.claimBytes
			s.restart()
			s.enqueue(0, order("buy", "v", 12_345))
			for i := range c.touches {
				ev := visit(fmt.Sprintf("p%d", i), "v", "Email")
				origin := ev.GetPage().Origin
				origin.Campaign = fmt.Sprintf("%s%d", strings.Repeat("x", c.nameLen), i)
				s.enqueue(-float64(i)/float64(c.touches)*80, ev)
			}
			s.settle()
			s.send(1, &pb.Event{Id: "i1", VisitorId: "v", UserId: "u", Body: &pb.Event_Identify{Identify: &pb.Identify{}}})
			s.send(1, contact("k1", "ann", "v", "acme"))
			total := int64(0)
			for _, amount := range s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE) {
				total += amount
			}
			s.want("conserved", total, int64(12_345))
			held := 0
			for _, set := range s.sink.credits {
				if set.Model == "linear" {
					held = len(set.Rows)
				}
			}
			if held < 100 || c.wantAll != (held == c.touches) {
				t.Errorf("%d touches hold credit", held)
			}
			s.want("person", s.sink.conversions["w|buy"].PersonId, "u|u")
			for what, n := range s.longest {
				if n > recordMax {
					t.Errorf("a record of %d bytes on %s", n, what)
				}
			}
			for id, row := range s.sink.touchpoints {
				if row.PersonId != "u|u" && row.PersonId != "c|ann" {
					t.Fatalf("touchpoint %s was left with %q", id, row.PersonId)
				}
			}
		})
	}
}

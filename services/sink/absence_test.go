package sink_test

import (
	"strings"
	"testing"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// TestSink_erasesAfterLongAbsence lets a sink sleep through an erasure until compaction has taken away what said that rows are gone: of a touchpoint only the eraser's tombstone is
// left, of credit only a version after the one that named the touches that lost theirs. The rows go all the same, and nobody else's do.
func TestSink_erasesAfterLongAbsence(t *testing.T) {
	s := newStack(t)
	s.cfg.ErasurePatience = 100 * time.Millisecond
	moment := at(3, 1, 0)
	touch := func(id, visitor string) message {
		return msg(t, "touchpoints-v1", "w|"+id, &pb.Touchpoint{
			Workspace: "w", TouchpointId: id, VisitorId: visitor, PersonId: "u|" + visitor, OccurredUs: moment, ReceivedUs: moment, Version: 1, Origin: &pb.Origin{Channel: "Email"},
		})
	}
	credit := func(version int64, touches map[string]string) message {
		set := &pb.CreditSet{
			Workspace: "w", JourneyId: "o:1", Kind: 2, Model: "linear", Version: version, Currency: "EUR", OpenedUs: moment, PartsTotal: uint64(len(touches)), RecordedUs: moment,
		}
		for id, who := range touches {
			set.Rows = append(set.Rows, &pb.CreditRow{TouchpointId: id, Channel: "Email", TouchUs: moment, PersonId: who, Parts: 1, Amounts: []*pb.MeasureAmount{{Measure: 3, Amount: 5e8}}})
		}
		return msg(t, "credits-v1", "w|o:1|linear", set)
	}
	run := s.start()
	s.send(touch("ta", "ada"), touch("tb", "bob"), credit(1, map[string]string{"ta": "u|ada", "tb": "u|bob"}))
	s.drained()
	run.stop()
	s.send(
		message{topic: "touchpoints-v1", key: "w|ta"}, credit(3, map[string]string{"stub": "", "tb": "u|bob"}),
		msg(t, "erasures-v1", "w|e1", &pb.Erasure{ErasureId: "e1", Workspace: "w", State: pb.ErasureState_ERASURE_STATE_APPLIED, UntilUs: at(4, 1, 0), Subjects: []string{"u|ada", "v|ada"}}),
	)
	s.start()
	eventually(t, "nothing names the person", func() (bool, string) {
		left := s.rows("SELECT touchpoint_id FROM touchpoints_rows WHERE visitor_id = 'ada' UNION ALL SELECT touchpoint_id FROM credits_rows WHERE person_id = 'u|ada'")
		return len(left) == 0, strings.Join(left, " ")
	})
	if got := s.rows("SELECT touchpoint_id, person_id FROM touchpoints"); len(got) != 1 || got[0] != "('tb','u|bob')" {
		t.Errorf("touchpoints: %v", got)
	}
	if got := s.rows("SELECT touchpoint_id, person_id FROM credits"); len(got) != 2 {
		t.Errorf("credit: %v", got)
	}
}

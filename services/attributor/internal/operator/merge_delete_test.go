package operator_test

import (
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// TestOperator_deletedAfterMerge: CRMs delete what they have merged away. What was merged stays merged, until a record says that it lives.
func TestOperator_deletedAfterMerge(t *testing.T) {
	s := newScript(t)
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, contact("k1", "loser", "v", "acme"))
	s.send(3, &pb.Event{Id: "k2", ContactId: "winner", Body: &pb.Event_Contact{Contact: &pb.Contact{}}})
	merge := &pb.Event{Id: "k3", ContactId: "loser", Body: &pb.Event_Contact{Contact: &pb.Contact{MergedInto: "winner"}}}
	s.send(4, merge)
	s.send(5, order("buy", "v", 100))
	person := func() string { return s.sink.conversions["w|buy"].PersonId }
	s.want("merged", person(), "c|winner")
	s.send(6, &pb.Event{Id: "k4", ContactId: "loser", Body: &pb.Event_Contact{Contact: &pb.Contact{IsDeleted: true}}})
	s.want("deleted after the merge", person(), "c|winner")
	s.want("and credited to what was merged", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Email": 100})
	s.send(7, &pb.Event{Id: "k5", ContactId: "loser", Body: &pb.Event_Contact{Contact: &pb.Contact{}}})
	s.want("it lives", person(), "c|loser")
	s.send(8, &pb.Event{Id: "k6", ContactId: "loser", Body: &pb.Event_Contact{Contact: &pb.Contact{IsDeleted: true}}})
	s.want("deleted for itself", person(), "")
}

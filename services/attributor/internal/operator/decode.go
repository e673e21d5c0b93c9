package operator

import (
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// DecodeEvent reads a record of events-v1 with the checks of Apply. The error is a *PoisonError: the operator would refuse the record, so a
// recomputation leaves it out.
func DecodeEvent(key, value []byte) (*pb.Event, error) {
	if len(value) == 0 {
		return nil, &PoisonError{Code: "tombstone", Reason: "the event was removed"}
	}
	o := &Operator{cfg: Config{Partitions: 1}}
	a, err := o.address(Input{Key: key})
	if err != nil {
		return nil, err
	}
	ev := &pb.Event{}
	if err := ev.UnmarshalVT(value); err != nil {
		return nil, &PoisonError{Code: "malformed_protobuf", Reason: err.Error()}
	}
	if err := checkEvent(ev, a.workspace, a.kind); err != nil {
		return nil, err
	}
	return ev, nil
}

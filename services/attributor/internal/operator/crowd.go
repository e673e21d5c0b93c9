package operator

import (
	"slices"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// A subject is read whole, so what one subject can have is bounded, far beyond what people do: a crawler that keeps one cookie, a kiosk that everybody
// identifies at, an account that everything was sent to by mistake. What comes beyond it is refused and counted. Which those are depends on the order
// of arrival, as nothing else does; a retention makes room again.

// subjectItems is how many events of its own a subject may have, and how many items from others.
const subjectItems = 400_000

func (c *Config) subjectItems() int {
	if c.SubjectItems > 0 {
		return c.SubjectItems
	}
	return subjectItems
}

// isCrowded tells whether an event finds no room. What an erasure wrote always does.
func (o *Operator) isCrowded(s *subject, ev *pb.Event) bool {
	if len(s.events) < o.cfg.subjectItems() || ev.ErasedSeq > 0 || s.findEvent(ev.Id) >= 0 {
		return false
	}
	o.metrics.limit(limitSubjectEvents).Inc()
	return true
}

// makeRoom takes the touches out of a contribution that the subject has no room for. Facts and links always have: it is touches that come in crowds.
func (o *Operator) makeRoom(s *subject, m *pb.SubjectMessage) {
	c := m.GetContribution()
	if c == nil || len(s.received)+len(c.Touches) <= o.cfg.subjectItems() {
		return
	}
	room := max(o.cfg.subjectItems()-len(s.received), 0)
	before := len(c.Touches)
	c.Touches = slices.DeleteFunc(c.Touches, func(t *pb.Touch) bool {
		if s.receivedItem(itemKey{itemTouch, t.Id}, m.From) != nil {
			return false
		}
		room--
		return room < 0
	})
	o.metrics.limit(limitSubjectTouches).Add(float64(before - len(c.Touches)))
}

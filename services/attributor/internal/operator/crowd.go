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

// subjectLinks is how many links others may give a subject: the users and contacts of an address, the contacts of a browser.
const subjectLinks = 20_000

func (c *Config) subjectLinks() int {
	if c.SubjectLinks > 0 {
		return c.SubjectLinks
	}
	return subjectLinks
}

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

// makeRoom takes out of a contribution what the subject has no room for: touches, and the links of an address or a browser that half the world is said to
// use. Each link is told to all the others, so what they cost together grows with their square. Facts always find room: they hold money.
func (o *Operator) makeRoom(s *subject, m *pb.SubjectMessage) {
	c := m.GetContribution()
	if c == nil {
		return
	}
	if room := o.cfg.subjectItems() - len(s.received); len(c.Touches) > room {
		before := len(c.Touches)
		c.Touches = slices.DeleteFunc(c.Touches, func(t *pb.Touch) bool { return !s.hasRoom(itemKey{itemTouch, t.Id}, &room) })
		o.metrics.limit(limitSubjectTouches).Add(float64(before - len(c.Touches)))
	}
	if room := o.cfg.subjectLinks() - s.links; len(c.Links) > room {
		before := len(c.Links)
		c.Links = slices.DeleteFunc(c.Links, func(l *pb.Link) bool { return !s.hasRoom(itemKey{itemLink, l.Id}, &room) })
		o.metrics.limit(limitSubjectLinks).Add(float64(before - len(c.Links)))
	}
}

// hasRoom takes a place for an item. One that is known needs none, whoever it comes from: while it changes hands two senders have it.
func (s *subject) hasRoom(k itemKey, room *int) bool {
	if s.received[k] != nil {
		return true
	}
	*room--
	return *room >= 0
}

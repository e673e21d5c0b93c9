package operator

import (
	"strings"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// What many touches say alike is in memory once: an account of a hundred thousand touches has some hundred origins and a thousand senders, and an origin is
// larger than all the rest of a touch. Nothing of it is ever changed in place.

// internMost bounds each of the tables: a full one begins anew, and what it had stays with those that have it.
const internMost = 8192

// originOverhead is the cost of a decoded origin beside its encoded form.
const originOverhead = 320

// interned are the tables.
type interned struct {
	origins map[string]*pb.Origin
	words   map[string]string
	buf     []byte
}

// origin returns the one origin of a content; isNew tells one that was not there.
func (t *interned) origin(o *pb.Origin) (one *pb.Origin, isNew bool) {
	if o == nil {
		return nil, false
	}
	size := o.SizeVT()
	if cap(t.buf) < size {
		t.buf = make([]byte, size*2)
	}
	b := t.buf[:size]
	if _, err := o.MarshalToSizedBufferVT(b); err != nil {
		return o, true
	}
	if one = t.origins[string(b)]; one != nil {
		return one, false
	}
	// Its words are of a record that is to go, so it is decoded from bytes of its own.
	one = &pb.Origin{}
	if err := one.UnmarshalVTUnsafe([]byte(string(b))); err != nil {
		return o, true
	}
	if t.origins == nil || len(t.origins) >= internMost {
		t.origins = make(map[string]*pb.Origin)
	}
	t.origins[string(b)] = one
	return one, true
}

// word returns the one string of a content.
func (t *interned) word(s string) string {
	if one, ok := t.words[s]; ok {
		return one
	}
	if t.words == nil || len(t.words) >= internMost {
		t.words = make(map[string]string)
	}
	s = strings.Clone(s)
	t.words[s] = s
	return s
}

// share returns the one origin of a content, and what it costs the first to have it.
func (t *interned) share(o *pb.Origin) (one *pb.Origin, cost int64) {
	one, isNew := t.origin(o)
	if isNew {
		cost = originOverhead + int64(one.SizeVT())
	}
	return one, cost
}

// compact makes a touch independent of the bytes it was decoded from, most of which were its origin, and returns what its origin costs.
func (t *interned) compact(m *pb.Touch) (cost int64) {
	m.Origin, cost = t.share(m.Origin)
	m.VisitorId, m.PersonId, m.AccountId = t.word(m.VisitorId), t.word(m.PersonId), t.word(m.AccountId)
	ids := m.Id + m.EventId
	m.Id, m.EventId = ids[:len(m.Id)], ids[len(m.Id):]
	return cost
}

// shareOrigin makes a page's origin the one of its content, and returns what it costs.
func (t *interned) shareOrigin(ev *pb.Event) (cost int64) {
	if b, ok := ev.Body.(*pb.Event_Page); ok && b.Page != nil {
		b.Page.Origin, cost = t.share(b.Page.Origin)
	}
	return cost
}

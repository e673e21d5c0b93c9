package operator

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// ownEvent is an event addressed to the subject, kept as it came.
type ownEvent struct {
	ev *pb.Event
	// raw is the record's value until it is written.
	raw []byte
}

func keyOf(ev *pb.Event) attribution.Key {
	return attribution.Key{OccurredUS: ev.OccurredUs, ReceiptSeq: ev.ReceiptSeq, ID: ev.Id}
}

// infoKey identifies an answer: terminal subjects change, and the answers of the old and the new one arrive in any order.
type infoKey struct{ about, from string }

// ownedJourney is a journey that the subject claims.
type ownedJourney struct {
	id    string
	state *pb.OwnedJourney
	// facts are the items (a conversion or an opportunity) that brought it; several only while identity is on its way.
	facts []*item
	stale bool
}

// homeJourney is a journey whose home the subject is.
type homeJourney struct {
	id    string
	state *pb.HomeJourney
	// item holds the facts; nil when the conversion is gone or the opportunity deleted.
	item *item
	// due: facts or claims changed since the last look.
	due   bool
	stale bool
}

// subject is the decoded state of one visitor, person, account, opportunity or cell.
type subject struct {
	id, workspace, name string
	kind                identity.Kind
	partition           int32
	// rules are those of state.RulesRevision; the registry has the latest.
	rules    *rules.Compiled
	registry *registry
	scratch  *scratch

	state *pb.SubjectState
	// events in Key order.
	events []*ownEvent
	// known are their ids, once there are many.
	known map[string]struct{}
	// own items but session touches; later ones depend on links and answers. sessions are in Key order.
	own, later, sessions []*item
	received             map[itemKey]*item
	// links is how many links are among the received items, each sender's counted.
	links    int
	routes   routes
	journeys map[string]*ownedJourney
	homes    map[string]*homeJourney
	infos    map[infoKey]*pb.AccountInfo
	// opportunity is the fold of an opportunity's events.
	opportunity *attribution.Opportunity
	cell        *pb.Cell

	tx txState
	// loading tells that own items are being computed again, not changed.
	loading bool
	// reclassifying tells that own items are computed again from the same events by other channel rules.
	reclassifying bool
	// size estimates the memory; charged is what the cache counted.
	size, charged int64
	prev, next    *subject
}

// txState is what the current transaction did to a subject.
type txState struct {
	touched bool
	cause   *pb.Cause
	// woken tells of a Wake, ownWake of the one that journeys put off wait for.
	woken, ownWake bool
	// alarmSet tells that the alarm is to be written, alarmUS when it is due; 0 for none.
	alarmSet bool
	alarmUS  int64
	// headerDirty, linksDirty ... say which parts of settling are needed.
	headerDirty, linksDirty, infosDirty, factsDirty bool
	// hitsFrom and hitsTo bound the times of changed hits; hits tells that there are any.
	hits             bool
	hitsFrom, hitsTo int64
	events           []*ownEvent
	// told is how many of them opportunityRow has seen.
	told    int
	changed []*item
	// touches tells that touches which may earn credit changed, between touchesFrom and touchesTo; leads that leads did.
	touches, leads bool
	// said tells that statements about this account changed.
	said                   bool
	touchesFrom, touchesTo int64
	counts                 []countDelta
	staleInfos             []infoKey
	staleJourneys          []*ownedJourney
	dueHomes, staleHomes   []*homeJourney
	// erased are the ids of events that were removed, movedHomes the journeys that went with them.
	erased, movedHomes []string
	// sections are the pieces of claims that came, in sectionOrder; released the bodies that homes needed before their claims changed.
	sections     map[string]*pb.ClaimSection
	sectionOrder []string
	released     map[*homeJourney][]bodyRef
	// written are sections that the transaction has written already, which the store does not have yet.
	written map[string]*pb.ClaimSection
	// orphans are keys of sections that have gone with their home.
	orphans [][]byte
}

// short is the subject as rows name it: kind|id for persons, the plain id for others.
func (s *subject) short() string {
	if s.kind.IsPerson() {
		return s.id[len(s.workspace)+1:]
	}
	return s.name
}

// shortID is short for a subject known by its id only.
func shortID(id string) string {
	_, kind, name, err := identity.ParseSubject(id)
	if err != nil {
		return ""
	}
	if kind.IsPerson() {
		return string(rune(kind)) + "|" + name
	}
	return name
}

func (s *subject) peer(kind identity.Kind, name string) string {
	return identity.SubjectID(s.workspace, kind, name)
}

// knownMin is from how many events on a subject has a set of their ids: nearly all have fewer, and a scan is cheaper.
const knownMin = 64

// findEvent returns the index of the event with the id, or -1. Ids are not the order of events, so finding one is a scan; that there is
// none, the usual answer, costs a subject with many events a look into a set.
func (s *subject) findEvent(id string) int {
	if s.known == nil && len(s.events) >= knownMin {
		s.known = make(map[string]struct{}, 2*len(s.events))
		for _, e := range s.events {
			s.known[e.ev.Id] = struct{}{}
		}
	}
	if s.known != nil {
		if _, ok := s.known[id]; !ok {
			return -1
		}
	}
	return slices.IndexFunc(s.events, func(e *ownEvent) bool { return e.ev.Id == id })
}

// insertEvent keeps events in Key order; most arrive in order.
func (s *subject) insertEvent(e *ownEvent) {
	if s.known != nil {
		s.known[e.ev.Id] = struct{}{}
	}
	k := keyOf(e.ev)
	i := len(s.events)
	for i > 0 && k.Before(keyOf(s.events[i-1].ev)) {
		i--
	}
	s.events = slices.Insert(s.events, i, e)
}

// note marks an item for settling.
func (s *subject) note(it *item) {
	if !it.changed {
		it.changed = true
		s.tx.changed = append(s.tx.changed, it)
	}
}

// noteCause keeps the later of two causes. A reason that was given stays when the later cause gives none: what moved for that reason is in
// the same posting, and to call it a touch would say that nothing but a touch came.
func (s *subject) noteCause(c *pb.Cause) {
	was := s.tx.cause
	if c == nil || was == c {
		return
	}
	if was == nil {
		s.tx.cause = c
		return
	}
	if e := erasing(was, c); e != nil {
		s.tx.cause = e
		return
	}
	earlier, later := was, c
	if c.ReceiptSeq < was.ReceiptSeq || c.ReceiptSeq == was.ReceiptSeq && c.EventId <= was.EventId {
		earlier, later = c, was
	}
	s.tx.cause = later
	if later.Reason == pb.Reason_REASON_UNSPECIFIED {
		s.giveReason(earlier.Reason)
	}
}

// giveReason says why the transaction changed something, unless its cause says so itself. Causes are shared between subjects, so this
// one's is a copy.
func (s *subject) giveReason(r pb.Reason) {
	if c := s.tx.cause; c != nil && c.Reason == pb.Reason_REASON_UNSPECIFIED && r != pb.Reason_REASON_UNSPECIFIED {
		s.tx.cause = &pb.Cause{EventId: c.EventId, ReceiptSeq: c.ReceiptSeq, EffectiveUs: c.EffectiveUs, Reason: r}
	}
}

// receivedItem returns the item of one sender, nil when there is none.
func (s *subject) receivedItem(k itemKey, from string) *item {
	it := s.received[k]
	for it != nil && it.from != from {
		it = it.twin
	}
	return it
}

// receive adds an item of a sender that has none of that key yet.
func (s *subject) receive(it *item) {
	if s.received == nil {
		s.received = make(map[itemKey]*item)
	}
	if it.key.kind == itemLink {
		s.links++
	}
	head := s.received[it.key]
	if head == nil || it.from < head.from {
		it.twin = head
		s.received[it.key] = it
		return
	}
	for head.twin != nil && head.twin.from < it.from {
		head = head.twin
	}
	it.twin, head.twin = head.twin, it
}

// forget removes a received item.
func (s *subject) forget(it *item) {
	if it.key.kind == itemLink {
		s.links--
	}
	head := s.received[it.key]
	switch {
	case head != it:
		for head.twin != it {
			head = head.twin
		}
		head.twin = it.twin
	case it.twin != nil:
		s.received[it.key] = it.twin
	default:
		delete(s.received, it.key)
	}
	s.size -= int64(it.msg.SizeVT()) + overheadOf(it.key.kind)
}

// upsert takes a contributed item.
func (s *subject) upsert(k itemKey, from string, m message) {
	if t, ok := m.(*pb.Touch); ok {
		s.size += s.scratch.compact(t)
		k.id, from = t.Id, s.scratch.word(from)
	}
	it := s.receivedItem(k, from)
	if it == nil {
		it = &item{key: k, from: from}
		s.receive(it)
		s.size += overheadOf(k.kind)
	} else {
		s.size -= int64(it.msg.SizeVT())
		s.leaves(it)
	}
	s.size += int64(m.SizeVT())
	it.msg, it.atUS, it.gone = m, when(m), false
	s.tx.linksDirty = s.tx.linksDirty || k.kind == itemLink
	s.note(it)
}

// leaves notes the moment that a touch is about to be moved from: a duplicate with a lower receipt sequence may date it anew.
func (s *subject) leaves(it *item) {
	if it.key.kind == itemTouch && it.sent != "" {
		s.touchSpan(it.atUS)
	}
}

// withdraw removes a contributed item; unknown ones are gone already.
func (s *subject) withdraw(k itemKey, from string) {
	if it := s.receivedItem(k, from); it != nil {
		it.gone = true
		s.tx.linksDirty = s.tx.linksDirty || k.kind == itemLink
		s.note(it)
	}
}

func (s *subject) journey(id string) *ownedJourney {
	j := s.journeys[id]
	if j == nil {
		j = &ownedJourney{id: id, state: &pb.OwnedJourney{}}
		if s.journeys == nil {
			s.journeys = make(map[string]*ownedJourney)
		}
		s.journeys[id] = j
	}
	return j
}

func (s *subject) home(id string) *homeJourney {
	h := s.homes[id]
	if h == nil {
		h = &homeJourney{id: id, state: &pb.HomeJourney{}}
		if s.homes == nil {
			s.homes = make(map[string]*homeJourney)
		}
		s.homes[id] = h
	}
	return h
}

// stale marks a journey's state for writing.
func (s *subject) staleJourney(j *ownedJourney) {
	if !j.stale {
		j.stale = true
		s.tx.staleJourneys = append(s.tx.staleJourneys, j)
	}
}

func (s *subject) staleHome(h *homeJourney) {
	if !h.stale {
		h.stale = true
		s.tx.staleHomes = append(s.tx.staleHomes, h)
	}
}

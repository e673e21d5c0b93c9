package operator

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// supersedes tells whether a record counts instead of another one of the same event: what an erasure wrote before what it replaced, and of two copies
// the one that was received first.
func supersedes(ev, old *pb.Event) bool {
	if ev.ErasedSeq != old.ErasedSeq {
		return ev.ErasedSeq > old.ErasedSeq
	}
	return ev.ReceiptSeq < old.ReceiptSeq
}

// causeOfErasure is the cause of everything that an erasure changes. It names the request by its receipt, which says nothing of the person.
func causeOfErasure(seq int64) *pb.Cause {
	return &pb.Cause{
		EventId: "erasure:" + strconv.FormatInt(seq, 36), ReceiptSeq: seq, EffectiveUs: seq, Reason: pb.Reason_REASON_ERASURE,
	}
}

// erasing is the cause of two when one of them is an erasure: whatever came with it, what an erasure touches is posted as such, and subjects that it
// emptied know that they may go. Nil when none is one.
func erasing(a, b *pb.Cause) *pb.Cause {
	if b.Reason == pb.Reason_REASON_ERASURE && (a.Reason != b.Reason || b.ReceiptSeq > a.ReceiptSeq) {
		a, b = b, a
	}
	switch {
	case a.Reason != pb.Reason_REASON_ERASURE:
		return nil
	case a.ReceiptSeq >= b.ReceiptSeq:
		return a
	}
	return &pb.Cause{EventId: a.EventId, ReceiptSeq: b.ReceiptSeq, EffectiveUs: a.EffectiveUs, Reason: a.Reason}
}

// erase removes an event. The journey of a conversion moves to the subject that will hold its stub: both are of one partition, and the mark comes before
// the stub there, so the home is handed over within the operator, and the journey stays posted as it is until the stub is there to be weighed.
func (o *Operator) erase(s *subject, mark *pb.Event) error {
	i, movedTo := s.findEvent(mark.Id), mark.GetErased().MovedTo
	if i < 0 || s.events[i].ev.ErasedSeq > mark.ErasedSeq {
		o.metrics.duplicates.Inc()
		return nil
	}
	s.removeEvent(i)
	delete(s.known, mark.Id)
	s.tx.erased = append(s.tx.erased, mark.Id)
	s.noteCause(causeOfErasure(mark.ErasedSeq))
	if movedTo == "" {
		return nil
	}
	o.gone = append(o.gone, Change{Partition: s.partition, Key: goneKey(s.id, mark.Id), Value: []byte{1}})
	workspace, kind, name, err := identity.ParseSubject(movedTo)
	if err != nil || workspace != s.workspace || movedTo == s.id {
		return nil //nolint:nilerr // what is no subject of this workspace cannot take a journey over
	}
	h := s.homes[attribution.ConversionJourneyID(mark.Id)]
	if h == nil {
		return nil
	}
	t, err := o.touch(address{id: movedTo, workspace: workspace, kind: kind, name: name, partition: s.partition})
	if err != nil {
		return err
	}
	claims := h.state.Claims
	return o.moveBodies(s, t, h, claims, s.handOver(h, t))
}

// gonePrefix starts the state keys of conversions that were erased: a hash of subject and event.
const gonePrefix = "g/"

func goneKey(subject, eventID string) []byte {
	sum := sha256.Sum256([]byte(subject + "\x00" + eventID))
	return append([]byte(gonePrefix), sum[:16]...)
}

// isGone tells whether an event is a copy of a conversion that was erased here. Taken again, its journey would be posted twice until the eraser sees
// it; any other event may come back until then without harm.
func (o *Operator) isGone(s *subject, ev *pb.Event) (bool, error) {
	t := ev.GetTrack()
	if t == nil || t.IsStub || s.rules.Conversion(t.Name) == nil {
		return false, nil
	}
	key := goneKey(s.id, ev.Id)
	if slices.ContainsFunc(o.gone, func(c Change) bool { return c.Partition == s.partition && bytes.Equal(c.Key, key) }) {
		return true, nil
	}
	value, err := o.store.Get(s.partition, key)
	if err != nil {
		return false, fmt.Errorf("look whether an event of %q was erased: %w", s.id, err)
	}
	return value != nil, nil
}

// handOver gives a journey's balances and versions to another home, unless that has its own. Claims are not handed over: the new owner makes its own.
func (s *subject) handOver(h *homeJourney, t *subject) (moved bool) {
	delete(s.homes, h.id)
	s.tx.movedHomes = append(s.tx.movedHomes, h.id)
	s.tx.dueHomes = slices.DeleteFunc(s.tx.dueHomes, func(d *homeJourney) bool { return d == h })
	s.tx.staleHomes = slices.DeleteFunc(s.tx.staleHomes, func(d *homeJourney) bool { return d == h })
	if there := t.homes[h.id]; there != nil && there.state.Version > 0 {
		return false
	}
	st := h.state
	st.Claims, st.ArrivingBodies, st.IsMovedHere = nil, nil, true
	st.IsPostedClaimWithdrawn = st.PostedClaim != nil
	n := t.home(h.id)
	n.state = st
	t.noteCause(s.tx.cause)
	t.noteDue(n)
	if len(t.events) == 0 && len(t.received) == 0 {
		t.tx.headerDirty = true
	}
	return true
}

// awaitsStub tells that a journey's fact is on its way after its home moved.
func (h *homeJourney) awaitsStub() bool { return h.item == nil && h.state.IsMovedHere }

// forgetClaim drops the claim by which a journey was posted that is deleted, once its owner has withdrawn it: nothing is computed from it any more, and
// it names people whom nobody would ever take out of it.
func (s *subject) forgetClaim(h *homeJourney) {
	if st := h.state; st.Unfinished == nil && st.Posted.GetIsDeleted() && st.IsPostedClaimWithdrawn && len(st.Claims) == 0 {
		s.releaseBodies(h)
		st.PostedClaim, st.IsPostedClaimWithdrawn = nil, false
	}
}

// isEmpty tells that nothing is known of a journey: what was to be forgotten here is.
func (h *homeJourney) isEmpty() bool {
	st := h.state
	return h.item == nil && st.FactsRev == 0 && len(st.UnpostedEventIds) == 0 && st.Version == 0 && st.RowVersion == 0 && st.Posted == nil && len(st.Claims) == 0 && !st.IsMovedHere
}

// vanish removes the last of a subject that an erasure has emptied: the header's key is an id. The counters go with it, which is safe because what
// comes later is of other touches.
func (f *flush) vanish(s *subject) {
	if isErasure := s.tx.cause.GetReason() == pb.Reason_REASON_ERASURE; isErasure && !s.state.IsErased && (s.kind == identity.KindVisitor || s.kind.IsPerson()) {
		s.state.IsErased, s.tx.headerDirty = true, true
	}
	if !s.state.IsErased && !s.isUncounted() || len(s.events)+len(s.received)+len(s.journeys)+len(s.homes)+len(s.infos) > 0 {
		return
	}
	f.change(s, headerKey(s.id), nil)
	if s.state.WakeUs != 0 {
		s.setAlarm(0)
	}
	s.state = &pb.SubjectState{RulesRevision: s.state.RulesRevision}
	s.tx.headerDirty = false
}

// isUncounted tells that a header says nothing but by which rules the subject was computed.
func (s *subject) isUncounted() bool {
	revision := s.state.RulesRevision
	s.state.RulesRevision = 0
	size := s.state.SizeVT()
	s.state.RulesRevision = revision
	return size == 0
}

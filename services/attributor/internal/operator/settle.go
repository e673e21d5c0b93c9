package operator

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Row versions: revision of the home (20 bits), then an epoch for each subject that may have passed the touch on, the most significant
// first: e-mail, user, user by alias, contact, contact by merge, account (of a domain, or merged), account by merge. An epoch counts how
// often its subject sent touches elsewhere.
const revisionShift = 43

// epochMax is where a subject's epoch ends; a narrower place in the version ends earlier.
const epochMax = 0x7f

// epochPlace is where in the row version a subject's epoch stands.
type epochPlace struct{ shift, bits uint }

// epochPlace is the place of a subject's epoch in the row version of an item; ok is false when it has none.
func (s *subject) epochPlace(it *item) (place epochPlace, ok bool) {
	var places [2]epochPlace
	switch s.kind {
	case identity.KindEmail:
		return epochPlace{36, 7}, true
	case identity.KindUser:
		places = [2]epochPlace{{29, 7}, {23, 6}}
	case identity.KindContact:
		places = [2]epochPlace{{16, 7}, {10, 6}}
	case identity.KindAccount:
		places = [2]epochPlace{{4, 6}, {0, 4}}
	default:
		return place, false
	}
	if s.fromKin(it) {
		return places[1], true
	}
	return places[0], true
}

// derive brings own items and routes up to date and tells whether every item's destination has to be looked at again.
func (s *subject) derive() (rerouted bool) {
	s.deriveOwn()
	if s.tx.linksDirty || s.loading || s.mayMerge() && (s.tx.infosDirty || s.tx.factsDirty && s.kind != identity.KindUser) {
		rerouted = s.refreshRoutes()
	}
	switch {
	case s.kind == identity.KindOpportunity:
		if s.tx.factsDirty || s.tx.infosDirty || s.loading {
			s.deriveOpportunity()
		}
	case s.kind == identity.KindEmail && rerouted, (s.kind.IsPerson() || s.kind == identity.KindAccount) && (rerouted || s.conversionsChanged()) && s.asks():
		s.deriveLater()
	}
	return rerouted
}

// conversionsChanged tells whether this transaction brought or took a conversion.
func (s *subject) conversionsChanged() bool {
	for _, it := range s.tx.changed {
		if it.key.kind == itemConversion {
			return true
		}
	}
	return false
}

// mayMerge tells the kinds whose subjects can be merged into each other.
func (s *subject) mayMerge() bool {
	return s.kind == identity.KindUser || s.kind == identity.KindContact || s.kind == identity.KindAccount
}

// asks tells whether what a subject asks of others may have changed.
func (s *subject) asks() bool {
	return len(s.routes.path) > 0 || len(s.routes.accounts) > 0 ||
		slices.ContainsFunc(s.later, func(it *item) bool { return it.key.kind == itemInquiry })
}

// deriveLater computes what follows from links: an e-mail's word to its users and a person's questions to domain accounts.
func (s *subject) deriveLater() {
	d := &derivation{s: s}
	if s.kind == identity.KindEmail {
		d.deriveSame()
		d.deriveDomain()
	}
	d.deriveMerge()
	d.deriveInquiries()
	s.reconcile(&s.later, d.want)
}

// recall computes what is not in state, after loading. Nothing is new, so nothing is noted.
func (s *subject) recall() {
	s.loading = true
	s.tx.factsDirty, s.tx.hits = true, true
	s.derive()
	s.each(func(it *item) {
		it.sent, it.changed = s.route(it), false
		it.next = it.sent
	})
	s.recallJourneys()
	s.recallAnswers()
	s.tx = txState{}
	s.loading = false
}

// each calls fn for every item, own ones in order, then received ones in no order.
func (s *subject) each(fn func(*item)) {
	for _, list := range [...][]*item{s.own, s.later, s.sessions} {
		for _, it := range list {
			fn(it)
		}
	}
	for _, it := range s.received {
		for ; it != nil; it = it.twin {
			fn(it)
		}
	}
}

// settle moves every item that changed, or whose destination changed, to where it belongs.
func (f *flush) settle(s *subject) (rerouted bool) {
	rerouted = s.derive()
	if rerouted {
		s.noteMoved()
	}
	moved, touchMoved, ownMoved := false, false, false
	for _, it := range s.tx.changed {
		it.next = ""
		if !it.gone {
			it.next = s.route(it)
			isMove := it.sent != "" && it.next != it.sent
			moved, touchMoved = moved || isMove, touchMoved || isMove && it.key.kind == itemTouch
		}
		ownMoved = ownMoved || it.own() && it.key.kind == itemTouch
	}
	if touchMoved && (s.kind.IsPerson() || s.kind == identity.KindAccount) {
		f.bumpEpoch(s)
	}
	if moved && (rerouted || s.kind == identity.KindOpportunity) {
		// Whatever event it was (a form with an address, a deal that says where people belong, or no longer does): credit moves because of who
		// somebody is.
		s.giveReason(pb.Reason_REASON_IDENTITY)
	}
	if ownMoved {
		s.state.Revision++
		s.tx.headerDirty = true
	}
	for _, it := range s.tx.changed {
		f.move(s, it)
	}
	return rerouted
}

// noteMoved notes every item whose destination is another one now. Received ones come in key order: what is sent must not depend on the
// order of a map.
func (s *subject) noteMoved() {
	for _, list := range [...][]*item{s.own, s.later, s.sessions} {
		for _, it := range list {
			if s.route(it) != it.sent {
				s.note(it)
			}
		}
	}
	for _, k := range sortedKeys(s.received, itemKey.compare) {
		for it := s.received[k]; it != nil; it = it.twin {
			if !it.gone && s.route(it) != it.sent {
				s.note(it)
			}
		}
	}
}

func (f *flush) bumpEpoch(s *subject) {
	if s.state.Epoch == epochMax {
		f.op.metrics.epochs.Inc()
		return
	}
	s.state.Epoch++
	s.tx.headerDirty = true
}

// move sends one item, takes it back from where it was, or keeps it. A twin that goes the same way takes its place.
func (f *flush) move(s *subject, it *item) {
	was := it.sent
	if was != "" && was != s.id && was != it.next {
		if twin := s.best(it, was); twin != nil {
			f.parcel(was).put(s.passOn(twin))
		} else {
			f.parcel(was).remove(it.key)
		}
	}
	if it.next != "" && it.next != s.id {
		f.parcel(it.next).put(s.passOn(s.best(it, it.next)))
	}
	it.sent = it.next
	s.affect(it, was)
	if t := it.touch(); t != nil {
		f.touchRow(s, it, t)
	}
	if it.key.kind == itemInquiry {
		f.answer(s, it, was)
	}
}

// best returns the one of an item and its twins that is the news for a destination, nil when none goes there. While two contacts do not
// agree yet which of them stands for both, one may get back what it gave: its own item is the one that counts.
func (s *subject) best(it *item, to string) *item {
	own := it
	if !it.own() {
		own = s.ownTwin(it)
	}
	if own != nil && !own.gone && own.next == to {
		return own
	}
	return s.received[it.key].best(to)
}

// ownTwin returns the subject's own item that one came back as, nil when there is none.
func (s *subject) ownTwin(it *item) *item {
	if !s.fromKin(it) {
		return nil
	}
	for _, o := range s.own {
		if o.key == it.key {
			return o
		}
	}
	return nil
}

// passOn returns an item's message as the next subject gets it.
func (s *subject) passOn(it *item) message {
	switch m := it.msg.(type) {
	case *pb.Touch:
		v := s.version(it, m)
		if it.own() && !s.kind.IsPerson() {
			m.Version = v
			return m
		}
		return &pb.Touch{
			Id: m.Id, OccurredUs: m.OccurredUs, ReceivedUs: m.ReceivedUs, ReceiptSeq: m.ReceiptSeq, EventId: m.EventId, Kind: m.Kind,
			Origin: m.Origin, VisitorId: m.VisitorId, PersonId: s.rowPersonOnward(it, m), Version: v,
		}
	case *pb.Lead:
		if s.kind.IsPerson() && s.isTerminalFor(it) {
			return &pb.Lead{Id: m.Id, CreatedUs: m.CreatedUs, ReceiptSeq: m.ReceiptSeq, PersonId: s.short()}
		}
	}
	return it.msg
}

// isTerminalFor tells whether the item leaves a person for an account, so that this person is the one it counts for.
func (s *subject) isTerminalFor(it *item) bool {
	return s.routes.parent == "" || it.next != s.routes.parent
}

func (s *subject) rowPersonOnward(it *item, t *pb.Touch) string {
	switch {
	case !s.kind.IsPerson():
		return t.PersonId
	case s.isTerminalFor(it):
		return s.short()
	default:
		return ""
	}
}

// version composes the row version of a touch at this subject.
func (s *subject) version(it *item, t *pb.Touch) int64 {
	v := t.Version
	if it.own() {
		v = s.state.Revision << revisionShift
	}
	at, ok := s.epochPlace(it)
	if !ok {
		return v
	}
	most, epoch := int64(1)<<at.bits-1, int64(s.state.Epoch)
	if s.fromKin(it) {
		if v>>at.shift&most != 0 {
			// It came through another of the kind that was merged: while chains of merges are not known to all. That one's epoch stays, because what it
			// does later has to win, and this one's says nothing about its order.
			return v
		}
		epoch++ // 0 tells that nobody has written it
	}
	return v&^(most<<at.shift) | min(epoch, most)<<at.shift
}

// touchRow writes the row of a touch that stays, or that ceased to be.
func (f *flush) touchRow(s *subject, it *item, t *pb.Touch) {
	if it.gone && !it.own() || !it.gone && it.next != s.id || f.op.cfg.RowsOff {
		return
	}
	row := &pb.Touchpoint{
		Workspace: s.workspace, TouchpointId: t.Id, VisitorId: t.VisitorId, PersonId: s.rowPerson(t), AccountId: s.rowAccount(),
		OccurredUs: t.OccurredUs, ReceivedUs: t.ReceivedUs, Kind: t.Kind, Origin: t.Origin, Version: s.version(it, t),
		IsDeleted: it.gone, EventId: t.EventId,
	}
	if it.gone {
		// What is gone says no more than where its row was.
		row = &pb.Touchpoint{
			Workspace: row.Workspace, TouchpointId: row.TouchpointId, OccurredUs: row.OccurredUs, Version: row.Version, IsDeleted: true,
		}
	}
	f.emit(topicTouchpoints, s.workspace+"|"+t.Id, row)
}

func isDomainAccount(subject string) bool {
	_, kind, name, err := identity.ParseSubject(subject)
	return err == nil && kind == identity.KindAccount && len(name) > 0 && name[:1] == identity.DomainPrefix
}

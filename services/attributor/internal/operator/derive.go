package operator

import (
	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// derivation collects the own items that follow from a subject's state.
type derivation struct {
	s    *subject
	want []*item
}

func (d *derivation) add(kind itemKind, id string, m message, src *pb.Event, fixed string) {
	d.want = append(d.want, &item{key: itemKey{kind: kind, id: id}, msg: m, src: src, atUS: when(m), fixed: fixed})
}

// isBearing tells whether an event has effects beside keeping a session alive.
func (s *subject) isBearing(ev *pb.Event) bool {
	switch b := ev.Body.(type) {
	case *pb.Event_Page:
		return ev.EmailDomain != ""
	case *pb.Event_Track:
		return ev.EmailDomain != "" || s.rules.Conversion(b.Track.GetName()) != nil || s.isForm(b.Track.GetName())
	default:
		return true
	}
}

// isForm tells whether a track call's e-mail identifies its visitor.
func (s *subject) isForm(name string) bool {
	c := s.rules.Conversion(name)
	return s.rules.IsForm(name) || c != nil && c.IsLead
}

// deriveOwn computes the own items that follow from events alone.
func (s *subject) deriveOwn() {
	if s.kind == identity.KindVisitor && s.tx.hits {
		s.deriveSessions()
	}
	if !s.tx.factsDirty || s.kind == identity.KindOpportunity {
		return
	}
	d := &derivation{s: s}
	addresses := newAddresses()
	var facts said
	contact := s.contactState()
	for _, e := range s.events {
		d.event(e.ev, contact)
		addresses.see(e.ev, contact)
		facts.see(s, e.ev)
	}
	addresses.derive(d)
	facts.derive(d)
	s.reconcile(&s.own, d.want)
}

func (d *derivation) event(ev *pb.Event, contact contactState) {
	switch b := ev.Body.(type) {
	case *pb.Event_Touch:
		d.add(itemTouch, "", offlineTouch(ev, b.Touch, d.s.rules.Channels.Origin(b.Touch.GetOrigin())), ev, "")
		last := d.want[len(d.want)-1]
		last.key.id = last.touch().Id
	case *pb.Event_Track:
		d.track(ev, b.Track)
	case *pb.Event_Identify:
		d.visitorLink(ev)
	case *pb.Event_Alias:
		d.alias(ev, b.Alias)
	case *pb.Event_Group:
		d.group(ev)
	case *pb.Event_Account:
		d.account(ev, b.Account)
	case *pb.Event_Contact:
		if !contact.deleted {
			d.contact(ev, b.Contact, contact)
		}
	}
}

func offlineTouch(ev *pb.Event, t *pb.OfflineTouch, origin *pb.Origin) *pb.Touch {
	kind := pb.TouchKind_TOUCH_KIND_OFFLINE
	if t.GetKind() != 0 {
		kind = pb.TouchKind(t.GetKind())
	}
	return &pb.Touch{
		Id: attribution.TouchpointID("", ev.Id), OccurredUs: ev.OccurredUs, ReceivedUs: ev.ReceivedUs, ReceiptSeq: ev.ReceiptSeq,
		EventId: ev.Id, Kind: kind, Origin: named(origin), VisitorId: ev.VisitorId,
	}
}

func (d *derivation) track(ev *pb.Event, t *pb.Track) {
	if c := d.s.rules.Conversion(t.GetName()); c != nil {
		conversion := &pb.Conversion{
			Id: ev.Id, Type: c.Type, IsPrimary: c.Primary, OccurredUs: ev.OccurredUs, ReceivedUs: ev.ReceivedUs, ReceiptSeq: ev.ReceiptSeq,
			EventId: ev.Id, VisitorId: ev.VisitorId, HasValue: t.HasValue, ValueMinor: t.ValueMinor, Currency: t.Currency,
			Home: d.s.id, IsLead: c.IsLead, IsDecided: t.IsDecided, ExcludedBy: t.ExcludedBy,
		}
		if c.IsConditional() {
			conversion.Event, conversion.Properties, conversion.EmailDomain = t.Name, ev.Attributes, ev.EmailDomain
		}
		d.add(itemConversion, ev.Id, conversion, ev, "")
		if c.IsLead {
			d.lead(ev, ev.OccurredUs)
		}
	}
	if d.s.isForm(t.GetName()) && ev.EmailSha256 != "" {
		d.visitorLink(ev)
	}
}

func (d *derivation) lead(ev *pb.Event, createdUS int64) {
	d.add(itemLead, ev.Id, &pb.Lead{Id: ev.Id, CreatedUs: createdUS, ReceiptSeq: ev.ReceiptSeq}, ev, "")
}

func (d *derivation) link(kind pb.LinkKind, id, target string, ev *pb.Event, fixed string) {
	d.add(itemLink, id, &pb.Link{
		Id: id, Target: target, EffectiveUs: ev.OccurredUs, ReceiptSeq: ev.ReceiptSeq, Kind: kind, EventId: ev.Id,
	}, ev, fixed)
}

// visitorLink links the visitor to the person that an identify call or a form names.
func (d *derivation) visitorLink(ev *pb.Event) {
	if target := personOf(d.s, ev); d.s.kind == identity.KindVisitor && target != "" {
		d.link(pb.LinkKind_LINK_KIND_VISITOR, "v:"+ev.Id, target, ev, "")
	}
}

// personOf returns the person an event names, the best id first; empty when it names none.
func personOf(s *subject, ev *pb.Event) string {
	switch {
	case ev.UserId != "":
		return s.peer(identity.KindUser, ev.UserId)
	case ev.ContactId != "":
		return s.peer(identity.KindContact, ev.ContactId)
	case ev.EmailSha256 != "":
		return s.peer(identity.KindEmail, ev.EmailSha256)
	default:
		return ""
	}
}

func (d *derivation) alias(ev *pb.Event, a *pb.Alias) {
	if a.GetPreviousId() == "" || ev.UserId == "" {
		return
	}
	previous, fixed := d.s.peer(identity.KindVisitor, a.PreviousId), ""
	if previous != d.s.id {
		fixed = previous
	}
	user := d.s.peer(identity.KindUser, ev.UserId)
	d.link(pb.LinkKind_LINK_KIND_VISITOR, "v:"+ev.Id, user, ev, fixed)
	// Segment's previousId is a browser's or a user's; nothing says which, and the one that it is not has no events.
	if a.PreviousId == ev.UserId {
		return
	}
	d.link(pb.LinkKind_LINK_KIND_SAME_USER, "u:"+ev.Id, user, ev, d.s.peer(identity.KindUser, a.PreviousId))
}

// group puts the user, else the person the visitor belongs to at that time, into an account.
func (d *derivation) group(ev *pb.Event) {
	isVisitor := d.s.kind == identity.KindVisitor
	if ev.AccountId == "" || !isVisitor && d.s.kind != identity.KindUser {
		return
	}
	fixed := ""
	if isVisitor && ev.UserId != "" {
		fixed = d.s.peer(identity.KindUser, ev.UserId)
	}
	d.link(pb.LinkKind_LINK_KIND_ACCOUNT, "g:"+ev.Id, d.s.peer(identity.KindAccount, ev.AccountId), ev, fixed)
}

// reconcile replaces a list of own items by the wanted ones and notes the differences.
func (s *subject) reconcile(list *[]*item, want []*item) {
	have := newFinder(*list)
	for i, w := range want {
		it := have.find(w.key)
		if it == nil {
			s.adopt(w)
			continue
		}
		it.kept = true
		want[i] = it
		s.renew(it, w)
	}
	for _, it := range *list {
		if it.kept {
			it.kept = false
			continue
		}
		it.gone = true
		s.count(it.touch(), -1)
		s.noteOwn(it)
	}
	*list = want
}

// finder looks items up by key: by scanning when there are a few, which is nearly always.
type finder struct {
	list []*item
	// from is where the next scan starts: both sides are mostly in the same order.
	from  int
	byKey map[itemKey]*item
}

const scanMax = 8

func newFinder(list []*item) *finder {
	f := &finder{list: list}
	if len(list) > scanMax {
		f.byKey = make(map[itemKey]*item, len(list))
		for _, it := range list {
			f.byKey[it.key] = it
		}
	}
	return f
}

func (f *finder) find(k itemKey) *item {
	if f.byKey != nil {
		return f.byKey[k]
	}
	for i := range f.list {
		if it := f.list[(f.from+i)%len(f.list)]; it.key == k {
			f.from = (f.from + i + 1) % len(f.list)
			return it
		}
	}
	return nil
}

// adopt takes a new own item.
func (s *subject) adopt(it *item) {
	switch m := it.msg.(type) {
	case *pb.Conversion:
		m.FactsRev = s.nextFactsRev(attribution.ConversionJourneyID(m.Id))
	case *pb.OpportunityFacts:
		m.FactsRev = s.nextFactsRev(attribution.OpportunityJourneyID(m.OpportunityId))
	}
	s.count(it.touch(), 1)
	s.noteOwn(it)
}

// renew gives an own item its new content.
func (s *subject) renew(it, w *item) {
	if it.src == w.src && it.src != nil && it.fixed == w.fixed && !s.reclassifying {
		return
	}
	keepCounters(it.msg, w.msg)
	it.src = w.src
	isSame := same(it.msg, w.msg)
	if it.fixed == w.fixed && isSame {
		return
	}
	if !isSame {
		nextRev(w.msg)
		s.count(it.touch(), -1)
		s.count(w.touch(), 1)
	}
	s.leaves(it)
	it.msg, it.atUS, it.fixed = w.msg, w.atUS, w.fixed
	s.noteOwn(it)
}

// keepCounters copies what is no content: the version of the last sending and the revision of the facts.
func keepCounters(from, to message) {
	switch m := to.(type) {
	case *pb.Touch:
		m.Version = from.(*pb.Touch).Version
	case *pb.Conversion:
		m.FactsRev = from.(*pb.Conversion).FactsRev
	case *pb.OpportunityFacts:
		m.FactsRev = from.(*pb.OpportunityFacts).FactsRev
	}
}

func nextRev(m message) {
	switch m := m.(type) {
	case *pb.Conversion:
		m.FactsRev++
	case *pb.OpportunityFacts:
		m.FactsRev++
	}
}

func (s *subject) noteOwn(it *item) {
	s.tx.linksDirty = s.tx.linksDirty || it.key.kind == itemLink
	s.note(it)
}

// nextFactsRev is the revision of facts that a home sees for the first time, or again after they were gone.
func (s *subject) nextFactsRev(journey string) int64 {
	h := s.homes[journey]
	switch {
	case h == nil:
		return 1
	case s.loading:
		return h.state.FactsRev
	default:
		return h.state.FactsRev + 1
	}
}

package erasure

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// stub removes the events of the people and writes what takes their place. A mark comes before the stub of its event: both are in one partition.
func (c *clearing) stub() {
	homes := &homes{c: c, bySource: make(map[string]string)}
	touches := c.touches()
	var stubs []*pb.Event
	leads := make(map[string][]*pb.Event)
	for _, e := range c.events {
		owner := c.owned[e.Id]
		if owner == "" {
			continue
		}
		key := c.key[e.Id]
		movedTo := ""
		if t := touches[e.Id]; t != nil {
			stubs = append(stubs, c.touchStub(e, t, homes.of(key, owner, e)))
		}
		if c.who.IsConversion(e) {
			home := homes.of(key, owner, e)
			stubs = append(stubs, c.conversionStub(e, home))
			movedTo = identity.SubjectID(e.Workspace, identity.KindVisitor, home)
		}
		if e.GetGroup() != nil && e.AccountId != "" && len(e.Attributes) > 0 {
			stubs = append(stubs, c.statementStub(e, owner))
		}
		if at := e.GetContact().GetLeadCreatedUs(); at != 0 && !e.GetContact().IsDeleted {
			leads[owner] = append(leads[owner], e)
		}
		c.remove(Record{Key: key, Event: e}, c.r.Seq, movedTo)
	}
	for _, e := range slices.Concat(homes.links, stubs) {
		c.write(stubKey(e), e)
	}
	for _, person := range sorted(c.persons) {
		c.personStubs(person, leads[person])
	}
}

func sorted(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for id, ok := range set {
		if ok {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// touch is what is kept of a touch.
type touch struct {
	kind     pb.TouchKind
	isDirect bool
}

// touches are the touchpoints among the events that go, by the event they start with; bots never earn and are not kept.
func (c *clearing) touches() map[string]*touch {
	found := make(map[string]*touch)
	hits := make(map[string][]attribution.Hit)
	first := make(map[string]*pb.Origin)
	for _, e := range c.events {
		if h, origin, ok := c.who.Hit(e); ok {
			hits[e.VisitorId], first[e.Id] = append(hits[e.VisitorId], h), origin
		}
		if t := e.GetTouch(); t != nil && c.owned[e.Id] != "" && !t.GetOrigin().GetIsBot() {
			found[e.Id] = &touch{kind: pb.TouchKind_TOUCH_KIND_OFFLINE, isDirect: isDirect(t.GetOrigin())}
		}
	}
	for visitor, list := range hits {
		for _, s := range attribution.Sessions(visitor, list, sessionGapUS(c.rules)) {
			id := list[s.First].Key.ID
			if c.owned[id] == "" || s.IsBot {
				continue
			}
			t := &touch{kind: pb.TouchKind_TOUCH_KIND_VISIT, isDirect: isDirect(first[id])}
			if s.Kind == attribution.TouchKindForm {
				t.kind = pb.TouchKind_TOUCH_KIND_FORM
			}
			found[id] = t
		}
	}
	return found
}

func isDirect(o *pb.Origin) bool {
	return attribution.IsDirect(attribution.Evidence(o.GetEvidence()), o.GetChannel())
}

// blank is an event with nothing but its times.
func (c *clearing) blank(e *pb.Event, id string) *pb.Event {
	return &pb.Event{
		Id: id, Workspace: e.Workspace, OccurredUs: e.OccurredUs, ReceivedUs: e.ReceivedUs, ReceiptSeq: e.ReceiptSeq,
		ErasedSeq: max(c.r.Seq, e.ErasedSeq+1),
	}
}

func (c *clearing) touchStub(e *pb.Event, t *touch, home string) *pb.Event {
	c.plan.Counts.Touches++
	s := c.blank(e, c.o.newID())
	s.VisitorId = home
	o := &pb.Origin{Channel: attribution.ChannelErased, Evidence: pb.Evidence_EVIDENCE_EXPLICIT, RulesVersion: event.ExplicitRules}
	if t.isDirect {
		o.Evidence = pb.Evidence_EVIDENCE_NONE
	}
	s.Body = &pb.Event_Touch{Touch: &pb.OfflineTouch{Origin: o, Kind: int32(t.kind)}}
	return s
}

// conversionStub keeps the id: it is the journey's, under which the ledger has its postings.
func (c *clearing) conversionStub(e *pb.Event, home string) *pb.Event {
	c.plan.Counts.Conversions++
	s := c.blank(e, e.Id)
	s.VisitorId = home
	t := e.GetTrack()
	stub := &pb.Track{Name: t.Name, HasValue: t.HasValue, ValueMinor: t.ValueMinor, Currency: t.Currency, IsStub: true}
	if excludedBy, ok := c.decided[e.Workspace][e.Id]; ok {
		stub.IsDecided, stub.ExcludedBy = true, excludedBy
	}
	s.Body = &pb.Event_Track{Track: stub}
	return s
}

// statementStub keeps what a group call said of a company: conversions of everybody there may hang on it.
func (c *clearing) statementStub(e *pb.Event, owner string) *pb.Event {
	s := c.blank(e, c.o.newID())
	s.ContactId, s.AccountId, s.Trusted, s.Attributes = c.substitute(owner), e.AccountId, e.Trusted, e.Attributes
	s.Body = &pb.Event_Group{Group: &pb.Group{}}
	return s
}

// homes are the anonymous visitors that take the place of the subjects that events were at.
type homes struct {
	c        *clearing
	bySource map[string]string
	links    []*pb.Event
}

// of returns the visitor that stands for a record's subject and one person: in the same partition, linked to the person's substitute.
func (h *homes) of(key []byte, owner string, e *pb.Event) string {
	subject := string(identity.KeySubject(key))
	if id, ok := h.bySource[subject+"\x00"+owner]; ok {
		return id
	}
	id := ""
	for {
		id = idPrefix + h.c.o.newID()
		if h.c.o.Partition(identity.SubjectID(e.Workspace, identity.KindVisitor, id)) == h.c.o.Partition(subject) {
			break
		}
	}
	h.bySource[subject+"\x00"+owner] = id
	if owner[:2] != "v|" {
		link := h.c.blank(e, h.c.o.newID())
		link.VisitorId, link.ContactId = id, h.c.substitute(owner)
		link.Body = &pb.Event_Identify{Identify: &pb.Identify{}}
		h.links = append(h.links, link)
	}
	return id
}

// personStubs say where a person's substitute belongs and when it became a lead.
func (c *clearing) personStubs(person string, leads []*pb.Event) {
	if person[:2] == "v|" {
		return
	}
	id, ok := c.substitutes[person]
	if !ok && len(leads) == 0 {
		return // Nothing is counted for it.
	}
	if !ok {
		id = c.substitute(person)
	}
	contact := func(from *pb.Event, change func(*pb.Event, *pb.Contact)) {
		s, body := c.blank(from, c.o.newID()), &pb.Contact{}
		s.ContactId, s.Body = id, &pb.Event_Contact{Contact: body}
		change(s, body)
		c.write(stubKey(s), s)
	}
	at := func(k attribution.Key) *pb.Event {
		return &pb.Event{Workspace: c.r.Workspace, OccurredUs: k.OccurredUS, ReceivedUs: k.OccurredUS, ReceiptSeq: k.ReceiptSeq}
	}
	for _, l := range c.who.Accounts(person) {
		contact(at(l.Key), func(s *pb.Event, body *pb.Contact) {
			s.AccountId, body.ClearsAccount = l.Account, l.Account == ""
		})
	}
	for _, l := range c.who.Domains(person) {
		contact(at(l.Key), func(s *pb.Event, _ *pb.Contact) {
			s.EmailSha256, s.EmailDomain = c.o.newID(), l.Account[len(identity.DomainPrefix):]
		})
	}
	for _, e := range leads {
		contact(e, func(_ *pb.Event, body *pb.Contact) { body.LeadCreatedUs = e.GetContact().LeadCreatedUs })
	}
}

// stubKey is the key of a stub: at its visitor, else its contact.
func stubKey(e *pb.Event) []byte {
	kind, id := identity.KindVisitor, e.VisitorId
	if e.VisitorId == "" {
		kind, id = identity.KindContact, e.ContactId
	}
	return identity.RecordKey(identity.SubjectID(e.Workspace, kind, id), e.Id, e.ReceiptSeq)
}

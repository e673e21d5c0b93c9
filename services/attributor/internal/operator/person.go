package operator

import (
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// contactState is what the CRM records of a contact say about the contact itself.
type contactState struct {
	deleted bool
	// noVisitor and noAccount are the latest records that take back what earlier ones said of the contact's visitor and account.
	noVisitor, noAccount attribution.Key
}

func (s *subject) contactState() contactState {
	var state contactState
	if s.kind != identity.KindContact {
		return state
	}
	_, _, state.deleted = s.standing()
	for _, e := range s.events {
		// In Key order: the last record stays.
		c := e.ev.GetContact()
		if c == nil {
			continue
		}
		if c.ClearsVisitor {
			state.noVisitor = keyOf(e.ev)
		}
		if c.ClearsAccount {
			state.noAccount = keyOf(e.ev)
		}
	}
	return state
}

// contact derives what one CRM record of a contact says.
func (d *derivation) contact(ev *pb.Event, c *pb.Contact, state contactState) {
	if ev.VisitorId != "" && !keyOf(ev).Before(state.noVisitor) {
		d.link(pb.LinkKind_LINK_KIND_VISITOR, "v:"+ev.Id, d.s.id, ev, d.s.peer(identity.KindVisitor, ev.VisitorId))
	}
	if ev.AccountId != "" && !keyOf(ev).Before(state.noAccount) {
		d.link(pb.LinkKind_LINK_KIND_ACCOUNT, "g:"+ev.Id, d.s.peer(identity.KindAccount, ev.AccountId), ev, "")
	}
	if c.GetLeadCreatedUs() != 0 {
		d.lead(ev, c.LeadCreatedUs)
	}
}

// addresses sums up the e-mail addresses among a subject's events, so that a thousand identify calls are one link.
type addresses struct {
	// domains holds the first sighting of each address with a domain, claims the latest claim of each address by each person.
	domains map[string]*pb.Event
	claims  map[claimKey]*pb.Event
}

type claimKey struct{ email, user string }

func newAddresses() *addresses { return &addresses{} }

// see takes an event; events come in Key order. A deleted contact claims nothing, but its address was seen.
func (a *addresses) see(ev *pb.Event, contact contactState) {
	if ev.EmailSha256 == "" {
		return
	}
	if ev.EmailDomain != "" && a.domains[ev.EmailSha256] == nil {
		if a.domains == nil {
			a.domains = make(map[string]*pb.Event)
		}
		a.domains[ev.EmailSha256] = ev
	}
	switch ev.Body.(type) {
	case *pb.Event_Identify:
		if ev.UserId != "" {
			a.claim(claimKey{ev.EmailSha256, ev.UserId}, ev)
		}
	case *pb.Event_Contact:
		if !contact.deleted {
			a.claim(claimKey{email: ev.EmailSha256}, ev)
		}
	}
}

func (a *addresses) claim(k claimKey, ev *pb.Event) {
	if a.claims == nil {
		a.claims = make(map[claimKey]*pb.Event)
	}
	a.claims[k] = ev
}

func (a *addresses) derive(d *derivation) {
	for _, email := range sortedKeys(a.domains, strings.Compare) {
		ev := a.domains[email]
		at := d.s.peer(identity.KindEmail, email)
		target := d.s.peer(identity.KindAccount, identity.DomainPrefix+ev.EmailDomain)
		fixed := at
		if at == d.s.id {
			fixed = ""
		}
		d.link(pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN, "d:"+email, target, ev, fixed)
	}
	for _, k := range sortedKeys(a.claims, func(x, y claimKey) int {
		return strings.Compare(x.email+"\x00"+x.user, y.email+"\x00"+y.user)
	}) {
		ev, target := a.claims[k], d.s.id
		if k.user != "" {
			target = d.s.peer(identity.KindUser, k.user)
		}
		at := d.s.peer(identity.KindEmail, k.email)
		fixed := at
		if at == d.s.id {
			fixed = ""
		}
		d.link(pb.LinkKind_LINK_KIND_EMAIL_OF, "m:"+k.email+"\x00"+target, target, ev, fixed)
	}
}

// domainLink is the id prefix of an e-mail's own word on its domain, which sums up what others saw of it.
const domainLink = "D:"

// deriveDomain dates the domain of an address by its first sighting, whoever saw it.
func (d *derivation) deriveDomain() {
	if e := d.s.routes.domain; e.target != "" {
		id := domainLink + d.s.name
		d.add(itemLink, id, &pb.Link{
			Id: id, Target: e.target, EffectiveUs: e.atUS, ReceiptSeq: e.seq, EventId: e.id, Kind: pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN,
		}, nil, "")
	}
}

// deriveSame tells the users of an address that belongs to a contact who they are.
func (d *derivation) deriveSame() {
	canonical := d.s.routes.parent
	if _, kind, _, err := identity.ParseSubject(canonical); err != nil || kind != identity.KindContact {
		return
	}
	latest := make(map[string]linkEntry)
	for _, e := range d.s.routes.claims {
		// claims are in order: the last one of a user stays.
		latest[e.target] = e
	}
	for _, user := range sortedKeys(latest, strings.Compare) {
		if _, kind, _, err := identity.ParseSubject(user); err != nil || kind != identity.KindUser {
			continue
		}
		e := latest[user]
		// Every address has a word of its own: a user that an alias made another one passes them all on.
		id := "s:" + d.s.name + "\x00" + user
		d.add(itemLink, id, &pb.Link{
			Id: id, Target: canonical, EffectiveUs: e.atUS, ReceiptSeq: e.seq, EventId: e.id, Kind: pb.LinkKind_LINK_KIND_SAME_PERSON,
		}, nil, user)
	}
}

// deriveInquiries asks accounts which account they are in the end, when rows of conversions need to know: a domain has its CRM account, and
// accounts are merged.
func (d *derivation) deriveInquiries() {
	s := d.s
	if !s.kind.IsPerson() || !s.hasConversions() {
		return
	}
	asked := make(map[string]bool)
	for _, e := range s.routes.accounts {
		asked[e.target] = true
	}
	for _, account := range sortedKeys(asked, strings.Compare) {
		d.add(itemInquiry, "r:"+account+"\x00"+s.id, &pb.AccountInquiry{Id: "r:" + account + "\x00" + s.id, Asker: s.id, About: account}, nil, account)
	}
}

// hasConversions tells whether a person owns conversions.
func (s *subject) hasConversions() bool {
	if !s.isTerminal() {
		return false
	}
	for _, it := range s.own {
		if it.key.kind == itemConversion {
			return true
		}
	}
	for k, it := range s.received {
		for ; it != nil && k.kind == itemConversion; it = it.twin {
			if !it.gone {
				return true
			}
		}
	}
	return false
}

// leadOf converts a lead for the journeys of its owner.
func (s *subject) leadOf(l *pb.Lead) attribution.Lead {
	person := l.PersonId
	if s.kind.IsPerson() {
		person = s.short()
	}
	return attribution.Lead{Key: attribution.Key{OccurredUS: l.CreatedUs, ReceiptSeq: l.ReceiptSeq, ID: l.Id}, PersonID: person}
}

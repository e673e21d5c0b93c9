package oracle

import (
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// claims are who says that an address is theirs.
type claims struct{ users, contacts timeline }

// identify computes who everybody is, in the order in which the answers depend on each other.
func (w *world) identify() {
	addresses := make(map[string]*claims)
	w.mergeSubjects()
	for _, e := range w.events {
		w.linkVisitor(e)
		claimAddress(e, addresses, w.isDeleted(e.ContactId))
	}
	for _, t := range w.visitors {
		t.sort()
	}
	w.unifyPersons(addresses)
	w.linkAccounts()
	w.describeAccounts()
}

// linkVisitor collects the persons that events name for a visitor.
func (w *world) linkVisitor(e *tributaryv1.Event) {
	visitor, person := e.VisitorId, ""
	switch body := e.Body.(type) {
	case *tributaryv1.Event_Identify:
		person = homePerson(e)
	case *tributaryv1.Event_Track:
		if c, ok := w.conversions[body.Track.GetName()]; e.EmailSha256 != "" && (w.forms[body.Track.GetName()] || ok && c.IsLead) {
			person = kindEmail + e.EmailSha256
			if e.UserId != "" {
				person = kindUser + e.UserId
			}
		}
	case *tributaryv1.Event_Contact:
		if e.ContactId != "" && !w.isDeleted(e.ContactId) && !keyOf(e).Before(w.noVisitor[e.ContactId]) {
			person = kindContact + e.ContactId
		}
	case *tributaryv1.Event_Alias:
		visitor = body.Alias.GetPreviousId()
		if e.UserId != "" {
			person = kindUser + e.UserId
		}
	}
	if visitor != "" && person != "" {
		w.visitors[visitor] = append(w.visitors[visitor], dated{keyOf(e), person})
	}
}

// claimAddress collects who claims an event's address.
func claimAddress(e *tributaryv1.Event, addresses map[string]*claims, deleted bool) {
	if e.EmailSha256 == "" {
		return
	}
	c := addresses[e.EmailSha256]
	if c == nil {
		c = &claims{}
		addresses[e.EmailSha256] = c
	}
	// Events come in Key order, so the time lines are sorted.
	switch {
	case e.GetIdentify() != nil && e.UserId != "":
		c.users = append(c.users, dated{keyOf(e), e.UserId})
	case e.GetContact() != nil && e.ContactId != "" && !deleted:
		c.contacts = append(c.contacts, dated{keyOf(e), e.ContactId})
	}
}

// unifyPersons decides the canonical person of each address and the contact of each user.
func (w *world) unifyPersons(addresses map[string]*claims) {
	parents := make(map[string]timeline)
	for address, c := range addresses {
		switch {
		case len(c.contacts) > 0:
			contact := kindContact + c.contacts.last().target
			w.canonical[address] = contact
			latest := make(map[string]attribution.Key)
			for _, u := range c.users {
				latest[u.target] = u.key
			}
			for user, key := range latest {
				root := w.userMerges.root(user)
				parents[root] = append(parents[root], dated{key, contact})
			}
		case len(c.users) > 0:
			w.canonical[address] = kindUser + c.users.last().target
		}
	}
	for user, t := range parents {
		t.sort()
		w.parent[user] = t.last().target
	}
}

// terminal returns the most authoritative id of a person; "" stays "".
func (w *world) terminal(person string) string {
	if address, ok := strings.CutPrefix(person, kindEmail); ok {
		if c, ok := w.canonical[address]; ok {
			person = c
		}
	}
	if user, ok := strings.CutPrefix(person, kindUser); ok {
		root := w.userMerges.root(user)
		person = kindUser + root
		if p, ok := w.parent[root]; ok {
			person = p
		}
	}
	if contact, ok := strings.CutPrefix(person, kindContact); ok {
		person = kindContact + w.contactMerges.root(contact)
	}
	return person
}

// isDeleted tells whether a contact is gone; a merged one is not, it lives on in another.
func (w *world) isDeleted(contact string) bool { return w.deletedContacts[contact] }

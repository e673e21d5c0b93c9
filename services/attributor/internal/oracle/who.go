package oracle

import (
	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// Who answers who was who in one workspace, by the rules of credit. Persons are named kind|id.
type Who struct{ w *world }

// AccountLink says that a person belongs to an account from a moment on.
type AccountLink struct {
	Key attribution.Key
	// Account is a CRM account's id, "@domain" for a company known by its domain, and empty where the CRM took the person out of its account.
	Account string
}

// WhoIs computes the identities of one workspace from its events, one per id. A deletion of a contact does not count: an erasure that comes with it is
// about everything that was joined before.
func WhoIs(events []*tributaryv1.Event, r *rules.Rules) (*Who, error) {
	w, err := newWorld(workspaceOf(events), r, events, &Result{Models: make(map[string][]string)})
	if err != nil {
		return nil, err
	}
	w.keepDeleted = true
	w.identify()
	return &Who{w: w}, nil
}

func workspaceOf(events []*tributaryv1.Event) string {
	if len(events) == 0 {
		return ""
	}
	return events[0].Workspace
}

// Distinct returns one event per id of each workspace, in Key order: duplicates, what an erasure replaced or removed and requests to erase left out.
func Distinct(events []*tributaryv1.Event) (map[string][]*tributaryv1.Event, error) {
	return distinct(events)
}

// Decided returns, by event id, which rule keeps each conversion among a workspace's events (one per id, in Key order) from earning credit; empty when none does.
func Decided(events []*tributaryv1.Event, r *rules.Rules) (map[string]string, error) {
	w, err := newWorld(workspaceOf(events), r, events, &Result{Models: make(map[string][]string)})
	if err != nil {
		return nil, err
	}
	w.identify()
	decided := make(map[string]string)
	for _, e := range events {
		if c, ok := w.conversionOf(e); ok {
			decided[e.Id] = c.ExcludedBy
		}
	}
	return decided, nil
}

// Counts tells whether of two records with one id the first one is the event.
func Counts(e, than *tributaryv1.Event) bool { return counts(e, than) }

// Person is the person that an event belongs to at its time, "" for an unidentified visitor or an event about nobody.
func (w *Who) Person(e *tributaryv1.Event) string { return w.w.personOf(e, e.OccurredUs) }

// Named is the person that the event's ids name, "" when they name none.
func (w *Who) Named(e *tributaryv1.Event) string { return w.w.terminal(homePerson(e)) }

// Terminal is the most authoritative id of a person.
func (w *Who) Terminal(person string) string { return w.w.terminal(person) }

// VisitorAt is the person that a visitor belongs to at a moment, "" while unidentified.
func (w *Who) VisitorAt(visitor string, us int64) string {
	return w.w.terminal(w.w.visitors[visitor].at(us))
}

// Accounts are what the CRM and group calls say of a terminal person's accounts, Domains the companies of its addresses. Both in order.
func (w *Who) Accounts(person string) []AccountLink { return links(w.w.accounts[person]) }

// Domains are the companies of a terminal person's addresses.
func (w *Who) Domains(person string) []AccountLink { return links(w.w.domains[person]) }

func links(t timeline) []AccountLink {
	out := make([]AccountLink, len(t))
	for i, d := range t {
		out[i] = AccountLink{Key: d.key, Account: d.target}
	}
	return out
}

// Hit returns what an event shows of a visitor's activity on the site; ok is false when it shows none.
func (w *Who) Hit(e *tributaryv1.Event) (h attribution.Hit, origin *tributaryv1.Origin, ok bool) {
	return w.w.hit(e)
}

// IsConversion tells whether an event is a conversion.
func (w *Who) IsConversion(e *tributaryv1.Event) bool {
	_, ok := w.w.conversions[e.GetTrack().GetName()]
	return ok && e.GetTrack() != nil
}

package oracle

import (
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const domainPrefix = "@"

// linkAccounts collects the account evidence of every terminal person.
func (w *world) linkAccounts() {
	sighted := make(map[string]bool)
	for _, e := range w.events {
		w.linkAccount(e)
		if e.EmailSha256 != "" && e.EmailDomain != "" && !sighted[e.EmailSha256] {
			sighted[e.EmailSha256] = true
			person := w.terminal(kindEmail + e.EmailSha256)
			w.domains[person] = append(w.domains[person], dated{keyOf(e), domainPrefix + e.EmailDomain})
		}
		if a := e.GetAccount(); a.GetDomain() != "" && !w.isDeletedAccount(e.AccountId) {
			w.domainAccount[domainPrefix+a.Domain] = e.AccountId
		}
		if s := e.GetStage(); s != nil && e.AccountId != "" && s.AccountDomain != "" {
			// In Key order: the latest record wins.
			w.domainAccount[domainPrefix+s.AccountDomain] = e.AccountId
		}
	}
	for id, o := range w.folded {
		w.hintAccount(id, o)
	}
	for _, lines := range []map[string]timeline{w.accounts, w.hints, w.domains} {
		for _, t := range lines {
			t.sort()
		}
	}
}

func (w *world) linkAccount(e *tributaryv1.Event) {
	if e.AccountId == "" {
		return
	}
	person := ""
	switch {
	case e.GetContact() != nil && e.ContactId != "" && (w.isDeleted(e.ContactId) || keyOf(e).Before(w.noAccount[e.ContactId])):
	case e.GetContact() != nil && e.ContactId != "":
		person = kindContact + e.ContactId
	case e.GetGroup() != nil && e.UserId != "":
		person = kindUser + e.UserId
	case e.GetGroup() != nil && e.VisitorId != "":
		person = w.visitors[e.VisitorId].at(e.OccurredUs)
	}
	if person = w.terminal(person); person != "" {
		w.accounts[person] = append(w.accounts[person], dated{keyOf(e), e.AccountId})
	}
}

// hintAccount lets an opportunity say where the people it lists belong.
func (w *world) hintAccount(id string, o *attribution.Opportunity) {
	account := accountNamed(o)
	if account == "" || o.IsDeleted {
		return
	}
	for _, listed := range listedPersons(o) {
		person := w.terminal(listed)
		key := attribution.Key{OccurredUS: o.CreatedUS, ID: id}
		w.hints[person] = append(w.hints[person], dated{key, account})
	}
}

// accountNamed is the account that an opportunity's records name, "" when they name none.
func accountNamed(o *attribution.Opportunity) string {
	switch {
	case o.AccountID != "":
		return o.AccountID
	case o.AccountDomain != "":
		return domainPrefix + o.AccountDomain
	default:
		return ""
	}
}

// listedPersons are the people of an opportunity: contact ids, then addresses, each in the order given.
func listedPersons(o *attribution.Opportunity) []string {
	var persons []string
	add := func(kind string, ids []string) {
		for _, id := range ids {
			if id != "" {
				persons = append(persons, kind+id)
			}
		}
	}
	add(kindContact, o.ContactIDs)
	add(kindEmail, o.ContactEmails)
	return persons
}

// accountAt is the account of a terminal person at a moment, "" when none is known.
func (w *world) accountAt(person string, us int64) string {
	for _, lines := range []map[string]timeline{w.accounts, w.hints, w.domains} {
		if account := lines[person].at(us); account != "" {
			return w.resolve(account)
		}
	}
	return ""
}

// resolve replaces the account of a domain by the CRM's, and that by the one it was merged into.
func (w *world) resolve(account string) string {
	if strings.HasPrefix(account, domainPrefix) {
		id, ok := w.domainAccount[account]
		if !ok {
			return account
		}
		account = id
	}
	return w.accountMerges.root(account)
}

// isDeletedAccount tells whether an account is gone; a merged one lives on in another.
func (w *world) isDeletedAccount(account string) bool { return w.deletedAccounts[account] }

package oracle

import (
	"cmp"
	"strings"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// statement is what one event says of an attribute of an account.
type statement struct {
	event *tributaryv1.Event
	value string
}

// describeAccounts collects what is known of each account in the end: of all statements about it, or about what was merged into it, the
// latest of a trusted sender, else the latest.
func (w *world) describeAccounts() {
	for _, e := range w.events {
		if e.AccountId == "" || e.GetGroup() == nil && (e.GetAccount() == nil || w.isDeletedAccount(e.AccountId)) {
			continue
		}
		account := w.accountMerges.root(e.AccountId)
		for _, a := range e.Attributes {
			if w.attributes[account] == nil {
				w.attributes[account] = make(map[string]statement)
			}
			now := statement{e, a.Value}
			if was, ok := w.attributes[account][a.Name]; !ok || was.compare(now) < 0 {
				w.attributes[account][a.Name] = now
			}
		}
	}
}

func (s statement) compare(o statement) int {
	if s.event.Trusted != o.event.Trusted {
		if o.event.Trusted {
			return -1
		}
		return 1
	}
	return cmp.Or(keyOf(s.event).Compare(keyOf(o.event)), strings.Compare(s.value, o.value))
}

// excludedBy returns the rule that keeps a conversion from earning credit: what an erasure decided, else what is known of the conversion, its account and
// its person.
func (w *world) excludedBy(e *tributaryv1.Event, rule *rules.Conversion, c *Conversion) string {
	if e.GetTrack().GetIsDecided() {
		return e.GetTrack().GetExcludedBy()
	}
	f := &rules.Facts{Account: make(map[string]string), Properties: make(map[string]string)}
	if c.Account != "" {
		for name, s := range w.attributes[c.Account] {
			f.Account[name] = s.value
		}
	}
	for _, a := range e.Attributes {
		f.Properties[a.Name] = a.Value
	}
	if e.EmailDomain != "" {
		f.EmailDomains = append(f.EmailDomains, e.EmailDomain)
	}
	for _, d := range w.domains[c.Person] {
		f.EmailDomains = append(f.EmailDomains, strings.TrimPrefix(d.target, domainPrefix))
	}
	return rule.ExcludedBy(f)
}

package oracle

import (
	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// mergesMax bounds the chain of merges that is followed; a subject further from the end stands for itself.
const mergesMax = 16

// merges says into which other subject of its kind each one was merged, by names without kind.
type merges map[string]dated

// root is who stands for a subject in the end: itself, the end of its chain, or, when the chain ends in a circle, who of the circle was
// merged into last.
func (m merges) root(id string) string {
	seen := map[string]int{id: 0}
	var chain []dated
	for at := id; ; {
		e, ok := m[at]
		if !ok {
			return at
		}
		if len(chain) == mergesMax {
			return id
		}
		chain = append(chain, e)
		at = e.target
		if from, closed := seen[at]; closed {
			return latestOf(chain[from:]).target
		}
		seen[at] = len(chain)
	}
}

func latestOf(chain []dated) dated {
	latest := timeline(append([]dated(nil), chain...))
	latest.sort()
	return latest.last()
}

// mergeSubjects collects the merges of contacts, users and accounts: each from the latest statement about it. Events are in Key order.
func (w *world) mergeSubjects() {
	for _, e := range w.events {
		switch body := e.Body.(type) {
		case *tributaryv1.Event_Contact:
			w.contactMerges.state(keyOf(e), e.ContactId, body.Contact.GetMergedInto())
		case *tributaryv1.Event_Account:
			w.accountMerges.state(keyOf(e), e.AccountId, body.Account.GetMergedInto())
		case *tributaryv1.Event_Alias:
			if from := body.Alias.GetPreviousId(); from != "" && e.UserId != "" && from != e.UserId {
				w.userMerges[from] = dated{keyOf(e), e.UserId}
			}
		}
	}
}

// state takes a statement that also undoes an earlier one.
func (m merges) state(key attribution.Key, id, into string) {
	if into == "" || into == id {
		delete(m, id)
		return
	}
	m[id] = dated{key, into}
}

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

// mergeSubjects collects the merges of contacts, users and accounts: each from the statements about it. Events are in Key order.
func (w *world) mergeSubjects() {
	for _, e := range w.events {
		switch body := e.Body.(type) {
		case *tributaryv1.Event_Contact:
			w.stand(w.contactMerges, w.deletedContacts, statedOf(e, e.ContactId, body.Contact))
		case *tributaryv1.Event_Account:
			w.stand(w.accountMerges, w.deletedAccounts, statedOf(e, e.AccountId, body.Account))
		case *tributaryv1.Event_Alias:
			if from := body.Alias.GetPreviousId(); from != "" && e.UserId != "" && from != e.UserId {
				w.userMerges[from] = dated{keyOf(e), e.UserId}
			}
		}
	}
}

// stated is what one CRM record says of whether its subject stands for itself.
type stated struct {
	key       attribution.Key
	id, into  string
	isDeleted bool
}

func statedOf(e *tributaryv1.Event, id string, body interface {
	GetMergedInto() string
	GetIsDeleted() bool
},
) stated {
	return stated{keyOf(e), id, body.GetMergedInto(), body.GetIsDeleted()}
}

// stand takes the next record of a contact or account: a merge makes another one stand for it, a record of a living one undoes merge and deletion, and a
// deletion is the end of one that stood for itself. CRMs delete what they have merged away, so a deletion does not undo a merge.
func (w *world) stand(m merges, deleted map[string]bool, s stated) {
	_, isMerged := m[s.id]
	switch {
	case s.into != "" && s.into != s.id:
		m[s.id] = dated{s.key, s.into}
		delete(deleted, s.id)
	case s.isDeleted && (isMerged || w.keepDeleted):
	case s.isDeleted:
		deleted[s.id] = true
	default:
		delete(m, s.id)
		delete(deleted, s.id)
	}
}

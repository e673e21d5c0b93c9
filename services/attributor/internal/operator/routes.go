package operator

import (
	"maps"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// routes are what a subject's links say.
type routes struct {
	// parent is where everything goes that is not about the subject itself: a more authoritative id of the person, or the CRM account
	// of a domain. Empty: the subject is terminal.
	parent string
	// persons is a visitor's time line.
	persons timeline
	// claims are who says that an e-mail is theirs, in order.
	claims timeline
	// accounts is a person's time line, of the best kind of evidence there is.
	accounts timeline
}

func (r *routes) equal(o *routes) bool {
	return r.parent == o.parent && slices.Equal(r.persons, o.persons) && slices.Equal(r.claims, o.claims) &&
		slices.Equal(r.accounts, o.accounts)
}

// refreshRoutes reads the links again and tells whether anything changed.
func (s *subject) refreshRoutes() bool {
	lines := s.timelines()
	var r routes
	r.persons = lines[pb.LinkKind_LINK_KIND_VISITOR]
	r.claims = lines[pb.LinkKind_LINK_KIND_EMAIL_OF]
	for _, kind := range [...]pb.LinkKind{
		pb.LinkKind_LINK_KIND_ACCOUNT, pb.LinkKind_LINK_KIND_ACCOUNT_HINT, pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN,
	} {
		if r.accounts == nil {
			r.accounts = lines[kind]
		}
	}
	switch s.kind {
	case identity.KindEmail:
		r.parent = canonical(r.claims)
	case identity.KindUser:
		if e, ok := lines[pb.LinkKind_LINK_KIND_SAME_PERSON].latest(); ok {
			r.parent = e.target
		}
	case identity.KindContact:
		r.parent = s.contactState().merged
	case identity.KindAccount:
		if e, ok := lines[pb.LinkKind_LINK_KIND_SAME_ACCOUNT].latest(); ok && e.target != s.id {
			r.parent = e.target
		}
	}
	changed := !r.equal(&s.routes)
	s.routes = r
	return changed
}

// timelines sorts the links that are about this subject by kind.
func (s *subject) timelines() map[pb.LinkKind]timeline {
	var lines map[pb.LinkKind]timeline
	add := func(it *item) {
		if l := it.link(); l != nil && it.fixed == "" && !it.gone {
			if lines == nil {
				lines = make(map[pb.LinkKind]timeline)
			}
			lines[l.Kind] = append(lines[l.Kind], entryOf(l))
		}
	}
	for _, it := range s.own {
		add(it)
	}
	for k, it := range s.received {
		for ; it != nil && k.kind == itemLink; it = it.twin {
			add(it)
		}
	}
	for _, t := range lines {
		t.sort()
	}
	return lines
}

// canonical returns whose address it is: the contact with the latest claim, else the user with the latest, else nobody.
func canonical(claims timeline) string {
	user := ""
	for _, e := range slices.Backward(claims) {
		_, kind, _, err := identity.ParseSubject(e.target)
		switch {
		case err == nil && kind == identity.KindContact:
			return e.target
		case err == nil && user == "":
			user = e.target
		}
	}
	return user
}

// route says where an item belongs now.
func (s *subject) route(it *item) string {
	if it.fixed != "" {
		return it.fixed
	}
	if l := it.link(); l != nil && isAboutReceiver(l.Kind) {
		return s.id
	}
	to := ""
	switch {
	case s.kind == identity.KindVisitor:
		to = s.routes.persons.at(it.atUS)
	case s.routes.parent != "" && !s.fromMerged(it):
		to = s.routes.parent
	case s.kind.IsPerson() && (it.key.kind == itemTouch || it.key.kind == itemLead):
		to = s.routes.accounts.at(it.atUS)
	}
	if to == "" {
		return s.id
	}
	return to
}

// isAboutReceiver tells the links that say what the receiver is; the others say where its touches count and move on with them.
func isAboutReceiver(k pb.LinkKind) bool {
	switch k {
	case pb.LinkKind_LINK_KIND_ACCOUNT, pb.LinkKind_LINK_KIND_ACCOUNT_HINT, pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN:
		return false
	default:
		return true
	}
}

// fromMerged tells whether a contact has the item from another contact that was merged into it. Such items stay: two contacts merged
// into each other would pass them round for ever.
func (s *subject) fromMerged(it *item) bool {
	if s.kind != identity.KindContact || it.own() {
		return false
	}
	_, kind, _, err := identity.ParseSubject(it.from)
	return err == nil && kind == identity.KindContact
}

// keeps tells whether a touch or lead earns credit in journeys of this subject: it stays here, or its person passes it to an account
// but weighs it for its own conversions.
func (s *subject) keeps(it *item) bool {
	if it.gone || it.sent == "" {
		return false
	}
	return it.sent == s.id || s.kind.IsPerson() && (s.routes.parent == "" || it.sent != s.routes.parent)
}

func sortedKeys[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	if len(m) == 0 {
		return nil
	}
	keys := slices.Collect(maps.Keys(m))
	slices.SortFunc(keys, compare)
	return keys
}

// rowPerson and rowAccount are what a row says of an item that stays here.
func (s *subject) rowPerson(t *pb.Touch) string {
	if s.kind.IsPerson() {
		return s.short()
	}
	return t.PersonId
}

func (s *subject) rowAccount() string {
	if s.kind == identity.KindAccount {
		return s.name
	}
	return ""
}

// resolve returns the account that a domain account stands for, as far as it has answered.
func (s *subject) resolve(account string) string {
	best := ""
	for k, info := range s.infos {
		if k.about == account && !info.Gone && (best == "" || strings.Compare(info.Account, best) > 0) {
			best = info.Account
		}
	}
	if best == "" {
		return account
	}
	return best
}

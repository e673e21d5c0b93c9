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
	// domain is the first sighting of an e-mail's domain.
	domain linkEntry
	// accounts is a person's time line, of the best kind of evidence there is.
	accounts timeline
	// domains are the company domains of a terminal person's addresses, sorted.
	domains []string
	// path is the chain of merges with others of the same kind.
	path mergePath
}

func (r *routes) equal(o *routes) bool {
	return r.parent == o.parent && r.domain == o.domain && slices.Equal(r.persons, o.persons) && slices.Equal(r.claims, o.claims) &&
		slices.Equal(r.accounts, o.accounts) && slices.Equal(r.domains, o.domains) && r.path.equal(o.path)
}

// refreshRoutes reads the links again and tells whether anything changed.
func (s *subject) refreshRoutes() bool {
	lines := s.timelines()
	was := s.routes
	s.routes = routes{persons: lines[pb.LinkKind_LINK_KIND_VISITOR], claims: lines[pb.LinkKind_LINK_KIND_EMAIL_OF]}
	r := &s.routes
	r.path = s.mergePath(s.mergeEdge(lines))
	r.parent = r.path.root(s.id)
	switch s.kind {
	case identity.KindEmail:
		r.parent = canonical(r.claims)
		if t := lines[pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN]; len(t) > 0 {
			r.domain = t[0]
		}
	case identity.KindUser:
		if e, ok := lines[pb.LinkKind_LINK_KIND_SAME_PERSON].latest(); ok && r.parent == "" {
			r.parent = e.target
		}
	case identity.KindVisitor, identity.KindContact, identity.KindAccount, identity.KindOpportunity, identity.KindCell, identity.KindControl:
	}
	if s.kind.IsPerson() {
		r.accounts = s.accountLine()
	}
	return !r.equal(&was)
}

// accountLine is the time line of the best kind of account links among those that stay.
func (s *subject) accountLine() timeline {
	lines := make(map[pb.LinkKind]timeline)
	s.eachLink(func(it *item, l *pb.Link) {
		if s.isTerminal() && !s.isSighting(it, l) {
			lines[l.Kind] = append(lines[l.Kind], entryOf(l))
		}
	})
	if s.routes.domain.target != "" && s.routes.parent == "" {
		lines[pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN] = timeline{s.routes.domain}
	}
	for _, e := range lines[pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN] {
		_, domain, _ := strings.Cut(e.target, identity.DomainPrefix)
		s.routes.domains = append(s.routes.domains, domain)
	}
	slices.Sort(s.routes.domains)
	s.routes.domains = slices.Compact(s.routes.domains)
	for _, kind := range [...]pb.LinkKind{
		pb.LinkKind_LINK_KIND_ACCOUNT, pb.LinkKind_LINK_KIND_ACCOUNT_HINT, pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN,
	} {
		if t := lines[kind]; t != nil {
			t.sort()
			return t
		}
	}
	return nil
}

// timelines sorts the links of the subject by kind.
func (s *subject) timelines() map[pb.LinkKind]timeline {
	lines := make(map[pb.LinkKind]timeline)
	s.eachLink(func(_ *item, l *pb.Link) {
		lines[l.Kind] = append(lines[l.Kind], entryOf(l))
	})
	for _, t := range lines {
		t.sort()
	}
	return lines
}

// eachLink calls fn for every link that others or own events gave this subject; what it tells others is not among them.
func (s *subject) eachLink(fn func(*item, *pb.Link)) {
	for _, it := range s.own {
		if l := it.link(); l != nil && it.fixed == "" && !it.gone {
			fn(it, l)
		}
	}
	for k, it := range s.received {
		for ; it != nil && k.kind == itemLink; it = it.twin {
			if l := it.link(); l != nil && !it.gone {
				fn(it, l)
			}
		}
	}
}

// isSighting tells whether a link is somebody's sighting of this address; the address passes on the first one only.
func (s *subject) isSighting(it *item, l *pb.Link) bool {
	return s.kind == identity.KindEmail && l.Kind == pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN && !strings.HasPrefix(it.key.id, domainLink)
}

// isTerminal tells that nobody else stands for the subject.
func (s *subject) isTerminal() bool { return s.routes.parent == "" }

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
	if l := it.link(); l != nil && (s.isAboutThis(l.Kind) || s.isSighting(it, l)) {
		return s.id
	}
	if q, ok := it.msg.(*pb.AccountInquiry); ok && q.IsPath {
		return s.id
	}
	to := ""
	switch {
	case s.kind == identity.KindVisitor:
		to = s.routes.persons.at(it.atUS)
	case s.kind.IsPerson() && it.key.kind == itemOpportunity:
		// It was sent to the person that answered as the terminal one; when that changes the opportunity hears of it and moves itself.
	case !s.isTerminal():
		to = s.routes.parent
	case s.kind.IsPerson() && (it.key.kind == itemTouch || it.key.kind == itemLead):
		to = s.routes.accounts.at(it.atUS)
	}
	if to == "" {
		return s.id
	}
	return to
}

// isAboutThis tells the links that say what the receiver is; the others say where its touches count and move on with them. Who a user is
// counts for the user that an alias made of them.
func (s *subject) isAboutThis(k pb.LinkKind) bool {
	switch k {
	case pb.LinkKind_LINK_KIND_ACCOUNT, pb.LinkKind_LINK_KIND_ACCOUNT_HINT, pb.LinkKind_LINK_KIND_ACCOUNT_DOMAIN:
		return false
	case pb.LinkKind_LINK_KIND_SAME_PERSON:
		return s.routes.path.root(s.id) == ""
	default:
		return true
	}
}

// fromKin tells whether an item came from another subject of the same kind, one that was merged into this one.
func (s *subject) fromKin(it *item) bool {
	if it.own() {
		return false
	}
	_, kind, _, err := identity.ParseSubject(it.from)
	return err == nil && kind == s.kind
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

package attribution

import (
	"cmp"
	"slices"
)

// DefaultSessionGapUS is how long a web session survives without activity: 30 minutes.
const DefaultSessionGapUS = 30 * 60 * 1_000_000

// Evidence says what told where a hit came from. The numbers are those of the Evidence enum on the wire.
type Evidence uint8

// The kinds of evidence. The zero value counts as none.
const (
	EvidenceNone     Evidence = 1
	EvidenceUTM      Evidence = 2
	EvidenceClickID  Evidence = 3
	EvidenceReferrer Evidence = 4
	EvidenceExplicit Evidence = 5
)

// Hit is one event of a visitor that shows activity on the site. Page and screen calls are hits; track and identify calls are when they
// were sent from a page (on_page); a form is one however it was sent. Other calls, such as an order sent by a server, are not: they
// say nothing about the visitor being on the site.
type Hit struct {
	Key Key
	// IsPage says that this is a page or screen call.
	IsPage   bool
	Evidence Evidence
	// Source, Medium, Campaign and ClickID are compared exactly: a difference starts a new touchpoint.
	Source, Medium, Campaign, ClickID string
	// IsForm says that the hit is a configured form.
	IsForm bool
	IsBot  bool
	// BotReason is empty unless IsBot.
	BotReason string
}

// Session is one web touchpoint: an interval of a visitor's hits with one source.
type Session struct {
	// ID is TouchpointID of the visitor and the first hit's event.
	ID string
	// First indexes the hit in the argument of Sessions that the session starts with; its origin is the touchpoint's origin.
	First int
	// Key is the first hit's.
	Key Key
	// LastUS is the occurrence of the last hit.
	LastUS int64
	// Kind is TouchKindForm as soon as one hit is a form.
	Kind TouchKind
	// IsBot is set as soon as one hit is a bot's; BotReason is that of the first such hit.
	IsBot     bool
	BotReason string
	// Hits counts the hits, duplicates left out.
	Hits int
}

// Sessions divides one visitor's hits into web touchpoints, in Key order. It is a function of the set of hits: their order does not
// matter, and of several with the same event id the one with the lowest receipt sequence counts. hits is not changed.
//
//   - More than gapUS without a hit ends a session (exactly gapUS does not); gapUS <= 0 means DefaultSessionGapUS.
//   - Any hit starts a session when none runs.
//   - A page with evidence of another source, medium, campaign or click id than the running session's starts a new one at once; so
//     does another hit, but only by utm, click id or explicit evidence, because it repeats the referrer of the page it was sent from.
//   - Everything else extends the running session.
func Sessions(visitorID string, hits []Hit, gapUS int64) []Session {
	if gapUS <= 0 {
		gapUS = DefaultSessionGapUS
	}
	var sessions []Session
	for _, i := range hitOrder(hits) {
		h := &hits[i]
		n := len(sessions)
		if n == 0 || h.Key.OccurredUS-sessions[n-1].LastUS > gapUS || h.changesSource(&hits[sessions[n-1].First]) {
			sessions = append(sessions, Session{
				ID: TouchpointID(visitorID, h.Key.ID), First: i, Key: h.Key, Kind: TouchKindVisit,
			})
			n++
		}
		sessions[n-1].add(h)
	}
	return sessions
}

func (s *Session) add(h *Hit) {
	s.LastUS = h.Key.OccurredUS
	s.Hits++
	if h.IsForm {
		s.Kind = TouchKindForm
	}
	if h.IsBot && !s.IsBot {
		s.IsBot, s.BotReason = true, h.BotReason
	}
}

// changesSource tells whether the hit starts a new touchpoint inside a session that began with first.
func (h *Hit) changesSource(first *Hit) bool {
	switch h.Evidence {
	case EvidenceUTM, EvidenceClickID, EvidenceExplicit:
	case EvidenceReferrer:
		if !h.IsPage {
			return false
		}
	default:
		return false
	}
	return h.Source != first.Source || h.Medium != first.Medium || h.Campaign != first.Campaign || h.ClickID != first.ClickID
}

// hitOrder returns the indices of hits in Key order, one per event id.
func hitOrder(hits []Hit) []int {
	order := make([]int, len(hits))
	for i := range order {
		order[i] = i
	}
	// By id first, to drop duplicates without a map, then by Key.
	slices.SortFunc(order, func(a, b int) int {
		x, y := &hits[a].Key, &hits[b].Key
		return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.ReceiptSeq, y.ReceiptSeq), cmp.Compare(x.OccurredUS, y.OccurredUS))
	})
	order = slices.CompactFunc(order, func(a, b int) bool { return hits[a].Key.ID == hits[b].Key.ID })
	slices.SortFunc(order, func(a, b int) int { return hits[a].Key.Compare(hits[b].Key) })
	return order
}

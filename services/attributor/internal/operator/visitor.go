package operator

import (
	"slices"
	"sort"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// hit reads an event as activity on the site; ok is false when it is none.
func (s *subject) hit(ev *pb.Event) (h attribution.Hit, origin *pb.Origin, ok bool) {
	if ev.OccurredUs < s.state.GetExpiredUs() {
		// The session that it was part of has left the state.
		return h, nil, false
	}
	h.Key = keyOf(ev)
	switch b := ev.Body.(type) {
	case *pb.Event_Page:
		origin, h.IsPage = b.Page.GetOrigin(), true
	case *pb.Event_Track:
		h.IsForm = s.rules.IsForm(b.Track.GetName())
		if !b.Track.GetOnPage() && !h.IsForm || b.Track.GetIsStub() {
			return h, nil, false
		}
		origin = b.Track.GetOrigin()
	case *pb.Event_Identify:
		if !b.Identify.GetOnPage() {
			return h, nil, false
		}
		origin = b.Identify.GetOrigin()
	default:
		return h, nil, false
	}
	origin = s.rules.Channels.Origin(origin)
	h.Evidence = attribution.Evidence(origin.GetEvidence())
	h.Source, h.Medium, h.Campaign, h.ClickID = origin.GetSource(), origin.GetMedium(), origin.GetCampaign(), origin.GetClickId()
	h.IsBot, h.BotReason = origin.GetIsBot(), origin.GetBotReason()
	return h, origin, true
}

// noteHit widens the span of changed hits.
func (s *subject) noteHit(ev *pb.Event) {
	if !s.tx.hits {
		s.tx.hits, s.tx.hitsFrom, s.tx.hitsTo = true, ev.OccurredUs, ev.OccurredUs
		return
	}
	s.tx.hitsFrom, s.tx.hitsTo = min(s.tx.hitsFrom, ev.OccurredUs), max(s.tx.hitsTo, ev.OccurredUs)
}

// deriveSessions computes the touchpoints of the changed part of the visitor's history: from the gap before the changed hits to the gap
// after them. A gap ends a session whatever lies beyond it, so nothing outside can differ.
func (s *subject) deriveSessions() {
	gap := s.rules.SessionGapUS
	from, to := s.tx.hitsFrom, s.tx.hitsTo
	if s.loading {
		from, to = -1<<62, 1<<62
	}
	// Widen to the island by hits; other events in between do not keep a session alive.
	lo := sort.Search(len(s.events), func(i int) bool { return s.events[i].ev.OccurredUs >= from })
	for i := lo - 1; i >= 0 && from-s.events[i].ev.OccurredUs <= gap; i-- {
		if _, _, ok := s.hit(s.events[i].ev); ok {
			lo, from = i, s.events[i].ev.OccurredUs
		}
	}
	hi := sort.Search(len(s.events), func(i int) bool { return s.events[i].ev.OccurredUs > to })
	for i := hi; i < len(s.events) && s.events[i].ev.OccurredUs-to <= gap; i++ {
		if _, _, ok := s.hit(s.events[i].ev); ok {
			hi, to = i+1, s.events[i].ev.OccurredUs
		}
	}
	want := s.sessionsOf(s.events[lo:hi])
	first := sort.Search(len(s.sessions), func(i int) bool { return s.sessions[i].atUS >= from })
	last := sort.Search(len(s.sessions), func(i int) bool { return s.sessions[i].atUS > to })
	island := slices.Clone(s.sessions[first:last])
	s.reconcile(&island, want)
	s.sessions = slices.Replace(s.sessions, first, last, island...)
}

func (s *subject) sessionsOf(events []*ownEvent) []*item {
	hits, sources := s.scratch.hits[:0], s.scratch.sources[:0]
	for _, e := range events {
		if h, _, ok := s.hit(e.ev); ok {
			hits, sources = append(hits, h), append(sources, e.ev)
		}
	}
	s.scratch.hits, s.scratch.sources = hits, sources
	sessions := attribution.Sessions(s.name, hits, s.rules.SessionGapUS)
	items := make([]*item, len(sessions))
	for i := range sessions {
		t := s.sessionTouch(&sessions[i], sources[sessions[i].First])
		items[i] = &item{key: itemKey{kind: itemTouch, id: t.Id}, msg: t, atUS: t.OccurredUs}
	}
	return items
}

func (s *subject) sessionTouch(session *attribution.Session, first *pb.Event) *pb.Touch {
	_, origin, _ := s.hit(first)
	origin = named(origin)
	if session.IsBot && !origin.GetIsBot() {
		origin = rules.CopyOrigin(origin)
		origin.IsBot, origin.BotReason = true, session.BotReason
	}
	t := &pb.Touch{
		Id: session.ID, OccurredUs: first.OccurredUs, ReceivedUs: first.ReceivedUs, ReceiptSeq: first.ReceiptSeq, EventId: first.Id,
		Kind: pb.TouchKind_TOUCH_KIND_VISIT, Origin: origin, VisitorId: s.name,
	}
	if session.Kind == attribution.TouchKindForm {
		t.Kind = pb.TouchKind_TOUCH_KIND_FORM
	}
	return t
}

// named gives direct visits without a channel the channel's name.
func named(o *pb.Origin) *pb.Origin {
	if o.GetChannel() != "" || !isDirect(o) {
		return o
	}
	o = rules.CopyOrigin(o)
	o.Channel = attribution.ChannelDirect
	return o
}

package operator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// journeyIDOf returns the journey that a conversion or opportunity item is the fact of; empty for other items.
func journeyIDOf(it *item) string {
	switch it.key.kind {
	case itemConversion:
		return attribution.ConversionJourneyID(it.key.id)
	case itemOpportunity:
		return attribution.OpportunityJourneyID(it.key.id)
	default:
		return ""
	}
}

// affect notes what a settled item means for the journeys this subject owns or is home of. was is where the item was before.
func (s *subject) affect(it *item, was string) {
	switch it.key.kind {
	case itemTouch:
		s.touchSpan(it.atUS)
	case itemLead:
		s.tx.leads = true
	case itemConversion, itemOpportunity:
		id := journeyIDOf(it)
		if it.own() {
			s.homeFacts(id, it)
		}
		here, wasHere := it.sent == s.id, was == s.id
		if !here && !wasHere {
			return
		}
		j := s.journey(id)
		switch {
		case here && !wasHere:
			j.facts = append(j.facts, it)
		case !here:
			j.facts = slices.DeleteFunc(j.facts, func(f *item) bool { return f == it })
		}
		s.setUrgent(j)
	case itemFact:
		s.tx.said = true
	case itemLink, itemInquiry:
	}
}

func (s *subject) setDirty(j *ownedJourney) {
	if !j.state.IsDirty {
		j.state.IsDirty = true
		s.staleJourney(j)
	}
}

// setUrgent makes a journey's next computation come without a pause.
func (s *subject) setUrgent(j *ownedJourney) {
	s.setDirty(j)
	if !j.state.IsUrgent {
		j.state.IsUrgent = true
		s.staleJourney(j)
	}
}

func (s *subject) touchSpan(us int64) {
	if !s.tx.touches {
		s.tx.touches, s.tx.touchesFrom, s.tx.touchesTo = true, us, us
		return
	}
	s.tx.touchesFrom, s.tx.touchesTo = min(s.tx.touchesFrom, us), max(s.tx.touchesTo, us)
}

// recallJourneys connects journeys with their facts after loading.
func (s *subject) recallJourneys() {
	s.each(func(it *item) {
		id := journeyIDOf(it)
		if id == "" {
			return
		}
		if it.own() {
			s.home(id).item = it
		}
		if it.sent == s.id {
			j := s.journey(id)
			j.facts = append(j.facts, it)
		}
	})
}

// current returns the latest of a journey's facts, nil when the journey is not this subject's any more.
func (j *ownedJourney) current() *item {
	var best *item
	for _, it := range j.facts {
		if best == nil || rank(it.msg) > rank(best.msg) || rank(it.msg) == rank(best.msg) && it.from > best.from {
			best = it
		}
	}
	return best
}

// window returns the moments whose touches can earn credit in the journey.
func (s *subject) window(it *item) (fromUS, toUS int64) {
	switch m := it.msg.(type) {
	case *pb.Conversion:
		return m.OccurredUs - s.rules.LookbackMaxUS(m.Type), m.OccurredUs
	case *pb.OpportunityFacts:
		to := int64(1<<63 - 1)
		if m.IsClosed || m.IsWon {
			to = m.ClosedUs
		}
		return m.CreatedUs - s.rules.LookbackMaxUS(""), to
	default:
		return 0, 0
	}
}

// ownedTouches are the touches and leads of an owner, read once for all its journeys.
type ownedTouches struct {
	touches []attribution.Touchpoint
	items   []*pb.Touch
	leads   []attribution.Lead
	// cutUS is when the latest touch occurred that fell to a limit, 0 when none did.
	cutUS int64
}

// touchesOf collects what an owner weighs, in Key order and each touch once.
func (f *flush) touchesOf(s *subject) *ownedTouches {
	owned := &ownedTouches{}
	take := func(it *item) {
		switch m := it.msg.(type) {
		case *pb.Touch:
			owned.items = append(owned.items, m)
		case *pb.Lead:
			owned.leads = append(owned.leads, s.leadOf(m))
		}
	}
	for _, list := range [...][]*item{s.own, s.sessions} {
		for _, it := range list {
			if s.keeps(it) {
				take(it)
			}
		}
	}
	for k, it := range s.received {
		if k.kind != itemTouch && k.kind != itemLead {
			continue
		}
		var best *item
		for ; it != nil; it = it.twin {
			if s.keeps(it) && (best == nil || rank(it.msg) > rank(best.msg)) {
				best = it
			}
		}
		if best == nil {
			continue
		}
		if own := s.ownTwin(best); own == nil || !s.keeps(own) {
			take(best)
		}
	}
	slices.SortFunc(owned.items, compareTouches)
	owned.touches = make([]attribution.Touchpoint, len(owned.items))
	for i, t := range owned.items {
		owned.touches[i] = s.point(t)
	}
	return owned
}

// compareTouches puts touches in Key order, and by id those that one event made.
func compareTouches(a, b *pb.Touch) int {
	if c := cmp.Compare(a.OccurredUs, b.OccurredUs); c != 0 {
		return c
	}
	if c := cmp.Compare(a.ReceiptSeq, b.ReceiptSeq); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.EventId, b.EventId), strings.Compare(a.Id, b.Id))
}

// point reads a touch as the domain's touchpoint.
func (s *subject) point(t *pb.Touch) attribution.Touchpoint {
	o := t.GetOrigin()
	kind := attribution.TouchKindVisit
	if t.Kind == pb.TouchKind_TOUCH_KIND_FORM {
		kind = attribution.TouchKindForm
	} else if t.Kind == pb.TouchKind_TOUCH_KIND_OFFLINE {
		kind = attribution.TouchKindOffline
	}
	return attribution.Touchpoint{
		ID: t.Id, Key: attribution.Key{OccurredUS: t.OccurredUs, ReceiptSeq: t.ReceiptSeq, ID: t.EventId}, Kind: kind,
		Channel: o.GetChannel(), Source: o.GetSource(), Medium: o.GetMedium(), Campaign: o.GetCampaign(), PersonID: s.rowPerson(t),
		IsDirect: isDirect(o), IsBot: o.GetIsBot(),
	}
}

// isDirect tells that nothing said where the visit came from.
func isDirect(o *pb.Origin) bool {
	return attribution.IsDirect(attribution.Evidence(o.GetEvidence()), o.GetChannel())
}

// homeFacts notes that facts this subject is home of changed or went.
func (s *subject) homeFacts(id string, it *item) {
	if it.gone && slices.Contains(s.tx.movedHomes, id) {
		return
	}
	h := s.home(id)
	h.item = it
	h.state.IsMovedHere = h.state.IsMovedHere && it.gone
	switch {
	case it.gone:
		h.item = nil
	case h.state.FactsRev != rank(it.msg):
		h.state.FactsRev, h.state.FactsCause = rank(it.msg), s.tx.cause
	}
	s.noteDue(h)
}

func (s *subject) noteDue(h *homeJourney) {
	if !h.due {
		h.due = true
		s.tx.dueHomes = append(s.tx.dueHomes, h)
		s.staleHome(h)
	}
}

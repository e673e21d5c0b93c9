package operator

import (
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
		j.urgent = true
		s.setDirty(j)
	case itemLink, itemInquiry:
	}
}

func (s *subject) setDirty(j *ownedJourney) {
	if !j.state.IsDirty {
		j.state.IsDirty = true
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

// own computes the journeys that changed and claims them.
func (f *flush) own(s *subject, rerouted bool) error {
	if len(s.journeys) == 0 {
		return nil
	}
	s.markAffected(rerouted)
	dirty, urgent := make([]*ownedJourney, 0, 1), false
	for _, j := range s.journeys {
		if j.state.IsDirty {
			dirty, urgent = append(dirty, j), urgent || j.urgent
		}
	}
	if len(dirty) == 0 {
		return nil
	}
	slices.SortFunc(dirty, func(a, b *ownedJourney) int { return strings.Compare(a.id, b.id) })
	// What was put off is computed with whatever comes next, and keeps its cause.
	s.noteCause(s.state.PendingCause)
	var owned *ownedTouches
	for _, j := range dirty {
		it := j.current()
		if it == nil {
			f.withdraw(s, j)
			continue
		}
		if owned == nil {
			if !urgent && f.postpone(s, len(s.received)+len(s.sessions)) {
				return nil
			}
			owned = f.touchesOf(s)
		}
		if err := f.claim(s, j, it, owned); err != nil {
			return err
		}
	}
	if owned != nil && f.op.cfg.TouchPauseUS > 0 {
		s.state.ComputedUs, s.state.PendingCause = f.nowUS, nil
		s.tx.headerDirty = true
	}
	return nil
}

func (s *subject) markAffected(rerouted bool) {
	all := rerouted || s.tx.leads || s.tx.infosDirty
	if s.tx.touches && len(s.received)+len(s.sessions)+len(s.own)+len(s.tx.changed) > s.rules.TouchesMax {
		// At the limit a new touch pushes the oldest out of every journey, and a removed one lets it in again.
		all = true
	}
	if !all && !s.tx.touches {
		return
	}
	for _, j := range s.journeys {
		it := j.current()
		if it == nil {
			continue
		}
		from, to := s.window(it)
		if all || s.tx.touchesTo >= from && s.tx.touchesFrom <= to {
			s.setDirty(j)
			j.urgent = j.urgent || s.tx.leads
		}
	}
}

// postpone puts a long journey off until its pause is over: the more touches, the longer, so that the cost per touch stays bounded.
func (f *flush) postpone(s *subject, touches int) bool {
	due := s.state.ComputedUs + f.op.cfg.TouchPauseUS*int64(touches)
	if s.state.ComputedUs == 0 || f.nowUS >= due {
		return false
	}
	f.op.metrics.postponed.Inc()
	s.state.PendingCause = s.tx.cause
	s.tx.headerDirty = true
	if s.state.WakeUs == 0 {
		s.state.WakeUs = due
		f.send(s, s.id, &pb.SubjectMessage{Body: &pb.SubjectMessage_Wake{Wake: &pb.Wake{DueUs: due}}})
	}
	return true
}

// ownedTouches are the touches and leads of an owner, read once for all its journeys.
type ownedTouches struct {
	touches []attribution.Touchpoint
	items   []*pb.Touch
	leads   []attribution.Lead
}

// touchesOf collects what an owner weighs, in Key order and each touch once.
func (f *flush) touchesOf(s *subject) *ownedTouches {
	type pair struct {
		point attribution.Touchpoint
		touch *pb.Touch
	}
	var pairs []pair
	owned := &ownedTouches{}
	take := func(it *item) {
		switch m := it.msg.(type) {
		case *pb.Touch:
			pairs = append(pairs, pair{s.point(m), m})
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
		if best != nil {
			take(best)
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := a.point.Key.Compare(b.point.Key); c != 0 {
			return c
		}
		return strings.Compare(a.point.ID, b.point.ID)
	})
	if over := len(pairs) - s.rules.TouchesMax; over > 0 {
		f.op.metrics.dropped.Add(float64(over))
		pairs = pairs[over:]
	}
	owned.touches, owned.items = make([]attribution.Touchpoint, len(pairs)), make([]*pb.Touch, len(pairs))
	for i := range pairs {
		owned.touches[i], owned.items[i] = pairs[i].point, pairs[i].touch
	}
	return owned
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

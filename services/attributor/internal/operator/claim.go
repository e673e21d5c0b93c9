package operator

import (
	"sort"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// claim weighs a journey under all models and tells its home when anything is different from the last time. It returns how many touches it weighed.
func (f *flush) claim(s *subject, j *ownedJourney, it *item, owned *ownedTouches) (weighed int, err error) {
	if conversion, ok := it.msg.(*pb.Conversion); ok && s.awaits(conversion) {
		return 0, nil
	}
	f.op.metrics.computations.Inc()
	part, over := s.latest(it, owned, s.rules.TouchesMax)
	f.op.metrics.dropped.Add(float64(over))
	c := s.newClaim(it, part)
	for c.SizeVT() > f.op.cfg.claimBytes() && len(part.touches) > 1 {
		// Only absurdly long names get here. The older half goes, and is counted.
		part, over = s.latest(it, part, len(part.touches)-len(part.touches)/2)
		f.op.metrics.limit(limitClaimBytes).Add(float64(over))
		c = s.newClaim(it, part)
	}
	c.IsExpired = s.isExpired(it)
	c.JourneyId, c.CutUs, weighed = j.id, part.cutUS, len(c.Touches)
	sections := cutSections(c, f.op.cfg.sectionBytes())
	if err := nameBody(c, sections); err != nil {
		return 0, err
	}
	raw, err := encode(c)
	if err != nil {
		return 0, err
	}
	home := homeOf(it)
	if j.state.Home != "" && j.state.Home != home {
		// The same id at another home is another journey; the first one must not wait for ever.
		f.deliver(s, j.state.Home, &pb.Claim{JourneyId: j.id, Owner: s.id, Withdrawn: true})
	}
	hash, hasBody := hash64(raw), c.Body != 0 && c.Body == j.state.Body && home == j.state.Home
	isNews := hash != j.state.ClaimHash || home != j.state.Home
	j.state.Home, j.state.ClaimHash, j.state.Body, j.state.ComputedUs = home, hash, c.Body, f.nowUS
	if c.IsExpired {
		j.state.Body = 0 // The home may keep the weights it has, and this body not at all.
	}
	j.state.IsDirty, j.state.IsUrgent = false, false
	s.staleJourney(j)
	if !isNews {
		return weighed, nil
	}
	if !hasBody {
		f.deliverSections(s, home, sections)
	}
	f.deliver(s, home, c)
	return weighed, nil
}

// latest returns the touches that a journey may weigh: those up to its end, the latest of them when they are too many. over is how many its look-back
// reaches beside them.
func (s *subject) latest(it *item, owned *ownedTouches, most int) (part *ownedTouches, over int) {
	fromUS, toUS := s.window(it)
	before := func(us int64) int {
		return sort.Search(len(owned.touches), func(i int) bool { return owned.touches[i].Key.OccurredUS >= us })
	}
	end := len(owned.touches)
	if toUS < 1<<63-1 {
		end = before(toUS + 1)
	}
	begin := max(end-most, 0)
	part = &ownedTouches{touches: owned.touches[begin:end], items: owned.items[begin:end], leads: owned.leads, cutUS: owned.cutUS}
	if over = begin - before(fromUS); over > 0 {
		part.cutUS = owned.touches[begin-1].Key.OccurredUS
	}
	return part, max(over, 0)
}

// deliverSections sends the pieces of a claim that follows, directly when the owner is the home.
func (f *flush) deliverSections(s *subject, home string, sections []*pb.ClaimSection) {
	for _, piece := range sections {
		if home == s.id {
			s.takeSection(piece)
			f.bytes += piece.SizeVT()
			continue
		}
		f.send(s, home, &pb.SubjectMessage{Body: &pb.SubjectMessage_ClaimSection{ClaimSection: piece}})
	}
}

// withdraw tells a journey's home that this subject has nothing to do with it any more.
func (f *flush) withdraw(s *subject, j *ownedJourney) {
	if j.state.ClaimHash != 0 {
		f.deliver(s, j.state.Home, &pb.Claim{JourneyId: j.id, Owner: s.id, Withdrawn: true})
	}
	j.state.IsDirty = false
	delete(s.journeys, j.id)
	s.staleJourney(j)
}

// deliver sends a claim, directly when the owner is the home.
func (f *flush) deliver(s *subject, home string, c *pb.Claim) {
	if home == s.id {
		s.takeClaim(c)
		return
	}
	f.send(s, home, &pb.SubjectMessage{Body: &pb.SubjectMessage_Claim{Claim: c}})
}

func homeOf(it *item) string {
	switch m := it.msg.(type) {
	case *pb.Conversion:
		return m.Home
	case *pb.OpportunityFacts:
		return m.Home
	default:
		return ""
	}
}

// newClaim weighs a journey.
func (s *subject) newClaim(it *item, owned *ownedTouches) *pb.Claim {
	c := &pb.Claim{Owner: s.id, FactsRev: rank(it.msg)}
	if s.kind.IsPerson() {
		c.PersonId = s.short()
	}
	var j attribution.Journey
	switch m := it.msg.(type) {
	case *pb.Conversion:
		key := attribution.Key{OccurredUS: m.OccurredUs, ReceiptSeq: m.ReceiptSeq, ID: m.EventId}
		j = attribution.NewConversionJourney(&attribution.Conversion{Key: key, Type: m.Type}, owned.touches, owned.leads)
		if account := s.routes.accounts.at(m.OccurredUs); s.kind.IsPerson() && account != "" {
			c.AccountId = shortID(s.resolve(account))
		}
		c.Excluded = s.excludedBy(m)
	case *pb.OpportunityFacts:
		j = attribution.NewOpportunityJourney(opportunityOf(m), owned.touches, owned.leads, s.rules.Stages)
		c.AccountId = s.rowAccount()
	}
	s.weigh(c, &j, owned)
	return c
}

// weigh runs every model and writes the touches that earn anything under any of them once.
func (s *subject) weigh(c *pb.Claim, j *attribution.Journey, owned *ownedTouches) {
	shares := make([][]attribution.Share, len(s.rules.Models))
	place := make([]int32, len(j.Touches))
	for i := range s.rules.Models {
		shares[i] = s.rules.Models[i].Weigh(j)
		for _, sh := range shares[i] {
			place[sh.Touch] = 1
		}
	}
	n := int32(0)
	for i := range place {
		if place[i] == 0 {
			continue
		}
		place[i] = n
		n++
		t, p := owned.items[i], &j.Touches[i]
		c.Touches = append(c.Touches, &pb.ClaimTouch{
			Id: t.Id, OccurredUs: t.OccurredUs, ReceiptSeq: t.ReceiptSeq, Channel: p.Channel, Source: p.Source, Medium: p.Medium,
			Campaign: p.Campaign, PersonId: p.PersonID,
		})
	}
	for i := range s.rules.Models {
		m := &s.rules.Models[i]
		w := &pb.ModelWeights{
			Model: m.Name(), ModelVersion: m.Version(), Index: make([]uint32, len(shares[i])), Parts: make([]uint64, len(shares[i])),
			Positions: make([]uint32, len(shares[i])),
		}
		for k, sh := range shares[i] {
			w.Index[k], w.Parts[k], w.Positions[k] = uint32(place[sh.Touch]), sh.Parts, uint32(sh.Positions)
		}
		c.Models = append(c.Models, w)
	}
}

// takeClaim keeps a claim at the journey's home. A claim replaces the earlier one of the same owner.
func (s *subject) takeClaim(c *pb.Claim) {
	if c.Withdrawn && s.homes[c.JourneyId] == nil {
		// The journey has moved away with an erasure; nothing may grow here again.
		return
	}
	h := s.home(c.JourneyId)
	st := h.state
	s.releaseBodies(h)
	delete(st.ArrivingBodies, c.Owner)
	rest := st.Claims[:0:0]
	for _, o := range st.Claims {
		if o.Owner != c.Owner {
			rest = append(rest, o)
		}
	}
	st.Claims = rest
	if st.PostedClaim != nil && st.PostedClaim.Owner == c.Owner {
		st.IsPostedClaimWithdrawn = true
	}
	if !c.Withdrawn {
		st.Claims = append(st.Claims, c)
	}
	s.noteDue(h)
}

// standing returns the one claim that stands; nil when there is none or several.
func (h *homeJourney) standing() *pb.Claim {
	st := h.state
	posted := st.PostedClaim != nil && !st.IsPostedClaimWithdrawn
	switch {
	case posted && len(st.Claims) == 0:
		return st.PostedClaim
	case !posted && len(st.Claims) == 1:
		return st.Claims[0]
	default:
		return nil
	}
}

// isHomeKind tells whether a journey can have its home at this kind of subject; anything else would be a message gone astray.
func isHomeKind(k identity.Kind, journey string) bool {
	if strings.HasPrefix(journey, "o:") {
		return k == identity.KindOpportunity
	}
	return k == identity.KindVisitor || k.IsPerson()
}

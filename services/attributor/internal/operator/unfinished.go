package operator

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// A posting of a long journey is divided between transactions by models: each shares the whole amount out by itself, so each is conserved at every commit,
// and other journeys do not wait for a million postings. What is left to do is in state (Unfinished) with everything that its ledger batches say; all other
// state is as if it were done. So claims and facts that come meanwhile are kept as ever, and posted afterwards.

// isLong tells a claim that does not fit one record: only such journeys wait for a transaction with room for them.
func isLong(c *pb.Claim) bool { return c.GetSections() > 0 }

// run posts models that are not done yet; of a long journey as many as there is room for, one at least.
func (p *posting) run(done []string) {
	left := slices.DeleteFunc(p.names(), func(m string) bool { return slices.Contains(done, m) })
	if !isLong(p.from) && !isLong(p.claim) {
		p.models(left)
		left = nil
	}
	for len(left) > 0 {
		p.models(left[:1])
		p.f.longs++
		done, left = append(done, left[0]), left[1:]
		if p.f.bytes > p.f.op.cfg.transactionBytes() {
			break
		}
	}
	p.h.state.Unfinished = nil
	if p.f.op.divided.isOf(p.s, p.h, p.from, p.claim) {
		p.f.op.divided = nil
	}
	if len(left) > 0 {
		p.f.op.metrics.divided.Inc()
		p.h.state.Unfinished = p.unfinished(done)
		p.f.op.divided = &divided{home: p.s.id, journey: p.h.id, from: p.from, claim: p.claim, bodies: p.bodies, pairs: p.pairs}
	}
}

// divided is what the posting that was divided last has read of its claims: the next transaction goes on with it, and reading two bodies of a hundred
// thousand touches anew for each model would cost more than the postings. Only the operator's last one is kept. Claims are told apart by their address:
// those of a subject that was read again are others.
type divided struct {
	home, journey string
	from, claim   *pb.Claim
	bodies        map[*pb.Claim]*body
	pairs         map[[2]*body]*pairing
}

func (d *divided) isOf(s *subject, h *homeJourney, from, claim *pb.Claim) bool {
	return d != nil && d.home == s.id && d.journey == h.id && d.from == from && d.claim == claim
}

// weightsOf names the claim of a step.
func (p *posting) weightsOf(c *pb.Claim) pb.PostingStep_Weights {
	switch c {
	case nil:
		return pb.PostingStep_WEIGHTS_NONE
	case p.claim:
		return pb.PostingStep_WEIGHTS_AFTER
	default:
		return pb.PostingStep_WEIGHTS_BEFORE
	}
}

// unfinished is the posting as it is kept until the next transaction.
func (p *posting) unfinished(done []string) *pb.Unfinished {
	u := &pb.Unfinished{From: p.firstState, FromClaim: p.from, IsGone: p.claim == nil, Done: done}
	for i := range p.steps {
		sp := &p.steps[i]
		u.Steps = append(u.Steps, &pb.PostingStep{
			Facts: sp.now.state(0), OpenedUs: sp.now.openedUS, Weights: p.weightsOf(sp.claim), Reason: sp.reason, CauseEventId: sp.causeID,
			EffectiveUs: sp.effectiveUS, RecordedUs: sp.recordedUS,
		})
	}
	return u
}

// resume goes on with a posting that was not finished.
func (f *flush) resume(s *subject, h *homeJourney) error {
	u := h.state.Unfinished
	claim := h.state.PostedClaim
	if u.IsGone {
		claim = nil
	}
	p, err := f.newPosting(s, h, u.FromClaim, claim)
	if err != nil {
		return err
	}
	p.first, p.firstState = postedFacts(u.From), u.From
	kind := pb.JourneyKind_JOURNEY_KIND_CONVERSION
	if s.kind == identity.KindOpportunity {
		kind = pb.JourneyKind_JOURNEY_KIND_OPPORTUNITY
	}
	for _, sp := range u.Steps {
		now := postedFacts(sp.Facts)
		now.kind, now.openedUS = kind, sp.OpenedUs
		by := claim
		switch sp.Weights {
		case pb.PostingStep_WEIGHTS_NONE:
			by = nil
		case pb.PostingStep_WEIGHTS_BEFORE:
			by = u.FromClaim
		case pb.PostingStep_WEIGHTS_AFTER, pb.PostingStep_WEIGHTS_UNSPECIFIED:
		}
		p.steps = append(p.steps, plannedStep{
			now: now, claim: by, reason: sp.Reason, causeID: sp.CauseEventId, effectiveUS: sp.EffectiveUs, recordedUS: sp.RecordedUs,
		})
	}
	s.releaseBodies(h)
	p.run(u.Done)
	return nil
}

// isNews tells whether a home has anything to post beside what it just has.
func (h *homeJourney) isNews(now *facts) bool {
	st := h.state
	return now.isDeleted != st.Posted.GetIsDeleted() || st.IsPostedClaimWithdrawn || len(st.Claims) > 0 || st.Posted.GetFactsRev() != st.FactsRev ||
		len(st.UnpostedEventIds) > 0
}

// isPosting tells that a posting of the subject is unfinished.
func (s *subject) isPosting() bool {
	for _, h := range s.homes {
		if h.state.Unfinished != nil {
			return true
		}
	}
	return false
}

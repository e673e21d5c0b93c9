package operator

import (
	"cmp"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// stepsMax bounds the steps of one posting; the earliest of more are told as one.
const stepsMax = 16

// step is one change on the way from what is posted to what is now: its facts, the weights they are split by, and the event behind it.
type step struct {
	now   facts
	claim *pb.Claim
	// cause is nil when no event of the journey's own is behind it.
	cause *pb.Cause
}

// steps are the changes that a journey has gone through since its last posting, in order of receipt, so that a deal which was opened and
// won in one transaction has postings of both. All are split by the weights that stand now: those of the moments in between were never
// computed.
func (s *subject) steps(h *homeJourney, was, now facts, c *pb.Claim) []step {
	var steps []step
	last := was
	add := func(v facts, claim *pb.Claim, cause *pb.Cause) {
		if between, ok := amountFirst(last, v); ok {
			steps = append(steps, step{now: between, claim: h.state.PostedClaim, cause: cause})
			if len(steps) > 1 {
				steps[len(steps)-1].claim = claim
			}
		}
		steps = append(steps, step{now: v, claim: claim, cause: cause})
		last = v
	}
	unposted := s.unposted(h)
	by := c
	if by == nil {
		// The deal is gone, and with it its claim: on the way there it had the weights of the last posting.
		by = h.state.PostedClaim
	}
	for i, ev := range unposted[:max(0, len(unposted)-1)] {
		o := attribution.FoldStages(s.stagesWithout(unposted[i+1:]))
		add(factsOf(&o), by, causeOfEvent(ev))
	}
	var cause *pb.Cause
	if n := len(unposted); n > 0 {
		cause = causeOfEvent(unposted[n-1])
	}
	add(now, c, cause)
	return steps
}

// amountFirst divides a change of an open deal's amount that came together with another change: the amount at the weights before, then
// the rest, so that the postings of reason amount sum up to what deals grew and shrank by.
func amountFirst(was, now facts) (between facts, ok bool) {
	isOpen := was.isPosted && !was.isDeleted && !was.isClosed && !was.isWon && was.currency != ""
	if !isOpen || now.isDeleted || now.isClosed && !now.isWon || now.closeUS == was.closeUS && now.stages == was.stages {
		return was, false
	}
	had, has := money(was.measures), money(now.measures)
	if had == nil || has == nil || had.Amount == has.Amount && was.currency == now.currency {
		return was, false
	}
	between = was
	between.currency, between.measures = now.currency, slices.Clone(was.measures)
	money(between.measures).Amount = has.Amount
	return between, true
}

// money is the pipeline or revenue among measures, nil when there is none.
func money(measures []attribution.MeasureAmount) *attribution.MeasureAmount {
	for i := range measures {
		if m := measures[i].Measure; m == attribution.MeasurePipeline || m == attribution.MeasureRevenue {
			return &measures[i]
		}
	}
	return nil
}

// noteUnposted remembers a stage event until it is posted.
func (s *subject) noteUnposted(ev *pb.Event) {
	if ev.GetStage() == nil || ev.ErasedSeq > 0 { // a redaction says nothing new
		return
	}
	st := s.home(attribution.OpportunityJourneyID(s.name)).state
	if slices.Contains(st.UnpostedEventIds, ev.Id) {
		return
	}
	st.UnpostedEventIds = append(st.UnpostedEventIds, ev.Id)
	if over := len(st.UnpostedEventIds) - stepsMax; over > 0 {
		st.UnpostedEventIds = slices.Delete(st.UnpostedEventIds, 0, over)
	}
}

// unposted are the stage events since the last posting, in order of receipt.
func (s *subject) unposted(h *homeJourney) []*pb.Event {
	if len(h.state.UnpostedEventIds) == 0 {
		return nil
	}
	events := make([]*pb.Event, 0, len(h.state.UnpostedEventIds))
	for _, e := range s.events {
		if slices.Contains(h.state.UnpostedEventIds, e.ev.Id) {
			events = append(events, e.ev)
		}
	}
	slices.SortFunc(events, func(a, b *pb.Event) int {
		return cmp.Or(cmp.Compare(a.ReceiptSeq, b.ReceiptSeq), cmp.Compare(a.Id, b.Id))
	})
	return events
}

// stagesWithout are the records of all stage events but some.
func (s *subject) stagesWithout(events []*pb.Event) []attribution.StageRecord {
	records := make([]attribution.StageRecord, 0, len(s.events))
	for _, e := range s.events {
		if st := e.ev.GetStage(); st != nil && !slices.Contains(events, e.ev) {
			records = append(records, stageRecord(e.ev, st))
		}
	}
	return records
}

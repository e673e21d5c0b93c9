package operator

import (
	"cmp"
	"encoding/binary"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// facts is what a home splits: the journey's identity and its measures.
type facts struct {
	kind           pb.JourneyKind
	conversionType string
	currency       string
	openedUS       int64
	closeUS        int64
	isWon          bool
	isClosed       bool
	isDeleted      bool
	isMerged       bool
	// isExcluded tells a conversion that a rule keeps from earning credit: nothing is shared out.
	isExcluded bool
	// isPosted tells facts that were posted from none.
	isPosted bool
	// stages is a hash of what weights depend on beside touches.
	stages   uint64
	measures []attribution.MeasureAmount
}

// facts reads the current facts of a journey.
func (s *subject) facts(h *homeJourney) facts {
	if s.opportunity != nil {
		return factsOf(s.opportunity)
	}
	v := facts{kind: pb.JourneyKind_JOURNEY_KIND_CONVERSION, isDeleted: h.item == nil}
	if h.item == nil {
		return v
	}
	c, ok := h.item.msg.(*pb.Conversion)
	if !ok {
		return v
	}
	conversion := attribution.Conversion{
		Key: attribution.Key{OccurredUS: c.OccurredUs}, HasValue: c.HasValue, ValueMinor: c.ValueMinor, Currency: c.Currency,
	}
	v.conversionType, v.openedUS, v.closeUS, v.measures = c.Type, c.OccurredUs, c.OccurredUs, conversion.Measures()
	v.currency = c.Currency
	return v
}

// factsOf are the facts of an opportunity.
func factsOf(o *attribution.Opportunity) facts {
	return facts{
		kind: pb.JourneyKind_JOURNEY_KIND_OPPORTUNITY, currency: o.Currency, openedUS: o.CreatedUS, closeUS: o.ClosedUS,
		isWon: o.IsWon, isClosed: o.IsClosed, isDeleted: o.IsDeleted, isMerged: o.MergedInto != "", isPosted: true,
		stages: stagesHash(o), measures: o.Measures(),
	}
}

// stagesHash is of the stages and the creation. Outcome and close have reasons of their own.
func stagesHash(o *attribution.Opportunity) uint64 {
	b := binary.LittleEndian.AppendUint64(nil, uint64(o.CreatedUS))
	for i := range o.Visits {
		b = binary.LittleEndian.AppendUint64(append(append(b, o.Visits[i].Stage...), nul), uint64(o.Visits[i].EnteredUS))
	}
	return hash64(b)
}

// posted reads the facts of the last posting.
func (h *homeJourney) posted() facts { return postedFacts(h.state.Posted) }

func postedFacts(p *pb.PostedFacts) facts {
	v := facts{
		currency: p.GetCurrency(), closeUS: p.GetCloseUs(), isWon: p.GetIsWon(), isClosed: p.GetIsClosed(), isDeleted: p.GetIsDeleted(),
		conversionType: p.GetConversionType(),
		isExcluded:     p.GetIsExcluded(),
		isPosted:       p != nil, stages: p.GetStagesHash(),
	}
	for _, m := range p.GetMeasures() {
		v.measures = append(v.measures, attribution.MeasureAmount{Measure: measureName(m.Measure), Amount: m.Amount, AtUS: m.AtUs})
	}
	return v
}

func (v *facts) state(rev int64) *pb.PostedFacts {
	p := &pb.PostedFacts{
		FactsRev: rev, IsWon: v.isWon, IsClosed: v.isClosed, IsDeleted: v.isDeleted, Currency: v.currency, CloseUs: v.closeUS,
		ConversionType: v.conversionType,
		StagesHash:     v.stages, IsExcluded: v.isExcluded,
	}
	for _, m := range v.measures {
		p.Measures = append(p.Measures, &pb.PostedMeasure{Measure: measureOf(m.Measure), Amount: m.Amount, AtUs: m.AtUS})
	}
	return p
}

func measureOf(m attribution.Measure) pb.Measure {
	switch m {
	case attribution.MeasureConversions:
		return pb.Measure_MEASURE_CONVERSIONS
	case attribution.MeasureConversionValue:
		return pb.Measure_MEASURE_CONVERSION_VALUE
	case attribution.MeasureOpportunities:
		return pb.Measure_MEASURE_OPPORTUNITIES
	case attribution.MeasurePipeline:
		return pb.Measure_MEASURE_PIPELINE
	case attribution.MeasureCustomers:
		return pb.Measure_MEASURE_CUSTOMERS
	case attribution.MeasureRevenue:
		return pb.Measure_MEASURE_REVENUE
	default:
		return pb.Measure_MEASURE_UNSPECIFIED
	}
}

func measureName(m pb.Measure) attribution.Measure {
	switch m {
	case pb.Measure_MEASURE_CONVERSIONS:
		return attribution.MeasureConversions
	case pb.Measure_MEASURE_CONVERSION_VALUE:
		return attribution.MeasureConversionValue
	case pb.Measure_MEASURE_OPPORTUNITIES:
		return attribution.MeasureOpportunities
	case pb.Measure_MEASURE_PIPELINE:
		return attribution.MeasurePipeline
	case pb.Measure_MEASURE_CUSTOMERS:
		return attribution.MeasureCustomers
	case pb.Measure_MEASURE_REVENUE:
		return attribution.MeasureRevenue
	default:
		return ""
	}
}

// reason says why a journey is posted: its facts first, then what caused the claim.
func reason(now, was facts, cause *pb.Cause, modelChanged bool) pb.Reason {
	switch {
	case now.isDeleted && now.isMerged:
		return pb.Reason_REASON_MERGED
	case now.isDeleted:
		return pb.Reason_REASON_DELETED
	case now.isExcluded != was.isExcluded && was.isPosted && !was.isDeleted:
		// What is known of the account or person decided, unless the rules themselves changed.
		return cmp.Or(cause.GetReason(), pb.Reason_REASON_IDENTITY)
	case !was.isPosted || was.isDeleted:
		if now.kind == pb.JourneyKind_JOURNEY_KIND_CONVERSION {
			return pb.Reason_REASON_CONVERSION
		}
		return pb.Reason_REASON_OPENED
	case now.isWon && !was.isWon:
		return pb.Reason_REASON_WON
	case now.isClosed && !now.isWon && (!was.isClosed || was.isWon):
		return pb.Reason_REASON_LOST
	case !now.isClosed && was.isClosed:
		return pb.Reason_REASON_REOPENED
	case now.stages != was.stages:
		return pb.Reason_REASON_STAGE
	case !sameMeasures(now, was):
		return pb.Reason_REASON_AMOUNT
	case modelChanged:
		return pb.Reason_REASON_MODEL
	case cause.GetReason() != pb.Reason_REASON_UNSPECIFIED:
		return cause.GetReason()
	case now.kind == pb.JourneyKind_JOURNEY_KIND_CONVERSION || now.isClosed:
		return pb.Reason_REASON_LATE_TOUCH
	default:
		return pb.Reason_REASON_TOUCH
	}
}

func sameMeasures(a, b facts) bool {
	if a.currency != b.currency || len(a.measures) != len(b.measures) {
		return false
	}
	for i := range a.measures {
		if a.measures[i] != b.measures[i] {
			return false
		}
	}
	return true
}

// homes posts every journey whose facts or claims changed, and writes rows.
func (f *flush) homes(s *subject) error {
	s.recallWaiting()
	for _, h := range s.tx.dueHomes {
		h.due = false
		if h.awaitsStub() {
			continue
		}
		if err := f.postHome(s, h); err != nil {
			return err
		}
		s.forgetClaim(h)
		f.factRow(s, h)
	}
	f.wakeWaiting(s)
	return nil
}

// postHome posts when it may: at once when the journey is gone, else by the one claim that stands and knows the current facts.
func (f *flush) postHome(s *subject, h *homeJourney) error {
	now := s.facts(h)
	st := h.state
	st.IsWaiting = false
	if st.Unfinished != nil {
		if f.isFull(st.PostedClaim) || f.isFull(st.Unfinished.FromClaim) {
			st.IsWaiting = true
			return nil
		}
		if err := f.resume(s, h); err != nil {
			return err
		}
		if st.IsWaiting = st.Unfinished != nil; st.IsWaiting || !h.isNews(&now) {
			return nil
		}
	}
	if now.isDeleted {
		if st.Posted == nil || st.Posted.IsDeleted {
			return nil
		}
		if f.isFull(st.PostedClaim) {
			st.IsWaiting = true
			return nil
		}
		err := f.post(s, h, now, nil)
		st.IsWaiting = st.Unfinished != nil
		return err
	}
	c := h.standing()
	if c == nil || c.FactsRev != st.FactsRev {
		return nil
	}
	if f.isFull(c) || f.isFull(st.PostedClaim) {
		st.IsWaiting = true
		return nil
	}
	c, err := f.keepWeights(s, h, c)
	if err != nil {
		return err
	}
	if c.Excluded != "" {
		now.isExcluded, now.measures = true, nil
	}
	if err := f.post(s, h, now, c); err != nil {
		return err
	}
	s.releaseBodies(h)
	st.PostedClaim, st.IsPostedClaimWithdrawn, st.Claims = c, false, nil
	st.IsWaiting = st.Unfinished != nil
	return nil
}

package operator

import (
	"cmp"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// factRow writes the row of a conversion or opportunity when it differs from the last one.
func (f *flush) factRow(s *subject, h *homeJourney) {
	switch {
	case f.op.cfg.RowsOff:
	case s.kind == identity.KindOpportunity:
		f.opportunityRow(s, h)
	default:
		f.conversionRow(s, h)
	}
}

func (f *flush) conversionRow(s *subject, h *homeJourney) {
	row := &pb.ConversionRow{Workspace: s.workspace, ConversionId: h.id[len("c:"):], IsDeleted: h.item == nil}
	if h.item != nil {
		c, ok := h.item.msg.(*pb.Conversion)
		if !ok {
			return
		}
		row.Type, row.IsPrimary, row.VisitorId, row.OccurredUs, row.ReceivedUs = c.Type, c.IsPrimary, c.VisitorId, c.OccurredUs, c.ReceivedUs
		row.HasValue, row.ValueMinor, row.Currency = c.HasValue, c.ValueMinor, c.Currency
		row.PersonId, row.AccountId = h.state.PostedClaim.GetPersonId(), h.state.PostedClaim.GetAccountId()
		row.ExcludedBy = h.state.PostedClaim.GetExcluded()
	} else if h.state.RowVersion == 0 {
		return
	}
	if f.isNewRow(h, row) {
		row.Version = h.state.RowVersion
		f.emit(topicConversions, s.workspace+"|"+row.ConversionId, row)
	}
}

// isNewRow tells whether a row differs from the last one, and counts it if so.
func (f *flush) isNewRow(h *homeJourney, row message) bool {
	raw, err := encode(row)
	if err != nil {
		f.err = cmp.Or(f.err, err)
		return false
	}
	hash := hash64(raw)
	if hash == h.state.RowHash {
		return false
	}
	h.state.RowHash = hash
	h.state.RowVersion++
	return true
}

func (f *flush) opportunityRow(s *subject, h *homeJourney) {
	o := s.opportunity
	if o == nil {
		return
	}
	row := &pb.OpportunityRow{
		Workspace: s.workspace, OpportunityId: s.name, Pipeline: o.Pipeline, Stage: o.Stage, IsWon: o.IsWon, IsClosed: o.IsClosed,
		HasAmount: o.HasAmount, AmountMinor: o.AmountMinor, Currency: o.Currency, CreatedUs: o.CreatedUS, ClosedUs: o.ClosedUS,
		SourceSystem: o.SourceSystem, IsDeleted: o.IsDeleted, Stages: stageVisits(o),
		HasProbability: o.Probability.IsKnown, ProbabilityPpm: o.Probability.PPM,
	}
	if !o.IsDeleted {
		row.AccountId = h.state.PostedClaim.GetAccountId()
	}
	if row.AccountId == "" {
		row.AccountId = shortID(s.accountOf(o))
	}
	if !f.isNewRow(h, row) {
		return
	}
	row.Version = h.state.RowVersion
	entered := make([]int64, len(row.Stages))
	for i, v := range row.Stages {
		entered[i] = v.EnteredUs
	}
	for _, us := range h.state.StagesEnteredUs {
		if !slices.Contains(entered, us) {
			row.RemovedStagesEnteredUs = append(row.RemovedStagesEnteredUs, us)
		}
	}
	h.state.StagesEnteredUs = entered
	f.emit(topicOpportunities, s.workspace+"|"+s.name, row)
}

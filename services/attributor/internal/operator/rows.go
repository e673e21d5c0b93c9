package operator

import (
	"cmp"

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

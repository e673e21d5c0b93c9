package operator

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// unattributed is the channel of what no touch earned.
const unattributed = "(unattributed)"

// line is one touch's credit under one model: a row of a CreditSet with what cells and postings need.
type line struct {
	row *pb.CreditRow
	// amounts are parallel to the facts' measures.
	amounts []int64
	weight  float64
}

// modelLines is a journey under one model.
type modelLines struct {
	name, version string
	total         uint64
	lines         []line
}

// split shares the facts' measures out as the claim says, model by model.
func split(v facts, c *pb.Claim) []modelLines {
	if c == nil || len(v.measures) == 0 {
		return nil
	}
	models := make([]modelLines, 0, len(c.Models))
	for _, m := range c.Models {
		ml := modelLines{name: m.Model, version: m.ModelVersion}
		if len(m.Parts) == 0 {
			ml.total = 1
			ml.lines = []line{newLine(&pb.CreditRow{Channel: unattributed, Parts: 1}, len(v.measures), 1)}
		}
		for _, p := range m.Parts {
			ml.total += p
		}
		for i, p := range m.Parts {
			t := c.Touches[m.Index[i]]
			ml.lines = append(ml.lines, newLine(&pb.CreditRow{
				TouchpointId: t.Id, Positions: m.Positions[i], Channel: t.Channel, Source: t.Source, Medium: t.Medium,
				Campaign: t.Campaign, TouchUs: t.OccurredUs, PersonId: t.PersonId, Parts: p,
			}, len(v.measures), float64(p)/float64(ml.total)))
		}
		ml.share(v.measures, m.Parts)
		models = append(models, ml)
	}
	return models
}

func newLine(row *pb.CreditRow, measures int, weight float64) line {
	row.Amounts = make([]*pb.MeasureAmount, measures)
	return line{row: row, amounts: make([]int64, measures), weight: weight}
}

func (ml *modelLines) share(measures []attribution.MeasureAmount, parts []uint64) {
	for k, m := range measures {
		amounts := attribution.Split(m.Amount, parts)
		if amounts == nil {
			amounts = []int64{m.Amount}
		}
		for i := range ml.lines {
			ml.lines[i].amounts[k] = amounts[i]
			ml.lines[i].row.Amounts[k] = &pb.MeasureAmount{Measure: measureOf(m.Measure), Amount: amounts[i]}
		}
	}
}

// post writes the difference between what is posted and what the facts and the claim say: credits, ledger and cells, in one transaction.
// The ledger has a batch for each step on the way there; credits and cells are absolute, and written once.
func (f *flush) post(s *subject, h *homeJourney, now facts, c *pb.Claim) {
	st, was := h.state, h.posted()
	before := split(was, st.PostedClaim)
	if st.OpenedUs == 0 {
		st.OpenedUs = now.openedUS
	}
	p := &posting{f: f, s: s, h: h, was: was, now: now, claim: c}
	wrote, from, last := false, before, was
	for _, sp := range s.steps(h, was, now, c) {
		to := split(sp.now, sp.claim)
		p.was, p.now = last, sp.now
		p.reason = reason(sp.now, last, s.tx.cause, modelChanged(from, to))
		p.cause, p.effectiveUS = s.causeOf(h, p.reason, &sp)
		p.recordedUS = max(p.cause.GetReceiptSeq(), s.tx.cause.GetReceiptSeq(), st.RecordedUs)
		if p.ledgers(from, to) {
			wrote, st.RecordedUs = true, p.recordedUS
		}
		from, last = to, sp.now
	}
	p.was = was
	p.write(before, from, wrote)
	st.Posted, st.UnpostedEventIds = now.state(st.FactsRev), nil
}

func modelChanged(before, after []modelLines) bool {
	for i := range before {
		k := slices.IndexFunc(after, func(m modelLines) bool { return m.name == before[i].name })
		if k < 0 || after[k].version != before[i].version {
			return true
		}
	}
	return false
}

// causeOf returns the cause a posting names and when it took effect in the business.
func (s *subject) causeOf(h *homeJourney, r pb.Reason, sp *step) (*pb.Cause, int64) {
	cause := sp.cause
	if cause == nil {
		cause = h.state.FactsCause
	}
	switch r {
	case pb.Reason_REASON_CONVERSION, pb.Reason_REASON_OPENED:
		return cause, sp.now.openedUS
	case pb.Reason_REASON_WON, pb.Reason_REASON_LOST:
		return cause, sp.now.closeUS
	case pb.Reason_REASON_STAGE, pb.Reason_REASON_REOPENED:
		return cause, cause.GetEffectiveUs()
	case pb.Reason_REASON_AMOUNT, pb.Reason_REASON_DELETED, pb.Reason_REASON_MERGED:
		if sp.cause != nil {
			return sp.cause, sp.cause.EffectiveUs
		}
	}
	return s.tx.cause, s.tx.cause.GetEffectiveUs()
}

// posting is the writing of one change of one journey.
type posting struct {
	f           *flush
	s           *subject
	h           *homeJourney
	was, now    facts
	claim       *pb.Claim
	reason      pb.Reason
	cause       *pb.Cause
	effectiveUS int64
	recordedUS  int64
}

func (p *posting) write(before, after []modelLines, wrote bool) {
	for _, m := range before {
		p.cells(m, p.was, -1)
	}
	for _, m := range after {
		p.cells(m, p.now, 1)
	}
	if !wrote {
		if p.isQuiet(before, after) {
			return
		}
		p.h.state.Version++
	}
	p.h.state.RecordedUs = p.recordedUS
	p.credits(before, after)
}

// ledgers writes the postings. A batch has one currency: when it changes, the old money goes back in one batch and the new comes in the
// next.
func (p *posting) ledgers(before, after []modelLines) (wrote bool) {
	if p.was.currency != p.now.currency && len(before) > 0 && len(after) > 0 {
		back := p.ledger(p.was.currency, before, nil)
		return p.ledger(p.now.currency, nil, after) || back
	}
	if p.now.isDeleted {
		return p.ledger(p.was.currency, before, after)
	}
	return p.ledger(p.now.currency, before, after)
}

// isQuiet tells that no credit set differs: the claim was repeated for other facts.
func (p *posting) isQuiet(before, after []modelLines) bool {
	if len(before) != len(after) || p.h.state.Posted == nil || p.was.closeUS != p.now.closeUS {
		return false
	}
	old := p.h.state.PostedClaim
	if old.GetAccountId() != p.claim.GetAccountId() || old.GetPersonId() != p.claim.GetPersonId() {
		return false
	}
	for i := range before {
		if !before[i].same(&after[i]) {
			return false
		}
	}
	return true
}

func (ml *modelLines) same(o *modelLines) bool {
	if ml.name != o.name || ml.version != o.version || ml.total != o.total || len(ml.lines) != len(o.lines) {
		return false
	}
	for i := range ml.lines {
		if !same(ml.lines[i].row, o.lines[i].row) {
			return false
		}
	}
	return true
}

// credits writes the credit sets that differ, under a new version.
func (p *posting) credits(before, after []modelLines) {
	st := p.h.state
	meta := p.was.closeUS != p.now.closeUS || p.was.currency != p.now.currency || st.PostedClaim.GetAccountId() != p.claim.GetAccountId() ||
		st.PostedClaim.GetPersonId() != p.claim.GetPersonId()
	for i := range after {
		m := &after[i]
		old := find(before, m.name)
		if old != nil && !meta && old.same(m) {
			continue
		}
		p.creditSet(m, old)
	}
	for i := range before {
		if m := &before[i]; find(after, m.name) == nil {
			p.creditSet(&modelLines{name: m.name, version: m.version}, m)
		}
	}
}

func find(models []modelLines, name string) *modelLines {
	for i := range models {
		if models[i].name == name {
			return &models[i]
		}
	}
	return nil
}

func (p *posting) creditSet(m, old *modelLines) {
	set := &pb.CreditSet{
		Workspace: p.s.workspace, JourneyId: p.h.id, Kind: p.kind(), Model: m.name, ModelVersion: m.version, Version: p.h.state.Version,
		ConversionType: p.now.conversionType, Currency: p.now.currency, CloseUs: p.now.closeUS, OpenedUs: p.h.state.OpenedUs,
		AccountId: p.claim.GetAccountId(), PersonId: p.claim.GetPersonId(), PartsTotal: m.total, RecordedUs: p.recordedUS,
	}
	set.Rows = make([]*pb.CreditRow, len(m.lines))
	for i := range m.lines {
		set.Rows[i] = m.lines[i].row
	}
	if old != nil {
		held := make(map[string]bool, len(m.lines))
		for _, r := range set.Rows {
			held[r.TouchpointId] = true
		}
		for i := range old.lines {
			if id := old.lines[i].row.TouchpointId; !held[id] {
				set.Removed = append(set.Removed, id)
			}
		}
	}
	p.f.emit(topicCredits, p.s.workspace+"|"+p.h.id+"|"+m.name, set)
}

func (p *posting) kind() pb.JourneyKind { return p.now.kind }

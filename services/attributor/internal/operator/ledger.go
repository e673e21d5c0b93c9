package operator

import (
	"math"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// weightEpsilon is below any difference between two shares that is not a rounding of the division.
const weightEpsilon = 1e-12

// ledgerBatches are the postings of one version that are not written yet: those of touches that fell to the limit have a reason of their own.
type ledgerBatches struct{ ordinary, limit ledgerBatch }

type ledgerBatch struct {
	postings []*pb.Posting
	bytes    int
}

// differ adds the postings of one model: touches of the new state in order, then those that earned only in the old one.
func (p *posting) differ(m *match) {
	if m.now != nil {
		for i := range m.now.lines {
			p.difference(m, m.wasLine(i), i)
		}
	}
	if m.was != nil {
		for i := range m.was.lines {
			if m.nowLine(i) == nobody {
				p.difference(m, i, nobody)
			}
		}
	}
}

// difference adds the postings of one touch. Credit that counts elsewhere than before (another channel, campaign or day) leaves where it was by a
// posting of its own and arrives where it is, so that postings add up to the cells at every moment.
func (p *posting) difference(m *match, was, now int) {
	for k := pb.Measure_MEASURE_CONVERSIONS; k <= pb.Measure_MEASURE_REVENUE; k++ {
		oldAmount, oldWeight := m.was.measure(was, k)
		amount, weight := m.now.measure(now, k)
		from, to := m.was.place(was, k), m.now.place(now, k)
		switch {
		case oldAmount != 0 && amount != 0 && from != to:
			departure := from.posting(m.was, was, k, -oldWeight, -oldAmount)
			departure.IsDeparture = true
			p.addPosting(m, was, now, departure)
			p.addPosting(m, was, now, to.posting(m.now, now, k, weight, amount))
		case amount == oldAmount && math.Abs(weight-oldWeight) < weightEpsilon:
		case now == nobody, amount == 0 && oldAmount != 0:
			p.addPosting(m, was, now, from.posting(m.was, was, k, weight-oldWeight, amount-oldAmount))
		default:
			p.addPosting(m, was, now, to.posting(m.now, now, k, weight-oldWeight, amount-oldAmount))
		}
	}
}

func (p *posting) addPosting(m *match, was, now int, posting *pb.Posting) {
	b := &p.batches.ordinary
	if now == nobody && p.isCut(m, was) {
		b = &p.batches.limit
	}
	b.postings = append(b.postings, posting)
	if b.bytes += posting.SizeVT() + 4; b.bytes >= p.f.op.cfg.sectionBytes() {
		p.writeLedger(b)
	}
}

// place is where an amount counts, beside its model and currency.
type place struct {
	channel, campaign  string
	closeDay, touchDay int32
}

// place returns where a measure of a line counts; nowhere when the line or the measure does not stand.
func (ml *modelLines) place(i int, k pb.Measure) (at place) {
	if ml == nil || i < 0 {
		return at
	}
	t := ml.touch(i)
	at.channel, at.campaign = t.Channel, t.Campaign
	for j := range ml.measures {
		if measureOf(ml.measures[j].Measure) == k {
			at.closeDay = attribution.DayOf(ml.measures[j].AtUS)
		}
	}
	if at.touchDay = at.closeDay; t.Id != "" {
		at.touchDay = attribution.DayOf(t.OccurredUs)
	}
	return at
}

func (at place) posting(ml *modelLines, i int, k pb.Measure, weight float64, delta int64) *pb.Posting {
	return &pb.Posting{
		Model: ml.name, ModelVersion: ml.version, Measure: k, TouchpointId: ml.touch(i).Id, Channel: at.channel, Campaign: at.campaign,
		DeltaWeight: weight, Delta: delta, CloseDay: at.closeDay, TouchDay: at.touchDay,
	}
}

// conversionType is the journey's, also when it is gone.
func (p *posting) conversionType() string {
	if p.now.conversionType != "" {
		return p.now.conversionType
	}
	return p.was.conversionType
}

// isCut tells whether a touch lost its credit because it fell to the owner's limit of touches.
func (p *posting) isCut(m *match, was int) bool {
	at := m.was.lines[was].at
	return at != nobody && m.after[at] == nobody && p.claim.GetCutUs() != 0 && p.before.touches[at].OccurredUs <= p.claim.GetCutUs()
}

// endLedger writes what is left of a version.
func (p *posting) endLedger() {
	p.writeLedger(&p.batches.ordinary)
	p.writeLedger(&p.batches.limit)
}

func (p *posting) writeLedger(b *ledgerBatch) {
	if len(b.postings) == 0 {
		return
	}
	reason := p.reason
	if b == &p.batches.limit {
		reason = pb.Reason_REASON_LIMIT
	}
	p.f.op.metrics.postings.WithLabelValues(reason.String()).Add(float64(len(b.postings)))
	p.f.emit(topicLedger, p.s.workspace+"|"+p.h.id, &pb.LedgerBatch{
		Workspace: p.s.workspace, JourneyId: p.h.id, Kind: p.now.kind, Version: p.number(), Currency: p.currency, Reason: reason,
		CauseEventId: p.causeID, EffectiveUs: p.effectiveUS, RecordedUs: p.recordedUS, Postings: b.postings,
		ConversionType: p.conversionType(),
	})
	b.postings, b.bytes = b.postings[:0], 0
}

// cells adds the difference of a model's credit to the day cells of both bases.
func (p *posting) cells(m *match) {
	if m.now != nil {
		for i := range m.now.lines {
			was := m.wasLine(i)
			if was != nobody && p.sameCells(m, was, i) {
				continue
			}
			p.cell(m.now, i, &p.now, 1)
			if was != nobody {
				p.cell(m.was, was, &p.was, -1)
			}
		}
	}
	if m.was != nil {
		for i := range m.was.lines {
			if m.nowLine(i) == nobody {
				p.cell(m.was, i, &p.was, -1)
			}
		}
	}
}

// sameCells tells whether a line counts the same before and after.
func (p *posting) sameCells(m *match, was, now int) bool {
	at := m.was.lines[was].at
	if p.was.currency != p.now.currency || len(m.was.measures) != len(m.now.measures) || at != nobody && !m.isSame[at] {
		return false
	}
	for k := range m.was.measures {
		if m.was.measures[k].Measure != m.now.measures[k].Measure || m.was.measures[k].AtUS != m.now.measures[k].AtUS ||
			m.was.amounts[k][was] != m.now.amounts[k][now] {
			return false
		}
	}
	return true
}

// cell adds one line, with the sign.
func (p *posting) cell(m *modelLines, i int, v *facts, sign int64) {
	t := m.touch(i)
	key := cellKey{workspace: p.s.workspace, model: m.name, channel: t.Channel, campaign: t.Campaign, currency: v.currency}
	// Measures mostly share their days: the cells of the last one are tried before they are looked up.
	var byTouch, byClose *cellSum
	for k, measure := range m.measures {
		amount := sign * m.amounts[k][i]
		if amount == 0 {
			continue
		}
		day := attribution.DayOf(measure.AtUS)
		byClose = p.cellOf(byClose, key, pb.Basis_BASIS_CLOSE, day)
		byClose.add(measureOf(measure.Measure), amount)
		if t.Id != "" {
			day = attribution.DayOf(t.OccurredUs)
		}
		byTouch = p.cellOf(byTouch, key, pb.Basis_BASIS_TOUCH, day)
		byTouch.add(measureOf(measure.Measure), amount)
	}
}

// cellOf returns the sum of a cell: last, when that is the one.
func (p *posting) cellOf(last *cellSum, key cellKey, basis pb.Basis, day int32) *cellSum {
	if last != nil && last.key.day == day {
		return last
	}
	key.basis, key.day = basis, day
	return p.f.cellFor(p.s, key)
}

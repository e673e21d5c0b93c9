package operator

import (
	"cmp"
	"math"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// weightEpsilon is below any difference between two shares that is not a rounding of the division.
const weightEpsilon = 1e-12

// fieldPostings is LedgerBatch.postings.
const fieldPostings = 10

// ledgerBatches are the postings of one version that are not written yet: those of touches that fell to the limit have a reason of their own.
type ledgerBatches struct{ ordinary, limit ledgerBatch }

type ledgerBatch struct {
	bytes int
	elements
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
	for _, k := range m.measures {
		oldAmount, oldWeight := m.was.share(was, k.was)
		amount, weight := m.now.share(now, k.now)
		switch {
		case oldAmount != 0 && amount != 0 && m.was.place(was, k.was) != m.now.place(now, k.now):
			p.addPosting(m, was, now, m.was, was, k.was, change{k.measure, -oldWeight, -oldAmount, true})
			p.addPosting(m, was, now, m.now, now, k.now, change{k.measure, weight, amount, false})
		case amount == oldAmount && math.Abs(weight-oldWeight) < weightEpsilon:
		case now == nobody, amount == 0 && oldAmount != 0:
			p.addPosting(m, was, now, m.was, was, k.was, change{k.measure, weight - oldWeight, amount - oldAmount, false})
		default:
			p.addPosting(m, was, now, m.now, now, k.now, change{k.measure, weight - oldWeight, amount - oldAmount, false})
		}
	}
}

// change is what a posting changes.
type change struct {
	measure     pb.Measure
	weight      float64
	delta       int64
	isDeparture bool
}

// addPosting writes a posting at the place of a line of ml under its measure k. The one message serves all postings: it is encoded at once.
func (p *posting) addPosting(m *match, was, now int, ml *modelLines, line, k int, c change) {
	b := &p.batches.ordinary
	if now == nobody && p.isCut(m, was) {
		b = &p.batches.limit
	} else if b.buf == nil {
		p.f.room(&b.elements, isLong(p.from) || isLong(p.claim))
	}
	at, out := ml.place(line, k), &p.scratch
	out.Model, out.ModelVersion, out.Measure, out.TouchpointId = ml.name, ml.version, c.measure, ml.touch(line).Id
	out.Channel, out.Campaign, out.CloseDay, out.TouchDay = at.channel, at.campaign, at.closeDay, at.touchDay
	out.DeltaWeight, out.Delta, out.IsDeparture = c.weight, c.delta, c.isDeparture
	size := out.SizeVT()
	if err := b.add(fieldPostings, out, size); err != nil {
		p.f.err = cmp.Or(p.f.err, err)
	}
	if b.bytes += size + 4; b.bytes >= p.f.op.cfg.sectionBytes() {
		p.writeLedger(b)
	}
}

// place is where an amount counts, beside its model and currency.
type place struct {
	channel, campaign  string
	closeDay, touchDay int32
}

// place returns where a measure of a line counts; k is nobody for one that does not stand.
func (ml *modelLines) place(i, k int) (at place) {
	t := ml.touch(i)
	at.channel, at.campaign = t.Channel, t.Campaign
	if k >= 0 {
		at.closeDay = ml.closeDays[k]
	}
	if at.touchDay = at.closeDay; t.Id != "" {
		at.touchDay = attribution.DayOf(t.OccurredUs)
	}
	return at
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
	if b.n == 0 {
		return
	}
	reason := p.reason
	if b == &p.batches.limit {
		reason = pb.Reason_REASON_LIMIT
	}
	p.f.op.metrics.postings.WithLabelValues(reason.String()).Add(float64(b.n))
	p.f.emitLong(topicLedger, p.s.workspace+"|"+p.h.id, &pb.LedgerBatch{
		Workspace: p.s.workspace, JourneyId: p.h.id, Kind: p.now.kind, Version: p.number(), Currency: p.currency, Reason: reason,
		CauseEventId: p.causeID, EffectiveUs: p.effectiveUS, RecordedUs: p.recordedUS,
		ConversionType: p.conversionType(),
	}, &b.elements)
	b.bytes = 0
}

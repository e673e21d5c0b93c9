package operator

import (
	"math"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// weightEpsilon is below any difference between two shares that is not a rounding of the division.
const weightEpsilon = 1e-12

// ledger writes the differences between two states of a journey under one version, in several batches when they are many. It tells
// whether there were any.
func (p *posting) ledger(currency string, before, after []modelLines) bool {
	var postings []*pb.Posting
	for i := range after {
		postings = p.differ(postings, find(before, after[i].name), &after[i])
	}
	for i := range before {
		if find(after, before[i].name) == nil {
			postings = p.differ(postings, &before[i], nil)
		}
	}
	if len(postings) == 0 {
		return false
	}
	p.h.state.Version++
	p.f.op.metrics.postings.WithLabelValues(p.reason.String()).Add(float64(len(postings)))
	for len(postings) > 0 {
		n, bytes := 0, 0
		for n < len(postings) && bytes < recordBytes {
			bytes += postings[n].SizeVT()
			n++
		}
		p.f.emit(topicLedger, p.s.workspace+"|"+p.h.id, &pb.LedgerBatch{
			Workspace: p.s.workspace, JourneyId: p.h.id, Kind: p.kind(), Version: p.h.state.Version, Currency: currency, Reason: p.reason,
			CauseEventId: p.cause.GetEventId(), EffectiveUs: p.effectiveUS, RecordedUs: p.recordedUS, Postings: postings[:n],
		})
		postings = postings[n:]
	}
	return true
}

// differ appends the postings of one model: touches of the new state in order, then those that earned only in the old one.
func (p *posting) differ(postings []*pb.Posting, before, after *modelLines) []*pb.Posting {
	var old map[string]*line
	if before != nil {
		old = make(map[string]*line, len(before.lines))
		for i := range before.lines {
			old[before.lines[i].row.TouchpointId] = &before.lines[i]
		}
	}
	if after != nil {
		for i := range after.lines {
			l := &after.lines[i]
			postings = appendDifference(postings, after, old[l.row.TouchpointId], l)
			if old != nil {
				delete(old, l.row.TouchpointId)
			}
		}
	}
	if before != nil {
		for i := range before.lines {
			if l := &before.lines[i]; old[l.row.TouchpointId] != nil {
				postings = appendDifference(postings, before, l, nil)
			}
		}
	}
	return postings
}

func appendDifference(postings []*pb.Posting, m *modelLines, was, now *line) []*pb.Posting {
	row := now
	if row == nil {
		row = was
	}
	for k := pb.Measure_MEASURE_CONVERSIONS; k <= pb.Measure_MEASURE_REVENUE; k++ {
		oldAmount, oldWeight := was.measure(k)
		amount, weight := now.measure(k)
		if amount == oldAmount && math.Abs(weight-oldWeight) < weightEpsilon {
			continue
		}
		postings = append(postings, &pb.Posting{
			Model: m.name, ModelVersion: m.version, Measure: k, TouchpointId: row.row.TouchpointId, Channel: row.row.Channel,
			Campaign: row.row.Campaign, DeltaWeight: weight - oldWeight, Delta: amount - oldAmount,
		})
	}
	return postings
}

// measure returns a line's amount and weight under a measure; zero when the measure does not stand.
func (l *line) measure(m pb.Measure) (amount int64, weight float64) {
	if l == nil {
		return 0, 0
	}
	for i, a := range l.row.Amounts {
		if a.Measure == m {
			return l.amounts[i], l.weight
		}
	}
	return 0, 0
}

// cells adds a model's credit to the day cells of both bases, with the sign.
func (p *posting) cells(m modelLines, v facts, sign int64) {
	for i := range m.lines {
		l := &m.lines[i]
		key := cellKey{
			workspace: p.s.workspace, model: m.name, channel: l.row.Channel, campaign: l.row.Campaign, currency: v.currency,
		}
		// Measures mostly share their days: the cells of the last one are tried before they are looked up.
		var byTouch, byClose *cellSum
		for k, measure := range v.measures {
			amount := sign * l.amounts[k]
			if amount == 0 {
				continue
			}
			day := attribution.DayOf(measure.AtUS)
			byClose = p.cell(byClose, key, pb.Basis_BASIS_CLOSE, day)
			byClose.add(measureOf(measure.Measure), amount)
			if l.row.TouchpointId != "" {
				day = attribution.DayOf(l.row.TouchUs)
			}
			byTouch = p.cell(byTouch, key, pb.Basis_BASIS_TOUCH, day)
			byTouch.add(measureOf(measure.Measure), amount)
		}
	}
}

// cell returns the sum of a cell: last, when that is the one.
func (p *posting) cell(last *cellSum, key cellKey, basis pb.Basis, day int32) *cellSum {
	if last != nil && last.key.day == day {
		return last
	}
	key.basis, key.day = basis, day
	return p.f.cellFor(p.s, key)
}

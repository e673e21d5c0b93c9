package operator

import (
	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// A journey of a hundred thousand touches counts in ten thousand cells under each model. So its touches are numbered by where they count, once for all
// models, and what a model gives them is summed up by number before any cell is looked up.

// spot is where a touch counts, beside model, currency and close.
type spot struct {
	channel, campaign string
	// day is that of the touch; the unattributed line has none and counts on the day of the close.
	day    int32
	hasDay bool
}

// spots are those of two bodies. Spot 0 is the unattributed line's.
type spots struct {
	list          []spot
	before, after []int32
}

func newSpots(before, after *body) *spots {
	s := &spots{list: []spot{{channel: unattributed}}}
	numbers := make(map[spot]int32)
	s.before, s.after = s.number(numbers, before), s.number(numbers, after)
	return s
}

func (s *spots) number(numbers map[spot]int32, b *body) []int32 {
	out := make([]int32, len(b.touches))
	for i, t := range b.touches {
		at := spot{t.Channel, t.Campaign, attribution.DayOf(t.OccurredUs), true}
		n, ok := numbers[at]
		if !ok {
			n = int32(len(s.list))
			numbers[at] = n
			s.list = append(s.list, at)
		}
		out[i] = n
	}
	return out
}

// sums adds up each measure of a model's lines by spot.
func (s *spots) sums(ml *modelLines, numbers []int32) [][]int64 {
	if ml == nil {
		return nil
	}
	sums := make([][]int64, len(ml.amounts))
	for k, amounts := range ml.amounts {
		sums[k] = make([]int64, len(s.list))
		for i, l := range ml.lines {
			n := int32(0)
			if l.at != nobody {
				n = numbers[l.at]
			}
			sums[k][n] += amounts[i]
		}
	}
	return sums
}

// cells adds the difference of a model's credit to the day cells of both bases.
func (p *posting) cells(m *match) {
	if m.spots == nil {
		m.spots = newSpots(p.before, p.after)
	}
	was, now := m.spots.sums(m.was, m.spots.before), m.spots.sums(m.now, m.spots.after)
	w := cellWriter{p: p}
	for n := range m.spots.list {
		at := &m.spots.list[n]
		for _, k := range m.measures {
			var out, in int64
			if k.was != nobody {
				out = was[k.was][n]
			}
			if k.now != nobody {
				in = now[k.now][n]
			}
			switch {
			case out == 0 && in == 0:
			case k.was != nobody && k.now != nobody && p.was.currency == p.now.currency && m.was.closeDays[k.was] == m.now.closeDays[k.now]:
				w.add(m.now, at, p.now.currency, m.now.closeDays[k.now], k.measure, in-out)
			default:
				if out != 0 {
					w.add(m.was, at, p.was.currency, m.was.closeDays[k.was], k.measure, -out)
				}
				if in != 0 {
					w.add(m.now, at, p.now.currency, m.now.closeDays[k.now], k.measure, in)
				}
			}
		}
	}
}

// cellWriter remembers the cells that it added to last: the measures of a spot mostly share them.
type cellWriter struct {
	p                *posting
	byTouch, byClose *cellSum
}

func (w *cellWriter) add(ml *modelLines, at *spot, currency string, closeDay int32, measure pb.Measure, amount int64) {
	if amount == 0 {
		return
	}
	key := cellKey{
		workspace: w.p.s.workspace, model: ml.name, channel: at.channel, campaign: at.campaign, currency: currency, basis: pb.Basis_BASIS_CLOSE,
		day: closeDay,
	}
	w.byClose = w.cell(w.byClose, key)
	w.byClose.add(measure, amount)
	if key.basis = pb.Basis_BASIS_TOUCH; at.hasDay {
		key.day = at.day
	}
	w.byTouch = w.cell(w.byTouch, key)
	w.byTouch.add(measure, amount)
}

// cell is the transaction's sum of a cell: last, when that is the one.
func (w *cellWriter) cell(last *cellSum, key cellKey) *cellSum {
	if last != nil && last.key == key {
		return last
	}
	return w.p.f.cellFor(w.p.s, key)
}

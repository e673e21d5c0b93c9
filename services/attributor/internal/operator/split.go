package operator

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// unattributed is the channel of what no touch earned.
const unattributed = "(unattributed)"

// nobody is the place of the unattributed line, which has no touch.
const nobody = -1

// line is one touch's share of a journey under one model.
type line struct {
	// at is the touch's place in the claim's body, or nobody.
	at        int
	parts     uint64
	positions uint32
}

// modelLines is a journey under one model: the facts' measures shared out as a claim says. A long journey has a hundred thousand lines under each of ten
// models, so models are split one after the other and lines are numbers, not rows.
type modelLines struct {
	name, version string
	total         uint64
	lines         []line
	measures      []attribution.MeasureAmount
	// codes and closeDays are parallel to measures, amounts as well, and then to lines.
	codes     []pb.Measure
	closeDays []int32
	amounts   [][]int64
	body      *body
	// nobody is the touch of the unattributed line.
	nobody *pb.ClaimTouch
}

// split shares the facts' measures out as one model says; nil when there is nothing to share.
func split(v *facts, b *body, m *pb.ModelWeights, by *attribution.Splitter) *modelLines {
	if m == nil || len(v.measures) == 0 {
		return nil
	}
	ml := &modelLines{name: m.Model, version: m.ModelVersion, measures: v.measures, body: b, amounts: make([][]int64, len(v.measures))}
	ml.nobody = &pb.ClaimTouch{Channel: unattributed}
	if len(m.Parts) == 0 {
		ml.total, ml.lines = 1, []line{{at: nobody, parts: 1}}
	} else {
		ml.lines = make([]line, len(m.Parts))
		for i, p := range m.Parts {
			ml.total += p
			ml.lines[i] = line{at: int(m.Index[i]), parts: p, positions: m.Positions[i]}
		}
	}
	for k, measure := range v.measures {
		ml.codes, ml.closeDays = append(ml.codes, measureOf(measure.Measure)), append(ml.closeDays, attribution.DayOf(measure.AtUS))
		if ml.amounts[k] = by.Split(measure.Amount, m.Parts); ml.amounts[k] == nil {
			ml.amounts[k] = []int64{measure.Amount}
		}
	}
	return ml
}

// touch is a line's touch. The unattributed line has one of no id.
func (ml *modelLines) touch(i int) *pb.ClaimTouch {
	if at := ml.lines[i].at; at != nobody {
		return ml.body.touches[at]
	}
	return ml.nobody
}

// find is the place of a measure among those of a model's lines, nobody when it does not stand.
func (ml *modelLines) find(m pb.Measure) int {
	if ml == nil {
		return nobody
	}
	return slices.Index(ml.codes, m)
}

// share is a line's amount and weight under the measure at a place; zero when the line or the measure does not stand.
func (ml *modelLines) share(i, k int) (amount int64, weight float64) {
	if ml == nil || i < 0 || k < 0 {
		return 0, 0
	}
	return ml.amounts[k][i], float64(ml.lines[i].parts) / float64(ml.total)
}

// sameTouch tells whether two touches of one id make the same credit rows.
func sameTouch(a, b *pb.ClaimTouch) bool {
	return a.Channel == b.Channel && a.Campaign == b.Campaign && a.Source == b.Source && a.Medium == b.Medium && a.PersonId == b.PersonId &&
		a.OccurredUs == b.OccurredUs
}

// pairing connects the touches of two bodies, once for all models.
type pairing struct {
	// after is, per touch before, its place after or nobody; before the other way round.
	after, before []int
	// isSame tells per touch before that it makes the same rows after.
	isSame []bool
	// lineBefore is, per touch before, its line in the model at hand plus one; lineAfter per touch after.
	lineBefore, lineAfter []int32
	// spots are where touches count in the roll-ups, numbered when cells are first asked for.
	spots *spots
}

func pair(before, after *body) *pairing {
	p := &pairing{
		after: make([]int, len(before.touches)), before: make([]int, len(after.touches)), isSame: make([]bool, len(before.touches)),
		lineBefore: make([]int32, len(before.touches)), lineAfter: make([]int32, len(after.touches)),
	}
	for i := range p.before {
		p.before[i] = nobody
	}
	byID := make(map[string]int, len(after.touches))
	for i, t := range after.touches {
		byID[t.Id] = i
	}
	for i, t := range before.touches {
		j, ok := byID[t.Id]
		if !ok {
			p.after[i] = nobody
			continue
		}
		p.after[i], p.before[j] = j, i
		p.isSame[i] = sameTouch(t, after.touches[j])
	}
	return p
}

// match is the lines of one model before and after, side by side.
type match struct {
	*pairing
	was, now *modelLines
	// nobodyWas and nobodyNow are the places of the unattributed lines, or nobody.
	nobodyWas, nobodyNow int
	// measures are those that stand before or after.
	measures []measurePair
}

// measurePair is a measure and its places before and after, each nobody where it does not stand.
type measurePair struct {
	measure  pb.Measure
	was, now int
}

func (p *pairing) match(was, now *modelLines) *match {
	m := &match{pairing: p, was: was, now: now}
	m.nobodyWas, m.nobodyNow = number(p.lineBefore, was), number(p.lineAfter, now)
	for k := pb.Measure_MEASURE_CONVERSIONS; k <= pb.Measure_MEASURE_REVENUE; k++ {
		if pair := (measurePair{k, was.find(k), now.find(k)}); pair.was != nobody || pair.now != nobody {
			m.measures = append(m.measures, pair)
		}
	}
	return m
}

// number writes the places of a model's lines.
func number(places []int32, ml *modelLines) (unattributed int) {
	clear(places)
	unattributed = nobody
	if ml == nil {
		return unattributed
	}
	for i, l := range ml.lines {
		if l.at == nobody {
			unattributed = i
			continue
		}
		places[l.at] = int32(i) + 1
	}
	return unattributed
}

// wasLine is the line before of a line after; nobody when there was none.
func (m *match) wasLine(now int) int {
	at := m.now.lines[now].at
	if at == nobody {
		return m.nobodyWas
	}
	if b := m.before[at]; b != nobody {
		return int(m.lineBefore[b]) - 1
	}
	return nobody
}

// nowLine is the line after of a line before; nobody when there is none.
func (m *match) nowLine(was int) int {
	at := m.was.lines[was].at
	if at == nobody {
		return m.nobodyNow
	}
	if a := m.after[at]; a != nobody {
		return int(m.lineAfter[a]) - 1
	}
	return nobody
}

// unchanged tells whether the credit rows are the same before and after.
func (m *match) unchanged() bool {
	a, b := m.was, m.now
	if a == nil || b == nil || a.version != b.version || a.total != b.total || len(a.lines) != len(b.lines) || len(a.measures) != len(b.measures) {
		return false
	}
	for k := range a.measures {
		if a.measures[k].Measure != b.measures[k].Measure {
			return false
		}
	}
	for i := range b.lines {
		w := m.wasLine(i)
		if w == nobody || !m.isSameLine(w, i) {
			return false
		}
	}
	return true
}

func (m *match) isSameLine(was, now int) bool {
	a, b := &m.was.lines[was], &m.now.lines[now]
	if a.parts != b.parts || a.positions != b.positions || a.at != nobody && !m.isSame[a.at] {
		return false
	}
	for k := range m.was.amounts {
		if m.was.amounts[k][was] != m.now.amounts[k][now] {
			return false
		}
	}
	return true
}

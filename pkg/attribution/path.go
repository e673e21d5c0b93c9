package attribution

import (
	"slices"
	"sort"
)

// path is the part of a journey that a model looks at: the eligible touches, grouped into units.
type path struct {
	journey *Journey
	// touches indexes journey.Touches, ascending.
	touches []int
	// unitOf is the unit of each entry of touches, sizes the number of touches of each unit; both nil when every touch is its own.
	unitOf, sizes []int
}

// units returns the number of units.
func (p *path) units() int {
	if p.unitOf == nil {
		return len(p.touches)
	}
	return len(p.sizes)
}

// unit returns the unit of an entry of touches.
func (p *path) unit(entry int) int {
	if p.unitOf == nil {
		return entry
	}
	return p.unitOf[entry]
}

// size returns the number of touches of a unit.
func (p *path) size(unit int) int {
	if p.sizes == nil {
		return 1
	}
	return p.sizes[unit]
}

func (p *path) at(entry int) *Touchpoint { return &p.journey.Touches[p.touches[entry]] }

// eligible picks the touches that may earn credit: inside the window, no bots, direct ones as the policy says, transformed.
func (m *Model) eligible(j *Journey) *path {
	p := &path{journey: j}
	from, to := m.window(j)
	p.touches = make([]int, 0, to-from)
	hasOther := false
	for i := from; i < to; i++ {
		if t := &j.Touches[i]; !t.IsBot && m.takes(j, t) {
			p.touches = append(p.touches, i)
			hasOther = hasOther || !t.IsDirect
		}
	}
	if m.config.Direct == DirectDropUnlessOnly && hasOther {
		p.touches = slices.DeleteFunc(p.touches, func(i int) bool { return j.Touches[i].IsDirect })
	}
	for i := range m.config.Transforms {
		p.transform(&m.config.Transforms[i])
	}
	return p
}

// takes tells whether a journey has a touch by whose it is.
func (m *Model) takes(j *Journey, t *Touchpoint) bool {
	return !m.byRoles(j) || t.PersonID != "" && slices.Contains(j.People, t.PersonID)
}

func (m *Model) byRoles(j *Journey) bool {
	return m.config.People == PeopleContactRoles && j.Kind == JourneyKindOpportunity
}

// window returns the range of touches with opened - lookback <= occurred <= end.
func (m *Model) window(j *Journey) (from, to int) {
	start := j.OpenedUS - m.LookbackUS(j.ConversionType)
	from = sort.Search(len(j.Touches), func(i int) bool { return j.Touches[i].Key.OccurredUS >= start })
	to = sort.Search(len(j.Touches), func(i int) bool { return j.Touches[i].Key.OccurredUS > j.EndUS })
	return from, max(from, to)
}

// keep drops the touches that ok refuses and numbers the units of the others anew.
func (p *path) keep(ok func(*Touchpoint) bool) {
	p.keepEntries(func(e int) bool { return ok(p.at(e)) })
}

func (p *path) keepEntries(ok func(entry int) bool) {
	touches, units := make([]int, 0, len(p.touches)), []int(nil)
	for e, t := range p.touches {
		if ok(e) {
			touches = append(touches, t)
			units = append(units, p.unit(e))
		}
	}
	grouped := p.unitOf != nil
	p.touches, p.unitOf, p.sizes = touches, nil, nil
	if grouped {
		p.group(units)
	}
}

// group numbers the units by their first touch; key is any label per entry of touches.
func (p *path) group(key []int) {
	number := make(map[int]int)
	p.unitOf, p.sizes = make([]int, len(key)), nil
	for e, k := range key {
		u, ok := number[k]
		if !ok {
			u = len(p.sizes)
			number[k] = u
			p.sizes = append(p.sizes, 0)
		}
		p.unitOf[e] = u
		p.sizes[u]++
	}
}

func (p *path) transform(t *Transform) {
	switch t.Kind {
	case TransformExposure:
		p.merge(func(e int, last map[string]int) bool {
			u, ok := last[p.at(e).Channel]
			return ok && e > 0 && u == e-1
		})
	case TransformUnique:
		p.merge(func(int, map[string]int) bool { return true })
	case TransformFirst:
		seen := make(map[string]bool)
		p.keep(func(t *Touchpoint) bool {
			first := !seen[t.Channel]
			seen[t.Channel] = true
			return first
		})
	case TransformDropIfLast:
		p.dropIfLast(t.Channels)
	case TransformDropUnlessOnly:
		p.dropUnlessOnly(t.Channels)
	case TransformNone:
	}
}

// merge joins each touch to the unit of the touch of the same channel before it, where with agrees; last maps a channel to the entry of
// its latest touch so far.
func (p *path) merge(with func(entry int, last map[string]int) bool) {
	last := make(map[string]int)
	key := make([]int, len(p.touches))
	for e := range p.touches {
		channel := p.at(e).Channel
		key[e] = e
		if before, ok := last[channel]; ok && with(e, last) {
			key[e] = key[before]
		}
		last[channel] = e
	}
	p.group(key)
}

func (p *path) dropIfLast(channels []string) {
	end := len(p.touches)
	for end > 0 && slices.Contains(channels, p.at(end-1).Channel) {
		end--
	}
	if end > 0 {
		p.keepEntries(func(e int) bool { return e < end })
	}
}

func (p *path) dropUnlessOnly(channels []string) {
	named := func(t *Touchpoint) bool { return slices.Contains(channels, t.Channel) }
	for e := range p.touches {
		if !named(p.at(e)) {
			p.keep(func(t *Touchpoint) bool { return !named(t) })
			return
		}
	}
}

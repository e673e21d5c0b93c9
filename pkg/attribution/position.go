package attribution

import "sort"

// place gives the model's shares to the units that hold its positions and to the middle. Shares are scaled so that everything stays
// integer: by the number of middle units, and by the number of present positions where the missing shares are spread evenly.
func (m *Model) place(p *path, w *weights) {
	present, absent, last := uint64(0), m.middle, 0
	holders := make([]int, len(m.spots))
	for i, s := range m.spots {
		e := m.holder(p, s.name)
		holders[i] = e
		if e < 0 {
			absent += s.share
			continue
		}
		present++
		last = max(last, e)
		w.positions[p.unit(e)] |= s.bit
	}
	middle := m.middleUnits(p, w, last)
	if len(middle) > 0 {
		present++
		absent -= m.middle
	}
	m.distribute(p, w, holders, middle, present, absent)
}

// distribute writes the parts: extra is what each present position gets of the absent shares, after scaling.
func (m *Model) distribute(p *path, w *weights, holders, middle []int, present, absent uint64) {
	scale, extra := uint64(1), uint64(0)
	if m.config.Missing == MissingEvenly {
		scale, extra = present, absent
	}
	each := max(1, uint64(len(middle)))
	for i, s := range m.spots {
		if e := holders[i]; e >= 0 {
			w.parts[p.unit(e)] += (s.share*scale + extra) * each
		}
	}
	for _, u := range middle {
		w.parts[u] = m.middle*scale + extra
	}
}

// middleUnits returns, and marks, the units without a position that have a touch in the middle's scope.
func (m *Model) middleUnits(p *path, w *weights, last int) []int {
	if m.middle == 0 {
		return nil
	}
	from, to := 1, last
	if m.config.Middle == MiddleWholeJourney {
		from, to = 0, len(p.touches)
	}
	units := make([]int, 0, max(0, to-from))
	for e := from; e < to; e++ {
		// The mark also keeps a unit of several touches from being taken twice.
		if u := p.unit(e); w.positions[u] == 0 {
			w.positions[u] = PositionMiddle
			units = append(units, u)
		}
	}
	return units
}

// holder returns the entry of the touch that holds a position, -1 when it is absent.
func (m *Model) holder(p *path, name string) int {
	switch name {
	case MilestoneFirstTouch:
		return 0
	case ShareLastTouch:
		return m.lastTouch(p)
	case MilestoneLeadCreation:
		if m.byRoles(p.journey) {
			return p.latestBefore(p.journey.PeopleLead, p.journey.EndUS)
		}
	}
	return p.latestBefore(p.journey.milestone(name), p.journey.EndUS)
}

// lastTouch is the latest touch; for last_non_direct the latest that is not direct, if there is one, whatever the direct policy.
func (m *Model) lastTouch(p *path) int {
	n := len(p.touches)
	if m.config.Rule == RuleLastNonDirect {
		for e := n - 1; e >= 0; e-- {
			if !p.at(e).IsDirect {
				return e
			}
		}
	}
	return n - 1
}

// latestBefore is the latest touch at or before the milestone, of its person if it names one.
func (p *path) latestBefore(s *Milestone, endUS int64) int {
	if s == nil || s.AtUS > endUS {
		return -1
	}
	e := sort.Search(len(p.touches), func(i int) bool { return p.at(i).Key.OccurredUS > s.AtUS }) - 1
	if s.PersonID == "" {
		return e
	}
	for e >= 0 && p.at(e).PersonID != s.PersonID {
		e--
	}
	return e
}

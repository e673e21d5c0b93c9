package mirror

// Sum is the figures of the rows that fell together.
type Sum struct {
	Group
	// Step is the step of time the rows fall in, Day the day of what must be kept by day.
	Step, Day int32
	// First and Last are the first and last day with a row.
	First, Last int32
	Figures     []int64
}

// Grouping says which rows fall together.
type Grouping struct {
	// From and To are the first and last day that count.
	From, To int32
	// Name gives the group under which a group's rows are summed, and whether they are kept by day as well.
	Name func(Group) (Group, bool)
	// Step gives the step of time of a day. Nil: there are none.
	Step func(int32) int32
}

type sumKey struct {
	group     uint32
	step, day int32
}

// Sum adds up the rows that count.
func (r *Rows) Sum(g Grouping) []Sum {
	place, daily, names := r.places(g.Name)
	var sums []Sum
	at := map[sumKey]int32{}
	// Where neither steps nor days tell sums apart, the group alone finds them.
	direct := make([]int32, len(names))
	steps := map[int32]int32{}
	for i, day := range r.days {
		if !r.counts[i] || day < g.From || day > g.To {
			continue
		}
		group := r.of[i]
		key := sumKey{group: place[group]}
		if g.Step != nil {
			key.step = stepOf(steps, day, g.Step)
		}
		if daily[group] {
			key.day = day
		}
		simple := g.Step == nil && !daily[group]
		var n int32
		if simple {
			n = direct[key.group]
		} else {
			n = at[key]
		}
		if n == 0 {
			sums = append(sums, Sum{Group: names[key.group], Step: key.step, Day: key.day, First: day, Last: day, Figures: make([]int64, r.width)})
			n = int32(len(sums)) //nolint:gosec // no more than rows
			if simple {
				direct[key.group] = n
			} else {
				at[key] = n
			}
		}
		s := &sums[n-1]
		s.First, s.Last = min(s.First, day), max(s.Last, day)
		for k, figure := range r.figures[i*r.width : (i+1)*r.width] {
			s.Figures[k] += figure
		}
	}
	return sums
}

// places tells under which name each group's rows are summed.
func (r *Rows) places(name func(Group) (Group, bool)) (place []uint32, daily []bool, names []Group) {
	place, daily = make([]uint32, len(r.groups)), make([]bool, len(r.groups))
	byName := map[Group]uint32{}
	for i, g := range r.groups {
		as, byDay := name(g)
		id, ok := byName[as]
		if !ok {
			id = uint32(len(names)) //nolint:gosec // no more than groups
			byName[as] = id
			names = append(names, as)
		}
		place[i], daily[i] = id, byDay
	}
	return place, daily, names
}

func stepOf(known map[int32]int32, day int32, of func(int32) int32) int32 {
	step, ok := known[day]
	if !ok {
		step = of(day)
		known[day] = step
	}
	return step
}

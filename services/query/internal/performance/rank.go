package performance

import (
	"cmp"
	"slices"
	"strings"
)

// Order is how rows are sorted: by a measure, or by name when Measure is empty.
type Order struct {
	Measure    Measure
	Descending bool
	Value      ValueBasis
}

// Rank is a row's place in an order, by which a page can be continued whatever came in meanwhile.
type Rank struct {
	// Units is the number of an additive measure, Ratio of the others; Missing says that the row has no such ratio.
	Units   int64
	Ratio   float64
	Missing bool
	Key     Key
}

// Rank is r's place.
func (o Order) Rank(r Row) Rank {
	rank := Rank{Key: r.Key}
	if o.Measure == "" {
		return rank
	}
	ratio, isRatio := o.Measure.ratio(r.Figures, o.Value)
	switch {
	case !isRatio:
		rank.Units = o.Measure.Of(r.Figures, o.Value)
	case ratio == nil:
		rank.Missing = true
	default:
		rank.Ratio = *ratio
	}
	return rank
}

// Compare orders places. Rows without the ratio come last in either direction; equal rows are ordered by name, so that pages never overlap.
func (o Order) Compare(a, b Rank) int {
	if a.Missing != b.Missing {
		if a.Missing {
			return 1
		}
		return -1
	}
	c := cmp.Or(cmp.Compare(a.Units, b.Units), cmp.Compare(a.Ratio, b.Ratio))
	if o.Descending {
		c = -c
	}
	if c != 0 {
		return c
	}
	c = cmp.Or(strings.Compare(a.Key.Channel, b.Key.Channel), strings.Compare(a.Key.Campaign, b.Key.Campaign), strings.Compare(a.Key.Detail, b.Key.Detail))
	if o.Measure == "" && o.Descending {
		return -c
	}
	return c
}

// Sort sorts the rows.
func (t Table) Sort(o Order) {
	slices.SortFunc(t.Rows, func(a, b Row) int { return o.Compare(o.Rank(a), o.Rank(b)) })
}

// After are the rows that come after a place.
func (o Order) After(rows []Row, place Rank) []Row {
	i, found := slices.BinarySearchFunc(rows, place, func(r Row, p Rank) int { return o.Compare(o.Rank(r), p) })
	if found {
		i++
	}
	return rows[i:]
}

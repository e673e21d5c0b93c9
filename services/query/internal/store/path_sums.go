package store

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// pathRow is a row of pathsText. Of the journeys, taking[i] took days[i] days.
type pathRow struct {
	channels                                         []string
	touches, journeys, conversions, customers, minor int64
	currency                                         string
	day                                              performance.Day
	days, taking                                     []int64
}

// pathSums add rows up by path, by what converts alike, and by length.
type pathSums struct {
	byPath   map[string]*Path
	days     map[string]map[int64]int64
	byValue  map[pathMoney]*PathValue
	byLength map[pathMoney]*PathLength
}

// pathMoney is what amounts are added up by: the path or the number of touches, the currency, and the day of its rate.
type pathMoney struct {
	path     string
	touches  int64
	currency string
	day      performance.Day
}

func newPathSums() *pathSums {
	return &pathSums{byPath: map[string]*Path{}, days: map[string]map[int64]int64{}, byValue: map[pathMoney]*PathValue{}, byLength: map[pathMoney]*PathLength{}}
}

// entry is the value at a key, made when it is not there.
func entry[K comparable, V any](m map[K]*V, key K, first V) *V {
	if m[key] == nil {
		m[key] = &first
	}
	return m[key]
}

func (s *pathSums) add(r pathRow) {
	key := strings.Join(r.channels, "\x00")
	if len(r.channels) == 0 {
		key = "\x00\x00" // not the path of one channel without a name
	}
	p := entry(s.byPath, key, Path{Channels: r.channels})
	p.Journeys += r.journeys
	p.Conversions += r.conversions
	p.Customers += r.customers
	if s.days[key] == nil {
		s.days[key] = map[int64]int64{}
	}
	for i, days := range r.days {
		s.days[key][days] += r.taking[i]
	}
	value := entry(s.byValue, pathMoney{path: key, currency: r.currency, day: r.day}, PathValue{Channels: r.channels, Currency: r.currency, Day: r.day})
	value.Minor += r.minor
	length := entry(s.byLength, pathMoney{touches: r.touches, currency: r.currency, day: r.day}, PathLength{Touches: r.touches, Currency: r.currency, Day: r.day})
	length.Journeys += r.journeys
	length.Minor += r.minor
}

func (s *pathSums) paths() *Paths {
	out := &Paths{Paths: []Path{}, Values: []PathValue{}, Lengths: []PathLength{}}
	for key, p := range s.byPath {
		p.MedianDays = float64(median(s.days[key], p.Journeys))
		out.Paths = append(out.Paths, *p)
	}
	slices.SortFunc(out.Paths, func(a, b Path) int {
		return cmp.Or(cmp.Compare(b.Journeys, a.Journeys), slices.Compare(a.Channels, b.Channels))
	})
	for _, v := range s.byValue {
		if v.Minor != 0 {
			out.Values = append(out.Values, *v)
		}
	}
	slices.SortFunc(out.Values, func(a, b PathValue) int {
		return cmp.Or(slices.Compare(a.Channels, b.Channels), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Day, b.Day))
	})
	for _, l := range s.byLength {
		out.Lengths = append(out.Lengths, *l)
	}
	slices.SortFunc(out.Lengths, func(a, b PathLength) int {
		return cmp.Or(cmp.Compare(a.Touches, b.Touches), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Day, b.Day))
	})
	return out
}

// median is the middle of so many values, the upper one of two, given how often each occurs.
func median(occurs map[int64]int64, n int64) int64 {
	before := int64(0)
	for _, value := range slices.Sorted(maps.Keys(occurs)) {
		if before += occurs[value]; before > n/2 {
			return value
		}
	}
	return 0
}

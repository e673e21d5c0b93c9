package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPathSums_median holds for any days in any number of rows: the middle is that of all journeys, as ClickHouse's quantileExact has it.
func TestPathSums_median(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(0, 400), 1, 60).Draw(t, "days")
		sums := newPathSums()
		for rest := all; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "of a row")
			r := pathRow{channels: []string{"Email"}, journeys: int64(n), touches: int64(n), minor: 1}
			for _, days := range rest[:n] {
				r.days, r.taking = append(r.days, days), append(r.taking, 1)
			}
			sums.add(r)
			rest = rest[n:]
		}
		slices.Sort(all)
		got := sums.paths()
		if len(got.Paths) != 1 || got.Paths[0].Journeys != int64(len(all)) || got.Paths[0].MedianDays != float64(all[len(all)/2]) {
			t.Fatalf("%v gives %+v", all, got.Paths)
		}
	})
}

// TestPathSums_names: a path without a touch is not that of one channel without a name.
func TestPathSums_names(t *testing.T) {
	sums := newPathSums()
	for _, channels := range [][]string{nil, {""}, {"a", "b"}, {"a,b"}} {
		sums.add(pathRow{channels: channels, journeys: 1})
	}
	if got := sums.paths().Paths; len(got) != 4 {
		t.Errorf("%d paths: %v", len(got), got)
	}
}

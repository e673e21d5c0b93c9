package oracle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// Diff lists in words what got has otherwise than want, sorted, at most limit lines and then how many more; empty when they agree. A
// credit or cell of zero and a missing one are the same.
func Diff(got, want *Result, limit int) []string {
	var lines []string
	lines = append(lines, diffMaps("credit", got.Credits, want.Credits, func(a, b Credit) string {
		switch {
		case a.Amount == 0 && b.Amount == 0 && (a.PartsTotal == 0 || b.PartsTotal == 0):
			return ""
		case a.Amount != b.Amount || a.Currency != b.Currency:
			return fmt.Sprintf("amount %d %s, want %d %s", a.Amount, a.Currency, b.Amount, b.Currency)
		default:
			return differ(a, b)
		}
	})...)
	lines = append(lines, diffMaps("touchpoint", got.Touchpoints, want.Touchpoints, differ[Touchpoint])...)
	lines = append(lines, diffMaps("conversion", got.Conversions, want.Conversions, differ[Conversion])...)
	lines = append(lines, diffMaps("opportunity", got.Opportunities, want.Opportunities, differOpportunity)...)
	lines = append(lines, diffMaps("cell", got.Cells, want.Cells, differ[CellValues])...)
	if over := len(lines) - limit; over > 0 {
		lines = append(lines[:limit], fmt.Sprintf("... and %d more", over))
	}
	return lines
}

// diffMaps compares two maps key by key; a missing value is the zero value.
func diffMaps[K comparable, V any](what string, got, want map[K]V, compare func(a, b V) string) []string {
	keys := slices.Collect(maps.Keys(got))
	for k := range want {
		if _, ok := got[k]; !ok {
			keys = append(keys, k)
		}
	}
	var lines []string
	for _, k := range keys {
		if d := compare(got[k], want[k]); d != "" {
			lines = append(lines, fmt.Sprintf("%s %+v: %s", what, k, d))
		}
	}
	slices.Sort(lines)
	return lines
}

func differ[V comparable](a, b V) string {
	if a == b {
		return ""
	}
	return fmt.Sprintf("%+v, want %+v", a, b)
}

// differOpportunity compares what an opportunity's row shows; slices are not comparable by themselves.
func differOpportunity(a, b Opportunity) string {
	type row struct {
		created, closed, amount                         int64
		won, shut, hasAmount, deleted                   bool
		currency, stage, pipeline, account, person, crm string
		chance                                          attribution.Probability
	}
	of := func(o Opportunity) row {
		return row{
			o.CreatedUS, o.ClosedUS, o.AmountMinor, o.IsWon, o.IsClosed, o.HasAmount, o.IsDeleted,
			o.Currency, o.Stage, o.Pipeline, o.Account, o.Person, o.SourceSystem, o.Probability,
		}
	}
	if d := differ(of(a), of(b)); d != "" {
		return d
	}
	if !slices.EqualFunc(a.Visits, b.Visits, func(x, y attribution.StageVisit) bool { return x == y }) {
		return fmt.Sprintf("stages %+v, want %+v", a.Visits, b.Visits)
	}
	return ""
}

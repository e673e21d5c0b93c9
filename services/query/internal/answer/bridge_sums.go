package answer

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// worth converts a part, or leaves it out and remembers that.
func (b *bridgeBuilder) worth(p store.BridgePart) *big.Rat {
	if isCount(b.query.Measure) {
		return new(big.Rat).SetInt64(p.Minor)
	}
	worth, ok := b.rates.Worth(p.Minor, p.Currency, b.currency, b.base, p.Day)
	if !ok {
		if first, seen := b.missing[p.Currency]; !seen || p.Day < first {
			b.missing[p.Currency] = p.Day
		}
		return new(big.Rat)
	}
	return worth
}

// bridgeKey is a step and a part of it.
type bridgeKey struct{ step, row string }

func (b *bridgeBuilder) keyOf(p store.BridgePart) bridgeKey {
	switch b.by {
	case store.BridgeByChannel:
		return bridgeKey{p.Channel, p.Reason}
	case store.BridgeByMonth:
		return bridgeKey{p.Month.String()[:len("2026-01")], p.Channel}
	case store.BridgeByReason:
	}
	return bridgeKey{p.Reason, p.Channel}
}

// bridgeCell is what is rounded as one when it is converted: a day's amount of a campaign, as in every other table.
type bridgeCell struct {
	channel, campaign, currency string
	day                         performance.Day
}

// converter rounds the running total of each cell, so that the parts of a cell add up to what the cell is worth, and cells to the figure of any table.
type converter struct {
	b     *bridgeBuilder
	cells map[bridgeCell]*performance.Running
}

func (b *bridgeBuilder) converter() converter {
	return converter{b, map[bridgeCell]*performance.Running{}}
}

// add is by how many units a part moves the total.
func (c converter) add(p store.BridgePart) int64 {
	key := bridgeCell{p.Channel, p.Campaign, p.Currency, p.Day}
	if c.cells[key] == nil {
		c.cells[key] = &performance.Running{}
	}
	return c.cells[key].Add(c.b.worth(p))
}

// sums converts the parts and adds them up: what was known before, and each step's rows.
func (b *bridgeBuilder) sums() (before int64, steps map[string]map[string]int64) {
	steps = map[string]map[string]int64{}
	slices.SortStableFunc(b.parts, func(x, y store.BridgePart) int { // what was known before comes first; the rest in an order that is always the same
		if x.IsBefore != y.IsBefore {
			return map[bool]int{true: -1, false: 1}[x.IsBefore]
		}
		return cmp.Or(cmp.Compare(x.Reason, y.Reason), cmp.Compare(x.Channel, y.Channel), cmp.Compare(x.Campaign, y.Campaign), cmp.Compare(x.Day, y.Day),
			cmp.Compare(x.Currency, y.Currency))
	})
	known := b.converter()
	for _, p := range b.parts {
		units := known.add(p)
		if p.IsBefore {
			before += units
			continue
		}
		k := b.keyOf(p)
		if steps[k.step] == nil {
			steps[k.step] = map[string]int64{}
		}
		steps[k.step][k.row] += units
	}
	return before, steps
}

// ended converts what was known at the end, which was read by itself.
func (b *bridgeBuilder) ended() (total int64) {
	known := b.converter()
	for _, p := range b.end {
		total += known.add(p)
	}
	return total
}

// weight is how much a step moves, whatever the sign of its parts.
func weight(rows map[string]int64) int64 {
	total := int64(0)
	for _, units := range rows {
		total += max(units, -units)
	}
	return total
}

// sortedSteps are the steps, the largest first. Steps in which everything cancels out stay: they moved credit and gave it back.
func sortedSteps(sums map[string]map[string]int64) []string {
	return slices.SortedFunc(mapKeys(sums), func(x, y string) int {
		return cmp.Or(cmp.Compare(weight(sums[y]), weight(sums[x])), cmp.Compare(x, y))
	})
}

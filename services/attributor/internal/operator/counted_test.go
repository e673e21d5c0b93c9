package operator_test

import (
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// countedKey is a cell's key and a measure.
type countedKey struct {
	workspace, model, channel, campaign, currency string
	basis                                         pb.Basis
	day                                           int32
	measure                                       pb.Measure
}

// count adds a posting to the cells that it says it is part of.
func (k *sink) count(m *pb.LedgerBatch, p *pb.Posting) {
	key := countedKey{
		workspace: m.Workspace, model: p.Model, channel: p.Channel, campaign: p.Campaign, currency: m.Currency, measure: p.Measure,
	}
	for basis, day := range map[pb.Basis]int32{pb.Basis_BASIS_CLOSE: p.CloseDay, pb.Basis_BASIS_TOUCH: p.TouchDay} {
		key.basis, key.day = basis, day
		k.counted[key] += p.Delta
	}
}

// countedDiff compares the postings, added up where they count, with the cells: what was known at a moment is a sum of postings, and what is
// known now must be both.
func (k *sink) countedDiff() []string {
	rest := make(map[countedKey]int64)
	for key, sum := range k.counted {
		rest[key] = sum
	}
	for _, c := range k.cells {
		if _, _, shadow := attribution.SplitShadow(c.Key.Model); shadow {
			continue
		}
		for measure, amount := range map[pb.Measure]int64{
			pb.Measure_MEASURE_CONVERSIONS: c.Values.Conversions, pb.Measure_MEASURE_CONVERSION_VALUE: c.Values.ConversionValue,
			pb.Measure_MEASURE_OPPORTUNITIES: c.Values.Opportunities, pb.Measure_MEASURE_PIPELINE: c.Values.Pipeline,
			pb.Measure_MEASURE_CUSTOMERS: c.Values.Customers, pb.Measure_MEASURE_REVENUE: c.Values.Revenue,
		} {
			rest[countedKey{
				workspace: c.Key.Workspace, model: c.Key.Model, channel: c.Key.Channel, campaign: c.Key.Campaign, currency: c.Key.Currency,
				basis: c.Key.Basis, day: c.Key.Day, measure: measure,
			}] -= amount
		}
	}
	var lines []string
	for key, amount := range rest {
		if amount != 0 {
			lines = append(lines, fmt.Sprintf("postings of %+v and their cell differ by %d", key, amount))
		}
	}
	slices.Sort(lines)
	return lines
}

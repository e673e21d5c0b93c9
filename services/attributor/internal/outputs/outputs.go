// Package outputs reads what the attributor has written to its output topics back into the oracle's words, so that the two can be compared
// without a sink and a database.
package outputs

import (
	"context"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
)

// Outputs is what a reader of the output topics sees.
type Outputs struct {
	credits       map[string]*tributaryv1.CreditSet
	cells         map[string]*tributaryv1.Cell
	touchpoints   map[string]*tributaryv1.Touchpoint
	conversions   map[string]*tributaryv1.ConversionRow
	opportunities map[string]*tributaryv1.OpportunityRow
	// history has the last version of each opportunity that is kept for good.
	history map[string]*tributaryv1.OpportunityRow
	// Posted is the sum of all postings of each amount; where nothing is wrong it is the credit.
	Posted map[oracle.CreditKey]int64
	// versions are the last version of each journey on the ledger.
	versions map[string]int64
}

// Read reads all output topics to their ends. It is an error when versions of a row or a journey do not rise.
func Read(ctx context.Context, cfg kafka.Config) (*Outputs, error) {
	o := &Outputs{
		credits: map[string]*tributaryv1.CreditSet{}, cells: map[string]*tributaryv1.Cell{}, touchpoints: map[string]*tributaryv1.Touchpoint{},
		conversions: map[string]*tributaryv1.ConversionRow{}, opportunities: map[string]*tributaryv1.OpportunityRow{},
		history: map[string]*tributaryv1.OpportunityRow{},
		Posted:  map[oracle.CreditKey]int64{}, versions: map[string]int64{},
	}
	for topic, take := range map[string]func(key string, value []byte) error{
		"credits-v1": o.takeCredits, "ledger-v1": o.takeLedger,
		"cells-v1":         func(k string, v []byte) error { return newest(o.cells, k, v, &tributaryv1.Cell{}) },
		"touchpoints-v1":   o.takeTouchpoint,
		"conversions-v1":   func(k string, v []byte) error { return newest(o.conversions, k, v, &tributaryv1.ConversionRow{}) },
		"opportunities-v1": o.takeOpportunity,
	} {
		bounds, err := readlog.Find(ctx, cfg, topic)
		if err != nil {
			return nil, err
		}
		err = readlog.Read(ctx, cfg, topic, bounds.Start, bounds, func(b readlog.Batch) error {
			for _, rec := range b.Records {
				if err := take(string(rec.Key), rec.Value); err != nil {
					return fmt.Errorf("%s/%d/%d: %w", topic, rec.Partition, rec.Offset, err)
				}
			}
			return nil
		}, nil)
		if err != nil {
			return nil, err
		}
	}
	return o, nil
}

// row is a message with a version.
type row interface {
	UnmarshalVT([]byte) error
	GetVersion() int64
}

// newest keeps the last row of a key, whose version must be higher than those before.
func newest[R row](all map[string]R, key string, value []byte, into R) error {
	if err := into.UnmarshalVT(value); err != nil {
		return err
	}
	if old, ok := all[key]; ok && into.GetVersion() <= old.GetVersion() {
		return fmt.Errorf("%q: version %d after %d", key, into.GetVersion(), old.GetVersion())
	}
	all[key] = into
	return nil
}

func (o *Outputs) takeCredits(key string, value []byte) error {
	return newest(o.credits, key, value, &tributaryv1.CreditSet{})
}

// takeOpportunity keeps rows of now, and the last version that each opportunity's history has.
func (o *Outputs) takeOpportunity(key string, value []byte) error {
	row := &tributaryv1.OpportunityRow{}
	if err := row.UnmarshalVT(value); err != nil {
		return err
	}
	if !row.IsHistory {
		return newest(o.opportunities, key, value, &tributaryv1.OpportunityRow{}) // a fresh one: reading into row again would double its lists
	}
	// Versions are spread over partitions, which are read in no order between them.
	id := row.Workspace + "|" + row.OpportunityId
	if old := o.history[id]; old == nil || old.Version < row.Version {
		o.history[id] = row
	}
	return nil
}

// takeTouchpoint keeps the highest version: rows of one touchpoint come from several tasks, in no order. An erasure ends them with a tombstone.
func (o *Outputs) takeTouchpoint(key string, value []byte) error {
	if len(value) == 0 {
		delete(o.touchpoints, key)
		return nil
	}
	t := &tributaryv1.Touchpoint{}
	if err := t.UnmarshalVT(value); err != nil {
		return err
	}
	if old := o.touchpoints[key]; old == nil || t.Version >= old.Version {
		o.touchpoints[key] = t
	}
	return nil
}

func (o *Outputs) takeLedger(key string, value []byte) error {
	b := &tributaryv1.LedgerBatch{}
	if err := b.UnmarshalVT(value); err != nil {
		return err
	}
	// The batches of one posting share its version.
	if b.Version < o.versions[key] {
		return fmt.Errorf("journey %q: version %d after %d", key, b.Version, o.versions[key])
	}
	o.versions[key] = b.Version
	for _, p := range b.Postings {
		o.Posted[oracle.CreditKey{Workspace: b.Workspace, Journey: b.JourneyId, Model: p.Model, Measure: measure(p.Measure), Touchpoint: p.TouchpointId}] += p.Delta
	}
	return nil
}

func measure(m tributaryv1.Measure) attribution.Measure {
	names := [...]attribution.Measure{
		"", attribution.MeasureConversions, attribution.MeasureConversionValue, attribution.MeasureOpportunities, attribution.MeasurePipeline,
		attribution.MeasureCustomers, attribution.MeasureRevenue,
	}
	if m < 0 || int(m) >= len(names) {
		return attribution.Measure(m.String())
	}
	return names[m]
}

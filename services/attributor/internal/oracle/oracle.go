// Package oracle computes all credit from a set of events in one batch: the truth that every streaming test, and tributary verify,
// compares the attributor with.
//
// It shares pkg/attribution with the operator, because those rules are tested by themselves, and nothing else: no subjects, no
// messages, no increments, only global maps, sorts and look-ups. A fault in the streaming of identity, ownership or differences
// therefore shows as a difference, and cannot hide in code that both use.
//
// The work is about n log n in events, plus the touches inside the look-back of each journey for each model.
package oracle

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// ID names something inside a workspace.
type ID struct{ Workspace, ID string }

// CreditKey addresses one amount of credit.
type CreditKey struct {
	Workspace, Journey, Model string
	Measure                   attribution.Measure
	// Touchpoint is empty for the unattributed line.
	Touchpoint string
}

// Credit is one touchpoint's credit of one measure of one journey under one model.
type Credit struct {
	// Amount is in nano-units (counts) or minor units of Currency.
	Amount   int64
	Currency string
	// Parts of PartsTotal is the exact weight; both are 0 on the unattributed line.
	Parts, PartsTotal uint64
	Positions         attribution.Position
	Channel, Campaign string
	// TouchUS is when the touch occurred, 0 on the unattributed line.
	TouchUS int64
	// Person is who the touch is counted for, as kind|id.
	Person string
}

// Touchpoint is a touchpoint with whom it is counted for.
type Touchpoint struct {
	attribution.Touchpoint
	// Visitor is the browser it came from, empty for an offline touch without one.
	Visitor string
	// Account is the account of the person at the time of the touch.
	Account string
}

// Conversion is a conversion with whom it belongs to.
type Conversion struct {
	attribution.Conversion
	IsPrimary                bool
	Visitor, Person, Account string
	// ExcludedBy is the rule that keeps it from earning credit, empty when none does.
	ExcludedBy string
}

// Opportunity is an opportunity with its owner.
type Opportunity struct {
	attribution.Opportunity
	// Account and Person are the owner of the journey; both empty when nobody is known.
	Account, Person string
}

// CellKey addresses a roll-up, as CellKey does on the wire.
type CellKey struct {
	Workspace string
	// Basis is touch or close.
	Basis                              string
	Day                                int32
	Model, Channel, Campaign, Currency string
}

// CellValues are a roll-up's totals, as on the wire.
type CellValues struct {
	Touchpoints, Conversions, ConversionValue, Opportunities, Pipeline, Customers, Revenue int64
}

// The bases of cells.
const (
	BasisTouch = "touch"
	BasisClose = "close"
)

// ChannelUnattributed is the channel of unattributed lines in cells.
const ChannelUnattributed = "(unattributed)"

// Result is the truth of a set of events.
type Result struct {
	Credits     map[CreditKey]Credit
	Touchpoints map[ID]Touchpoint
	// Conversions are by event id, Opportunities by opportunity id, deleted ones included.
	Conversions   map[ID]Conversion
	Opportunities map[ID]Opportunity
	// Cells holds no cell whose values are all zero.
	Cells map[CellKey]CellValues
	// Models are those that run in each workspace that has events, shadows under their shadows' names.
	Models map[string][]string
	// Truncated counts the touches that journeys lost to the limit on touches.
	Truncated int
}

// Compute returns the truth of the events. The events may be in any order and hold duplicates; they are not changed.
func Compute(events []*tributaryv1.Event, set *rules.Set) (*Result, error) {
	if set == nil {
		return nil, errors.New("computing credit: no rules")
	}
	res := &Result{
		Credits: make(map[CreditKey]Credit), Touchpoints: make(map[ID]Touchpoint), Conversions: make(map[ID]Conversion),
		Opportunities: make(map[ID]Opportunity), Cells: make(map[CellKey]CellValues), Models: make(map[string][]string),
	}
	byWorkspace, err := distinct(events)
	if err != nil {
		return nil, err
	}
	for workspace, evs := range byWorkspace {
		w, err := newWorld(workspace, set.For(workspace), evs, res)
		if err != nil {
			return nil, err
		}
		w.identify()
		w.placeTouches()
		w.convert()
		w.sell()
	}
	for key, v := range res.Cells {
		if v == (CellValues{}) {
			delete(res.Cells, key)
		}
	}
	return res, nil
}

// distinct drops duplicates (the lowest receipt sequence of an id counts), what an erasure replaced or removed, and requests to erase, and returns each
// workspace's events in Key order.
func distinct(events []*tributaryv1.Event) (map[string][]*tributaryv1.Event, error) {
	marks := make(map[ID]bool)
	for i, e := range events {
		if e == nil || e.Id == "" {
			return nil, fmt.Errorf("computing credit: event %d has no id", i)
		}
		if id := (ID{e.Workspace, e.Id}); e.GetErased() != nil {
			marks[id] = true
		}
	}
	kept := make(map[ID]*tributaryv1.Event, len(events))
	for _, e := range events {
		id := ID{e.Workspace, e.Id}
		if e.GetErase() != nil || e.GetErased() != nil {
			continue
		}
		if marks[id] && !e.GetTrack().GetIsStub() {
			continue // removed, unless it is what stands in its place
		}
		if k, ok := kept[id]; !ok || counts(e, k) {
			kept[id] = e
		}
	}
	byWorkspace := make(map[string][]*tributaryv1.Event)
	for id, e := range kept {
		byWorkspace[id.Workspace] = append(byWorkspace[id.Workspace], e)
	}
	for _, evs := range byWorkspace {
		slices.SortFunc(evs, func(a, b *tributaryv1.Event) int { return keyOf(a).Compare(keyOf(b)) })
	}
	return byWorkspace, nil
}

// counts tells whether of two records with one id the first one is the event.
func counts(e, than *tributaryv1.Event) bool {
	return cmp.Or(
		cmp.Compare(than.ErasedSeq, e.ErasedSeq), cmp.Compare(e.ReceiptSeq, than.ReceiptSeq), cmp.Compare(e.OccurredUs, than.OccurredUs),
	) < 0
}

func keyOf(e *tributaryv1.Event) attribution.Key {
	return attribution.Key{OccurredUS: e.OccurredUs, ReceiptSeq: e.ReceiptSeq, ID: e.Id}
}

// dated is something that holds from a moment on.
type dated struct {
	key    attribution.Key
	target string
}

// timeline answers who or what something belongs to at a moment.
type timeline []dated

// at returns the target latest at or before the moment, else the first; "" when there is none.
func (t timeline) at(us int64) string {
	if len(t) == 0 {
		return ""
	}
	i, _ := slices.BinarySearchFunc(t, us, func(d dated, us int64) int {
		if d.key.OccurredUS <= us {
			return -1
		}
		return 1
	})
	return t[max(0, i-1)].target
}

// sort puts the entries in order; before it, at is not to be used.
func (t timeline) sort() {
	slices.SortFunc(t, func(a, b dated) int {
		return cmp.Or(a.key.Compare(b.key), cmp.Compare(a.target, b.target))
	})
}

// last returns the latest entry.
func (t timeline) last() dated { return t[len(t)-1] }

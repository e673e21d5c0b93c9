package operator_test

import (
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
)

// sink keeps what a reader of the output topics would see.
type sink struct {
	// credits are the sets of each journey and model, their sections put together; sections are the records.
	credits       map[string]*pb.CreditSet
	sections      map[string]map[uint32]*pb.CreditSet
	rows          map[string]map[string]creditRow
	cells         map[string]*pb.Cell
	touchpoints   map[string]*pb.Touchpoint
	conversions   map[string]*pb.ConversionRow
	opportunities map[string]*pb.OpportunityRow
	// history are the versions of each opportunity.
	history map[string][]*pb.OpportunityRow
	// models are the last row of each partition.
	models map[int32]*pb.ModelsRow
	// posted is the sum of postings, versions the last ledger version and recorded time of each journey and model.
	posted   map[oracle.CreditKey]int64
	batches  []*pb.LedgerBatch
	versions map[string][2]int64
	// sets are the credits of each journey by model, ledger the sums of its postings.
	sets   map[string]map[string]*pb.CreditSet
	ledger map[string]totals
	// unchecked are journeys that changed since the last check.
	unchecked map[string]bool
	// amounts are what models shared out at the last check; divides tells that long postings may be under way.
	amounts map[string]sharedOut
	divides bool
	// counted is the sum of postings where they count.
	counted map[countedKey]int64
}

func newSink() *sink {
	return &sink{
		credits: make(map[string]*pb.CreditSet), sections: make(map[string]map[uint32]*pb.CreditSet), rows: make(map[string]map[string]creditRow),
		models: make(map[int32]*pb.ModelsRow),
		cells:  make(map[string]*pb.Cell), touchpoints: make(map[string]*pb.Touchpoint),
		conversions: make(map[string]*pb.ConversionRow), opportunities: make(map[string]*pb.OpportunityRow), history: make(map[string][]*pb.OpportunityRow),
		posted: make(map[oracle.CreditKey]int64), versions: make(map[string][2]int64), unchecked: make(map[string]bool),
		sets: make(map[string]map[string]*pb.CreditSet), ledger: make(map[string]totals),
		counted: make(map[countedKey]int64), amounts: make(map[string]sharedOut),
	}
}

func (k *sink) take(out operator.Output) error {
	key := string(out.Key)
	switch out.Topic {
	case "credits-v1":
		return k.takeCredits(key, out.Value)
	case "ledger-v1":
		return k.takeLedger(key, out.Value)
	case "cells-v1":
		m := &pb.Cell{}
		if err := m.UnmarshalVT(out.Value); err != nil {
			return err
		}
		if old := k.cells[key]; old != nil && m.Version <= old.Version {
			return fmt.Errorf("cell %q: version %d after %d", key, m.Version, old.Version)
		}
		k.cells[key] = m
	case "touchpoints-v1":
		m := &pb.Touchpoint{}
		if err := m.UnmarshalVT(out.Value); err != nil {
			return err
		}
		// Rows of one touchpoint come from several partitions: the highest version stays, whatever the order.
		if old := k.touchpoints[key]; old == nil || m.Version >= old.Version {
			k.touchpoints[key] = m
		}
	case "conversions-v1":
		m := &pb.ConversionRow{}
		if err := m.UnmarshalVT(out.Value); err != nil {
			return err
		}
		if old := k.conversions[key]; old != nil && m.Version <= old.Version {
			return fmt.Errorf("conversion %q: version %d after %d", key, m.Version, old.Version)
		}
		k.conversions[key] = m
	case "opportunities-v1":
		m := &pb.OpportunityRow{}
		if err := m.UnmarshalVT(out.Value); err != nil {
			return err
		}
		if m.IsHistory {
			return k.takeVersion(key, m)
		}
		if old := k.opportunities[key]; old != nil && m.Version <= old.Version {
			return fmt.Errorf("opportunity %q: version %d after %d", key, m.Version, old.Version)
		}
		k.opportunities[key] = m
	case "models-v1":
		m := &pb.ModelsRow{}
		if err := m.UnmarshalVT(out.Value); err != nil {
			return err
		}
		if old := k.models[m.Partition]; old != nil && old.Workspace == m.Workspace && m.Version <= old.Version {
			return fmt.Errorf("models %q: version %d after %d", key, m.Version, old.Version)
		}
		k.models[m.Partition] = m
	default:
		return fmt.Errorf("record on %s", out.Topic)
	}
	return nil
}

func (k *sink) takeLedger(key string, value []byte) error {
	m := &pb.LedgerBatch{}
	if err := m.UnmarshalVT(value); err != nil {
		return err
	}
	for _, p := range m.Postings {
		last := k.versions[key+"|"+p.Model]
		if m.Version < last[0] || m.RecordedUs < last[1] {
			return fmt.Errorf("ledger %q: %s: version %d recorded %d after %v", key, p.Model, m.Version, m.RecordedUs, last)
		}
		k.versions[key+"|"+p.Model] = [2]int64{m.Version, m.RecordedUs}
	}
	if m.Reason == pb.Reason_REASON_UNSPECIFIED || m.RecordedUs == 0 || m.EffectiveUs == 0 || m.CauseEventId == "" || len(m.Postings) == 0 {
		return fmt.Errorf("ledger %q: no reason, cause, time or postings: %v", key, m)
	}
	seen := make(map[oracle.CreditKey]bool)
	for _, p := range m.Postings {
		ck := oracle.CreditKey{
			Workspace: m.Workspace, Journey: m.JourneyId, Model: p.Model, Measure: measureName(p.Measure), Touchpoint: p.TouchpointId,
		}
		k.count(m, p)
		if seen[ck] && !p.IsDeparture { // credit that moves leaves before it arrives
			return fmt.Errorf("ledger %q: two postings of one id: %+v", key, ck)
		}
		seen[ck] = !p.IsDeparture
		k.posted[ck] += p.Delta
		k.total(m).add(p.Measure, p.Model, p.Delta)
	}
	k.batches = append(k.batches, m)
	k.unchecked[m.Workspace+"|"+m.JourneyId] = true
	return nil
}

func (k *sink) total(m *pb.LedgerBatch) totals {
	journey := m.Workspace + "|" + m.JourneyId
	if k.ledger[journey] == nil {
		k.ledger[journey] = make(totals)
	}
	return k.ledger[journey]
}

func measureName(m pb.Measure) attribution.Measure {
	return [...]attribution.Measure{
		"", attribution.MeasureConversions, attribution.MeasureConversionValue, attribution.MeasureOpportunities, attribution.MeasurePipeline,
		attribution.MeasureCustomers, attribution.MeasureRevenue,
	}[m]
}

// totals are what a journey's credits, or its postings so far, sum up to by measure and model.
type totals map[pb.Measure]map[string]int64

func (t totals) add(m pb.Measure, model string, amount int64) {
	if t[m] == nil {
		t[m] = make(map[string]int64)
	}
	t[m][model] += amount
}

// conserved tells whether all models share out one and the same amount of each measure, and whole counts. While a long posting is under way, some models
// share out the amount before and the others the one after: two amounts at most, one of them known from the commit before.
func (t totals) conserved(before sharedOut, divides bool) (sharedOut, error) {
	now := make(sharedOut)
	for m, models := range t {
		isCount := m == pb.Measure_MEASURE_CONVERSIONS || m == pb.Measure_MEASURE_OPPORTUNITIES || m == pb.Measure_MEASURE_CUSTOMERS
		var sums []int64
		isKnown := false
		for _, sum := range models {
			if !slices.Contains(sums, sum) {
				sums = append(sums, sum)
				isKnown = isKnown || slices.Contains(before[m], sum) || before[m] == nil && sum == 0
			}
			if isCount && sum != 0 && sum != attribution.NanoUnit {
				return nil, fmt.Errorf("%s is not whole: %v", m, models)
			}
		}
		if len(sums) > 1 && (!divides || len(sums) > 2 || !isKnown) {
			return nil, fmt.Errorf("%s is not conserved: %v after %v", m, models, before[m])
		}
		now[m] = sums
	}
	return now, nil
}

// sharedOut is the amounts of each measure that models share out.
type sharedOut map[pb.Measure][]int64

// of are the totals without those of models that have no credit any more and whose postings sum up to nothing.
func (t totals) of(credits totals) totals {
	out := make(totals)
	for m, models := range t {
		for model, sum := range models {
			if _, runs := credits[m][model]; runs || sum != 0 {
				out.add(m, model, sum)
			}
		}
	}
	return out
}

// check verifies conservation of what changed since the last check, in the credits as they stand and in the sum of all postings.
func (k *sink) check() error {
	if err := k.join(); err != nil {
		return err
	}
	for journey := range k.unchecked {
		credits := make(totals)
		for model, set := range k.sets[journey] {
			if len(set.Rows) == 0 {
				// Withdrawn: a model that does not run any more, or a journey that is gone under every model.
				continue
			}
			for m := pb.Measure_MEASURE_CONVERSIONS; m <= pb.Measure_MEASURE_REVENUE; m++ {
				credits.add(m, model, 0)
			}
			for _, r := range set.Rows {
				for _, a := range r.Amounts {
					credits.add(a.Measure, model, a.Amount)
				}
			}
		}
		if err := k.checkJourney(journey, credits); err != nil {
			return err
		}
	}
	clear(k.unchecked)
	return nil
}

// checkJourney verifies that a journey is conserved, and that the postings of each live model sum up to its credits.
func (k *sink) checkJourney(journey string, credits totals) (err error) {
	posted := k.ledger[journey].of(credits)
	for i, t := range [...]totals{credits, posted} {
		key := fmt.Sprint(i, journey)
		if k.amounts[key], err = t.conserved(k.amounts[key], k.divides); err != nil {
			return fmt.Errorf("credits, then postings (%d) of %q: %w", i, journey, err)
		}
	}
	for m, models := range credits {
		for model, sum := range models {
			if _, _, isShadow := attribution.SplitShadow(model); !isShadow && posted[m][model] != sum {
				return fmt.Errorf("%q: %s under %s is %d, its postings are %d", journey, m, model, sum, posted[m][model])
			}
		}
	}
	return nil
}

// result is what the sink holds, in the oracle's words.
func (k *sink) result() *oracle.Result {
	r := &oracle.Result{
		Credits: make(map[oracle.CreditKey]oracle.Credit), Touchpoints: make(map[oracle.ID]oracle.Touchpoint),
		Conversions: make(map[oracle.ID]oracle.Conversion), Opportunities: make(map[oracle.ID]oracle.Opportunity),
		Cells: make(map[oracle.CellKey]oracle.CellValues),
	}
	for _, set := range k.credits {
		for _, row := range set.Rows {
			for _, a := range row.Amounts {
				key := oracle.CreditKey{
					Workspace: set.Workspace, Journey: set.JourneyId, Model: set.Model, Measure: measureName(a.Measure), Touchpoint: row.TouchpointId,
				}
				c := oracle.Credit{
					Amount: a.Amount, Currency: set.Currency, Positions: attribution.Position(row.Positions), Channel: row.Channel,
					Campaign: row.Campaign, TouchUS: row.TouchUs, Person: row.PersonId,
				}
				if row.TouchpointId != "" {
					c.Parts, c.PartsTotal = row.Parts, set.PartsTotal
				}
				r.Credits[key] = c
			}
		}
	}
	for _, t := range k.touchpoints {
		if !t.IsDeleted {
			r.Touchpoints[oracle.ID{Workspace: t.Workspace, ID: t.TouchpointId}] = touchpoint(t)
		}
	}
	for _, c := range k.conversions {
		if !c.IsDeleted {
			r.Conversions[oracle.ID{Workspace: c.Workspace, ID: c.ConversionId}] = oracle.Conversion{
				Conversion: attribution.Conversion{
					Key: attribution.Key{OccurredUS: c.OccurredUs, ID: c.ConversionId}, Type: c.Type, HasValue: c.HasValue,
					ValueMinor: c.ValueMinor, Currency: c.Currency,
				},
				IsPrimary: c.IsPrimary, Visitor: c.VisitorId, Person: c.PersonId, Account: c.AccountId, ExcludedBy: c.ExcludedBy,
			}
		}
	}
	for _, o := range k.opportunities {
		r.Opportunities[oracle.ID{Workspace: o.Workspace, ID: o.OpportunityId}] = opportunity(o)
	}
	for _, c := range k.cells {
		v := oracle.CellValues{
			Touchpoints: c.Values.Touchpoints, Conversions: c.Values.Conversions, ConversionValue: c.Values.ConversionValue,
			Opportunities: c.Values.Opportunities, Pipeline: c.Values.Pipeline, Customers: c.Values.Customers, Revenue: c.Values.Revenue,
		}
		if v == (oracle.CellValues{}) {
			continue
		}
		basis := oracle.BasisTouch
		if c.Key.Basis == pb.Basis_BASIS_CLOSE {
			basis = oracle.BasisClose
		}
		r.Cells[oracle.CellKey{
			Workspace: c.Key.Workspace, Basis: basis, Day: c.Key.Day, Model: c.Key.Model, Channel: c.Key.Channel, Campaign: c.Key.Campaign,
			Currency: c.Key.Currency,
		}] = v
	}
	return r
}

func touchpoint(t *pb.Touchpoint) oracle.Touchpoint {
	kinds := map[pb.TouchKind]attribution.TouchKind{
		pb.TouchKind_TOUCH_KIND_VISIT: attribution.TouchKindVisit, pb.TouchKind_TOUCH_KIND_FORM: attribution.TouchKindForm,
		pb.TouchKind_TOUCH_KIND_OFFLINE: attribution.TouchKindOffline,
	}
	o := t.GetOrigin()
	return oracle.Touchpoint{
		Touchpoint: attribution.Touchpoint{
			ID: t.TouchpointId, Key: attribution.Key{OccurredUS: t.OccurredUs, ID: t.EventId}, Kind: kinds[t.Kind], Channel: o.GetChannel(),
			Source: o.GetSource(), Medium: o.GetMedium(), Campaign: o.GetCampaign(), PersonID: t.PersonId,
			IsDirect: attribution.IsDirect(attribution.Evidence(o.GetEvidence()), o.GetChannel()), IsBot: o.GetIsBot(),
		},
		Visitor: t.VisitorId, Account: t.AccountId,
	}
}

func opportunity(o *pb.OpportunityRow) oracle.Opportunity {
	r := oracle.Opportunity{
		Opportunity: attribution.Opportunity{
			CreatedUS: o.CreatedUs, ClosedUS: o.ClosedUs, IsWon: o.IsWon, IsClosed: o.IsClosed, HasAmount: o.HasAmount,
			AmountMinor: o.AmountMinor, Currency: o.Currency, Probability: attribution.Probability{IsKnown: o.HasProbability, PPM: o.ProbabilityPpm}, Stage: o.Stage, Pipeline: o.Pipeline, IsDeleted: o.IsDeleted,
			SourceSystem: o.SourceSystem,
		},
		Account: o.AccountId,
	}
	for _, v := range o.Stages {
		r.Visits = append(r.Visits, attribution.StageVisit{
			Stage: v.Stage, SourceStage: v.SourceStage, EnteredUS: v.EnteredUs, LeftUS: v.LeftUs, AmountMinor: v.AmountMinor, Probability: attribution.Probability{IsKnown: v.HasProbability, PPM: v.ProbabilityPpm},
		})
	}
	return r
}

// plain removes from the truth what rows do not show: receipt sequences, the person standing for an opportunity's account, and whose a
// deleted opportunity was.
func plain(r *oracle.Result) *oracle.Result {
	for id, t := range r.Touchpoints {
		t.Key.ReceiptSeq = 0
		r.Touchpoints[id] = t
	}
	for id, c := range r.Conversions {
		c.Key.ReceiptSeq = 0
		r.Conversions[id] = c
	}
	for id, o := range r.Opportunities {
		o.Person = ""
		if o.IsDeleted {
			o.Account = ""
		}
		r.Opportunities[id] = o
	}
	return r
}

package outputs

import (
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
)

// Compare lists, at most limit lines per kind, in what the outputs differ from the truth, and in what the ledger's sums differ from the credits.
func (o *Outputs) Compare(truth *oracle.Result, limit int) []string {
	got := o.result()
	lines := oracle.Diff(got, plain(truth), limit)
	var sums []string
	for key, c := range truth.Credits {
		if _, _, shadow := attribution.SplitShadow(key.Model); shadow {
			continue
		}
		if o.Posted[key] != c.Amount {
			sums = append(sums, fmt.Sprintf("ledger %+v: postings add up to %d, want %d", key, o.Posted[key], c.Amount))
		}
	}
	for key, posted := range o.Posted {
		if _, ok := truth.Credits[key]; !ok && posted != 0 {
			sums = append(sums, fmt.Sprintf("ledger %+v: postings add up to %d, want nothing", key, posted))
		}
	}
	sums = append(sums, o.historyDiff()...)
	slices.Sort(sums)
	return append(lines, sums[:min(len(sums), limit)]...)
}

// historyDiff says whose last version of the history is not the row of now. Opportunities that have not changed since before history was kept have none.
func (o *Outputs) historyDiff() (lines []string) {
	for id, last := range o.history {
		now := o.opportunities[id]
		if now == nil || now.Version != last.Version || now.RecordedUs != last.RecordedUs {
			lines = append(lines, fmt.Sprintf("opportunity %s: its history ends with %v, and it is %v", id, last, now))
		}
	}
	return lines
}

// result is what the topics hold, in the oracle's words.
func (o *Outputs) result() *oracle.Result {
	r := &oracle.Result{
		Credits: map[oracle.CreditKey]oracle.Credit{}, Touchpoints: map[oracle.ID]oracle.Touchpoint{},
		Conversions: map[oracle.ID]oracle.Conversion{}, Opportunities: map[oracle.ID]oracle.Opportunity{},
		Cells: map[oracle.CellKey]oracle.CellValues{},
	}
	for _, set := range o.credits {
		addCredits(r, set)
	}
	for _, c := range o.cells {
		addCell(r, c)
	}
	for _, t := range o.touchpoints {
		if !t.IsDeleted {
			r.Touchpoints[oracle.ID{Workspace: t.Workspace, ID: t.TouchpointId}] = touchpoint(t)
		}
	}
	for _, c := range o.conversions {
		if !c.IsDeleted {
			r.Conversions[oracle.ID{Workspace: c.Workspace, ID: c.ConversionId}] = conversion(c)
		}
	}
	for _, op := range o.opportunities {
		r.Opportunities[oracle.ID{Workspace: op.Workspace, ID: op.OpportunityId}] = opportunity(op)
	}
	return r
}

func addCredits(r *oracle.Result, set *tributaryv1.CreditSet) {
	for _, row := range set.Rows {
		c := oracle.Credit{
			Currency: set.Currency, Positions: attribution.Position(row.Positions), Channel: row.Channel, Campaign: row.Campaign,
			TouchUS: row.TouchUs, Person: row.PersonId,
		}
		if row.TouchpointId != "" {
			c.Parts, c.PartsTotal = row.Parts, set.PartsTotal
		}
		for _, a := range row.Amounts {
			c.Amount = a.Amount
			r.Credits[oracle.CreditKey{
				Workspace: set.Workspace, Journey: set.JourneyId, Model: set.Model, Measure: measure(a.Measure), Touchpoint: row.TouchpointId,
			}] = c
		}
	}
}

func addCell(r *oracle.Result, c *tributaryv1.Cell) {
	v := oracle.CellValues{
		Touchpoints: c.Values.Touchpoints, Conversions: c.Values.Conversions, ConversionValue: c.Values.ConversionValue,
		Opportunities: c.Values.Opportunities, Pipeline: c.Values.Pipeline, Customers: c.Values.Customers, Revenue: c.Values.Revenue,
	}
	if v == (oracle.CellValues{}) {
		return
	}
	basis := oracle.BasisTouch
	if c.Key.Basis == tributaryv1.Basis_BASIS_CLOSE {
		basis = oracle.BasisClose
	}
	r.Cells[oracle.CellKey{
		Workspace: c.Key.Workspace, Basis: basis, Day: c.Key.Day, Model: c.Key.Model, Channel: c.Key.Channel, Campaign: c.Key.Campaign,
		Currency: c.Key.Currency,
	}] = v
}

func touchpoint(t *tributaryv1.Touchpoint) oracle.Touchpoint {
	kinds := map[tributaryv1.TouchKind]attribution.TouchKind{
		tributaryv1.TouchKind_TOUCH_KIND_VISIT: attribution.TouchKindVisit, tributaryv1.TouchKind_TOUCH_KIND_FORM: attribution.TouchKindForm,
		tributaryv1.TouchKind_TOUCH_KIND_OFFLINE: attribution.TouchKindOffline,
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

func conversion(c *tributaryv1.ConversionRow) oracle.Conversion {
	return oracle.Conversion{
		Conversion: attribution.Conversion{
			Key: attribution.Key{OccurredUS: c.OccurredUs, ID: c.ConversionId}, Type: c.Type, HasValue: c.HasValue,
			ValueMinor: c.ValueMinor, Currency: c.Currency,
		},
		IsPrimary: c.IsPrimary, Visitor: c.VisitorId, Person: c.PersonId, Account: c.AccountId, ExcludedBy: c.ExcludedBy,
	}
}

func opportunity(o *tributaryv1.OpportunityRow) oracle.Opportunity {
	r := oracle.Opportunity{
		Opportunity: attribution.Opportunity{
			CreatedUS: o.CreatedUs, ClosedUS: o.ClosedUs, IsWon: o.IsWon, IsClosed: o.IsClosed, HasAmount: o.HasAmount, AmountMinor: o.AmountMinor,
			Currency: o.Currency, Stage: o.Stage, Pipeline: o.Pipeline, IsDeleted: o.IsDeleted, SourceSystem: o.SourceSystem,
			Probability: attribution.Probability{IsKnown: o.HasProbability, PPM: o.ProbabilityPpm},
		},
		Account: o.AccountId,
	}
	for _, v := range o.Stages {
		r.Visits = append(r.Visits, attribution.StageVisit{
			Stage: v.Stage, SourceStage: v.SourceStage, EnteredUS: v.EnteredUs, LeftUS: v.LeftUs, AmountMinor: v.AmountMinor,
			Probability: attribution.Probability{IsKnown: v.HasProbability, PPM: v.ProbabilityPpm},
		})
	}
	return r
}

// plain is the truth without what rows do not show: receipt sequences, the person standing for an opportunity's account, and whose a deleted
// opportunity was.
func plain(truth *oracle.Result) *oracle.Result {
	r := *truth
	r.Touchpoints, r.Conversions, r.Opportunities = map[oracle.ID]oracle.Touchpoint{}, map[oracle.ID]oracle.Conversion{}, map[oracle.ID]oracle.Opportunity{}
	for id, t := range truth.Touchpoints {
		t.Key.ReceiptSeq = 0
		r.Touchpoints[id] = t
	}
	for id, c := range truth.Conversions {
		c.Key.ReceiptSeq = 0
		r.Conversions[id] = c
	}
	for id, o := range truth.Opportunities {
		o.Person = ""
		if o.IsDeleted {
			o.Account = ""
		}
		r.Opportunities[id] = o
	}
	return &r
}

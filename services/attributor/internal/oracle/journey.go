package oracle

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// convert computes every conversion and its credit.
func (w *world) convert() {
	for _, e := range w.events {
		c, ok := w.conversionOf(e)
		if !ok {
			continue
		}
		owner := kindVisitor + e.VisitorId
		if c.Person != "" {
			owner = c.Person
		}
		w.res.Conversions[ID{w.workspace, e.Id}] = c
		if c.ExcludedBy != "" {
			continue
		}
		j := attribution.NewConversionJourney(&c.Conversion, w.touches[owner], w.leads[owner])
		w.limit(&j)
		w.credit(attribution.ConversionJourneyID(e.Id), c.Currency, c.Measures(), &j)
	}
}

// conversionOf reads an event as a conversion, with whom it belongs to and whether it earns credit; ok is false when it is none.
func (w *world) conversionOf(e *tributaryv1.Event) (c Conversion, ok bool) {
	rule, ok := w.conversions[e.GetTrack().GetName()]
	if e.GetTrack() == nil || !ok || e.VisitorId == "" && homePerson(e) == "" {
		return c, false
	}
	c = Conversion{Conversion: conversion(e, rule.Type), IsPrimary: rule.Primary, Visitor: e.VisitorId}
	if c.Person = w.personOf(e, e.OccurredUs); c.Person != "" {
		c.Account = w.accountAt(c.Person, e.OccurredUs)
	}
	c.ExcludedBy = w.excludedBy(e, &rule, &c)
	return c, true
}

func conversion(e *tributaryv1.Event, kind string) attribution.Conversion {
	t := e.GetTrack()
	return attribution.Conversion{Key: keyOf(e), Type: kind, HasValue: t.GetHasValue(), ValueMinor: t.GetValueMinor(), Currency: t.GetCurrency()}
}

// sell computes every opportunity and its credit.
func (w *world) sell() {
	for id, folded := range w.folded {
		folded.People = w.people(folded)
		o := Opportunity{Opportunity: *folded}
		owner := ""
		if o.Account, o.Person = w.ownerOf(folded); o.Account != "" {
			owner = kindAccount + o.Account
		} else {
			owner = o.Person
		}
		w.res.Opportunities[ID{w.workspace, id}] = o
		j := attribution.NewOpportunityJourney(folded, w.touches[owner], w.leads[owner], w.rules.Stages)
		w.limit(&j)
		w.credit(attribution.OpportunityJourneyID(id), o.Currency, o.Measures(), &j)
	}
}

// ownerOf returns the account that owns an opportunity, else the person who stands for it, else nobody.
func (w *world) ownerOf(o *attribution.Opportunity) (account, person string) {
	if account = accountNamed(o); account != "" {
		return w.resolve(account), ""
	}
	for _, listed := range listedPersons(o) {
		if account = w.accountAt(w.terminal(listed), o.CreatedUS); account != "" {
			return account, ""
		}
	}
	for _, listed := range listedPersons(o) {
		return "", w.terminal(listed)
	}
	return "", ""
}

// people are the persons that an opportunity lists, each once.
func (w *world) people(o *attribution.Opportunity) []string {
	var people []string
	for _, listed := range listedPersons(o) {
		if p := w.terminal(listed); !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	return people
}

// limit leaves a journey its latest touches when there are too many.
func (w *world) limit(j *attribution.Journey) {
	most := w.rules.JourneyTouchesMax
	if most <= 0 {
		most = rules.DefaultJourneyTouchesMax
	}
	end := len(j.Touches)
	for end > 0 && j.Touches[end-1].Key.OccurredUS > j.EndUS {
		end--
	}
	if over := end - most; over > 0 {
		w.res.Truncated += over
		j.Touches = j.Touches[over:]
	}
}

// credit shares out a journey's measures under every model.
func (w *world) credit(journey, currency string, measures []attribution.MeasureAmount, j *attribution.Journey) {
	for i := range w.rules.Models {
		m := &w.rules.Models[i]
		if m.IsUnlearned() {
			continue
		}
		shares := m.Weigh(j)
		parts := make([]uint64, len(shares))
		total := uint64(0)
		for k, s := range shares {
			parts[k] = s.Parts
			total += s.Parts
		}
		for _, ma := range measures {
			key := CreditKey{Workspace: w.workspace, Journey: journey, Model: m.Name(), Measure: ma.Measure}
			if len(shares) == 0 {
				w.post(key, ma, Credit{Amount: ma.Amount, Currency: currency, Channel: ChannelUnattributed})
				continue
			}
			for k, amount := range attribution.Split(ma.Amount, parts) {
				t := &j.Touches[shares[k].Touch]
				key.Touchpoint = t.ID
				w.post(key, ma, Credit{
					Amount: amount, Currency: currency, Parts: parts[k], PartsTotal: total, Positions: shares[k].Positions,
					Channel: t.Channel, Campaign: t.Campaign, TouchUS: t.Key.OccurredUS, Person: t.PersonID,
				})
			}
		}
	}
}

// post records a credit and counts it in its two cells.
func (w *world) post(key CreditKey, ma attribution.MeasureAmount, c Credit) {
	w.res.Credits[key] = c
	touchUS := c.TouchUS
	if key.Touchpoint == "" {
		touchUS = ma.AtUS
	}
	add := func(v *CellValues) { *v.of(ma.Measure) += c.Amount }
	w.addCell(BasisTouch, touchUS, key.Model, c.Channel, c.Campaign, c.Currency, add)
	w.addCell(BasisClose, ma.AtUS, key.Model, c.Channel, c.Campaign, c.Currency, add)
}

func (w *world) addCell(basis string, us int64, model, channel, campaign, currency string, add func(*CellValues)) {
	key := CellKey{w.workspace, basis, attribution.DayOf(us), model, channel, campaign, currency}
	v := w.res.Cells[key]
	add(&v)
	w.res.Cells[key] = v
}

// of returns the measure's total.
func (v *CellValues) of(m attribution.Measure) *int64 {
	switch m {
	case attribution.MeasureConversions:
		return &v.Conversions
	case attribution.MeasureConversionValue:
		return &v.ConversionValue
	case attribution.MeasureOpportunities:
		return &v.Opportunities
	case attribution.MeasurePipeline:
		return &v.Pipeline
	case attribution.MeasureCustomers:
		return &v.Customers
	default:
		return &v.Revenue
	}
}

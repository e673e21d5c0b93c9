package performance

import (
	"math/big"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/pkg/rates"
)

// Rate is what one unit of From was worth in To, from Day on until the pair's next rate.
type Rate struct {
	Day      Day
	From, To string
	// Rate is a positive decimal number: "1.0834".
	Rate string
}

// Rates are daily exchange rates. The zero value has none.
type Rates struct{ table rates.Table }

// NewRates checks and sorts rates.
func NewRates(list []Rate) (Rates, error) {
	plain := make([]rates.Rate, len(list))
	for i, r := range list {
		plain[i] = rates.Rate{Day: r.Day.String(), From: r.From, To: r.To, Rate: r.Rate}
	}
	table, err := rates.NewTable(plain)
	return Rates{table}, err
}

// RatesOf takes a table of rates.
func RatesOf(table rates.Table) Rates { return Rates{table} }

// cross is how many minor units of to one minor unit of from was worth on day: by their own rate, else by way of the workspace's base currency or
// of another that both have rates in.
func (r Rates) cross(from, to, base string, day Day) *big.Rat {
	rate := r.table.Find(from, to, base, rates.Day(day))
	if rate == nil {
		return nil
	}
	return new(big.Rat).Mul(rate, new(big.Rat).Quo(minorUnits(to), minorUnits(from)))
}

// Target picks the currency of an answer: what was asked, else the only one there is, else the base currency if it can be converted to or is
// present, else the one with most figures.
func (r Rates) Target(asked, base string, present []string) string {
	switch {
	case asked != "":
		return asked
	case len(present) == 1:
		return present[0]
	case len(present) == 0 || !r.table.IsEmpty() || slices.Contains(present, base):
		return base
	}
	return present[0]
}

// Unconverted is money left out of a table for want of an exchange rate, in its own currency's minor units.
type Unconverted struct {
	Currency                                  string
	Spend, ConversionValue, Pipeline, Revenue int64
	// FirstDay is the first day without a rate.
	FirstDay Day
}

// Convert brings facts into target, by way of base where the two have no rate of their own. Counts stay; money without a rate is set to zero and
// reported, so that no sum mixes currencies.
//
// What is rounded is the sum of a day, channel and campaign, whatever the facts are grouped by: the store keeps foreign facts at least that
// fine. Facts that are finer (contents, journeys) take the differences of their running sum's roundings, so that they add up to the same.
// Channels, campaigns, contents and journeys therefore have the same totals.
func (r Rates) Convert(facts []Fact, target, base string) ([]Fact, []Unconverted) {
	converted := slices.Clone(facts)
	order := make([]int, len(facts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(facts[a].Detail, facts[b].Detail) })
	missing := map[string]*Unconverted{}
	sums := map[sumKey]*runningSum{}
	for _, i := range order {
		f := &converted[i]
		if f.Currency != target && f.hasMoney() {
			rate := r.cross(f.Currency, target, base, f.Day)
			key := sumKey{f.Channel, f.Campaign, f.Model, f.Currency, f.Day}
			if sums[key] == nil {
				sums[key] = &runningSum{}
			}
			if rate == nil || !sums[key].scale(&f.Figures, rate) {
				leaveOut(missing, f)
			}
		}
		f.Currency = target
	}
	var out []Unconverted
	for _, u := range missing {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b Unconverted) int { return strings.Compare(a.Currency, b.Currency) })
	return converted, out
}

// sumKey is what is rounded as one.
type sumKey struct {
	channel, campaign, model, currency string
	day                                Day
}

// runningSum is the money of a sumKey met so far, before and after conversion.
type runningSum struct{ from, to Figures }

// scale converts f's money as the step that it adds to the sum; false, and nothing changed, when a result leaves the range of minor units.
func (s *runningSum) scale(f *Figures, rate *big.Rat) bool {
	from := s.from
	from.Add(*f)
	to := from
	if !to.scale(rate) {
		return false
	}
	f.Spend, f.ConversionValue = to.Spend-s.to.Spend, to.ConversionValue-s.to.ConversionValue
	f.Pipeline, f.Revenue = to.Pipeline-s.to.Pipeline, to.Revenue-s.to.Revenue
	s.from, s.to = from, to
	return true
}

func (f Fact) hasMoney() bool {
	return f.Spend != 0 || f.ConversionValue != 0 || f.Pipeline != 0 || f.Revenue != 0
}

// minorUnits is how many minor units one unit of the currency has; for a code that money does not know, as many as it would be written with.
func minorUnits(currency string) *big.Rat {
	exponent, known := money.Exponent(currency)
	if !known {
		exponent = unknownExponent
	}
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil))
}

// unknownExponent is money.FormatDecimal's for codes outside its table.
const unknownExponent = 2

// scale multiplies the money by rate; false, and nothing changed, when a result leaves the range of minor units.
func (f *Figures) scale(rate *big.Rat) bool {
	scaled := *f
	for _, amount := range []*int64{&scaled.Spend, &scaled.ConversionValue, &scaled.Pipeline, &scaled.Revenue} {
		v := roundRat(new(big.Rat).Mul(new(big.Rat).SetInt64(*amount), rate))
		if !v.IsInt64() {
			return false
		}
		*amount = v.Int64()
	}
	*f = scaled
	return true
}

func leaveOut(missing map[string]*Unconverted, f *Fact) {
	u := missing[f.Currency]
	if u == nil {
		u = &Unconverted{Currency: f.Currency, FirstDay: f.Day}
		missing[f.Currency] = u
	}
	u.Spend += f.Spend
	u.ConversionValue += f.ConversionValue
	u.Pipeline += f.Pipeline
	u.Revenue += f.Revenue
	u.FirstDay = min(u.FirstDay, f.Day)
	f.SpendMissing = f.Spend != 0
	f.Spend, f.ConversionValue, f.Pipeline, f.Revenue = 0, 0, 0, 0
}

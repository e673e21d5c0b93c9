package performance

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/money"
)

// Rate is what one unit of From was worth in To, from Day on until the pair's next rate.
type Rate struct {
	Day      Day
	From, To string
	// Rate is a positive decimal number: "1.0834".
	Rate string
}

// Rates are daily exchange rates. The zero value has none.
type Rates struct {
	pairs map[pair][]step
}

type pair struct{ from, to string }

type step struct {
	day  Day
	rate *big.Rat
}

// NewRates checks and sorts rates.
func NewRates(rates []Rate) (Rates, error) {
	r := Rates{pairs: map[pair][]step{}}
	for _, rate := range rates {
		value, ok := new(big.Rat).SetString(rate.Rate)
		if !ok || value.Sign() <= 0 || strings.ContainsAny(rate.Rate, "/eExX") {
			return Rates{}, fmt.Errorf("rate %q from %s to %s on %s is not a positive decimal number", rate.Rate, rate.From, rate.To, rate.Day)
		}
		if rate.From == rate.To {
			return Rates{}, fmt.Errorf("rate of %s on %s: a currency is always worth 1 in itself", rate.From, rate.Day)
		}
		key := pair{rate.From, rate.To}
		r.pairs[key] = append(r.pairs[key], step{rate.Day, value})
	}
	for key, steps := range r.pairs {
		slices.SortFunc(steps, func(a, b step) int { return int(a.day) - int(b.day) })
		for i := 1; i < len(steps); i++ {
			if steps[i].day == steps[i-1].day {
				return Rates{}, fmt.Errorf("two rates from %s to %s on %s", key.from, key.to, steps[i].day)
			}
		}
	}
	return r, nil
}

// direct is the pair's latest rate at or before day. A day before the first rate has none, because a wrong rate would look like a right
// figure.
func (r Rates) direct(from, to string, day Day) *big.Rat {
	steps := r.pairs[pair{from, to}]
	i, exact := slices.BinarySearchFunc(steps, day, func(s step, d Day) int { return int(s.day) - int(d) })
	if !exact {
		i--
	}
	if i < 0 {
		return nil
	}
	return steps[i].rate
}

// between is the pair's rate, or one over the opposite pair's.
func (r Rates) between(from, to string, day Day) *big.Rat {
	if from == to {
		return big.NewRat(1, 1)
	}
	if rate := r.direct(from, to, day); rate != nil {
		return rate
	}
	if rate := r.direct(to, from, day); rate != nil {
		return new(big.Rat).Inv(rate)
	}
	return nil
}

// cross is how many minor units of to one minor unit of from was worth on day: by their own rate, else by way of the workspace's base currency.
func (r Rates) cross(from, to, base string, day Day) *big.Rat {
	rate := r.between(from, to, day)
	if rate == nil {
		toBase, fromBase := r.between(from, base, day), r.between(base, to, day)
		if toBase == nil || fromBase == nil {
			return nil
		}
		rate = new(big.Rat).Mul(toBase, fromBase)
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
	case len(present) == 0 || len(r.pairs) > 0 || slices.Contains(present, base):
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
	f.Spend, f.ConversionValue, f.Pipeline, f.Revenue = 0, 0, 0, 0
}

// Package rates reads daily exchange rates and finds the one that holds on a day, by way of a third currency where two have none of their own.
// Numbers are exact rationals: nothing is rounded before the amount is.
package rates

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Rate is what one unit of From was worth in To, from Day on until the pair's next rate.
type Rate struct {
	// Day is YYYY-MM-DD.
	Day string `json:"day"`
	// From and To are ISO 4217 codes.
	From string `json:"from"`
	To   string `json:"to"`
	// Rate is a positive decimal number: "1.0834".
	Rate string `json:"rate"`
}

// Day is a calendar day in UTC, in days since the Unix epoch.
type Day = int32

const secondsPerDay = 24 * 60 * 60

// ParseDay reads a day written as 2026-01-31.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2148 {
		return 0, fmt.Errorf("%q is not a day written as 2026-01-31", s)
	}
	return Day(t.Unix() / secondsPerDay), nil
}

// Table finds rates. The zero value has none.
type Table struct {
	pairs map[pair][]step
	// pivots are the currencies that others can be converted by way of, those with most pairs first.
	pivots []string
}

type pair struct{ from, to string }

type step struct {
	day  Day
	rate *big.Rat
}

// maxRateText keeps a number from being larger than any rate.
const maxRateText = 40

// parse reads a rate's number.
func (r Rate) parse() (*big.Rat, error) {
	value, ok := new(big.Rat).SetString(r.Rate)
	if !ok || len(r.Rate) > maxRateText || value.Sign() <= 0 || strings.ContainsAny(r.Rate, "/eExXpP_") {
		return nil, fmt.Errorf("rate %.60q from %s to %s on %s is not a positive decimal number", r.Rate, r.From, r.To, r.Day)
	}
	return value, nil
}

// Check names what is wrong with a rate.
func (r Rate) Check() error {
	if _, err := ParseDay(r.Day); err != nil {
		return err
	}
	for _, code := range []string{r.From, r.To} {
		if !isCode(code) {
			return fmt.Errorf("%.20q is not an ISO 4217 code in capitals", code)
		}
	}
	if r.From == r.To {
		return fmt.Errorf("rate of %s on %s: a currency is always worth 1 in itself", r.From, r.Day)
	}
	_, err := r.parse()
	return err
}

func isCode(s string) bool {
	return len(s) == 3 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
}

// NewTable checks and sorts rates. Two of one pair and day are an error.
func NewTable(list []Rate) (Table, error) {
	t := Table{pairs: map[pair][]step{}}
	for _, r := range list {
		day, dayErr := ParseDay(r.Day)
		value, err := r.parse()
		if err := errors.Join(dayErr, err); err != nil {
			return Table{}, err
		}
		if r.From == r.To {
			return Table{}, r.Check()
		}
		key := pair{r.From, r.To}
		t.pairs[key] = append(t.pairs[key], step{day, value})
	}
	uses := map[string]int{}
	for key, steps := range t.pairs {
		uses[key.from]++
		uses[key.to]++
		slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.day, b.day) })
		for i := 1; i < len(steps); i++ {
			if steps[i].day == steps[i-1].day {
				return Table{}, fmt.Errorf("two rates from %s to %s on %s", key.from, key.to, dayText(steps[i].day))
			}
		}
	}
	for currency, n := range uses {
		if n > 1 {
			t.pivots = append(t.pivots, currency)
		}
	}
	slices.SortFunc(t.pivots, func(a, b string) int { return cmp.Or(cmp.Compare(uses[b], uses[a]), cmp.Compare(a, b)) })
	return t, nil
}

func dayText(d Day) string { return time.Unix(int64(d)*secondsPerDay, 0).UTC().Format(time.DateOnly) }

// IsEmpty says that there is no rate at all.
func (t Table) IsEmpty() bool { return len(t.pairs) == 0 }

// Currencies are all that occur, in order.
func (t Table) Currencies() []string {
	all := []string{}
	for key := range t.pairs {
		all = append(all, key.from, key.to)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// direct is the pair's latest rate at or before day. A day before the first rate has none, because a wrong rate would look like a right
// figure.
func (t Table) direct(from, to string, day Day) *big.Rat {
	steps := t.pairs[pair{from, to}]
	i, exact := slices.BinarySearchFunc(steps, day, func(s step, d Day) int { return cmp.Compare(s.day, d) })
	if !exact {
		i--
	}
	if i < 0 {
		return nil
	}
	return steps[i].rate
}

// between is the pair's rate, or one over the opposite pair's.
func (t Table) between(from, to string, day Day) *big.Rat {
	if from == to {
		return big.NewRat(1, 1)
	}
	if rate := t.direct(from, to, day); rate != nil {
		return rate
	}
	if rate := t.direct(to, from, day); rate != nil {
		return new(big.Rat).Inv(rate)
	}
	return nil
}

// Find is how many units of to one unit of from was worth on day: by their own rate, else by way of the base currency, else of the currency
// that most rates are quoted in. Nil without a rate at or before the day.
func (t Table) Find(from, to, base string, day Day) *big.Rat {
	if rate := t.between(from, to, day); rate != nil {
		return rate
	}
	for _, pivot := range append([]string{base}, t.pivots...) {
		first, second := t.between(from, pivot, day), t.between(pivot, to, day)
		if first != nil && second != nil {
			return new(big.Rat).Mul(first, second)
		}
	}
	return nil
}

// Based is the worth of one unit of a currency in a base currency, from a day on.
type Based struct {
	Currency string
	Day      Day
	Rate     float64
}

// ToBase tells what every currency is worth in the base, on every day on which any rate changes for it. Numbers are floats: they are for tools
// that know no others.
func ToBase(list []Rate, base string) ([]Based, error) {
	t, err := NewTable(list)
	if err != nil {
		return nil, err
	}
	days := map[Day]map[string]bool{}
	for _, r := range list {
		day, err := ParseDay(r.Day)
		if err != nil {
			return nil, err
		}
		if days[day] == nil {
			days[day] = map[string]bool{}
		}
		days[day][r.From], days[day][r.To] = true, true
	}
	based := []Based{{Currency: base, Rate: 1}}
	for day, currencies := range days {
		for currency := range currencies {
			if rate := t.Find(currency, base, base, day); currency != base && rate != nil {
				value, _ := rate.Float64()
				based = append(based, Based{Currency: currency, Day: day, Rate: value})
			}
		}
	}
	slices.SortFunc(based, func(a, b Based) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Currency, b.Currency)) })
	return based, nil
}

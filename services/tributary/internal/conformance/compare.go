package conformance

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Line is one amount of credit as the engine shows it.
type Line struct {
	Model, Measure string
	// Event is the id of the event that the touch starts with; empty on the unattributed line.
	Event, Channel, Source string
	// Amount is a decimal, Currency empty for counts.
	Amount, Currency string
}

// differences says in words what the lines of one journey have otherwise than expected; empty when nothing. Amounts are compared as numbers:
// 0.5 is 0.50, and an amount of zero is none.
func differences(id isolator, journey string, want Models, got []Line) []string {
	var out []string
	for _, model := range slices.Sorted(maps.Keys(want)) {
		for _, measure := range slices.Sorted(maps.Keys(want[model])) {
			expected := want[model][measure]
			sums, bad := sum(id, expected, model, measure, got)
			out = append(out, bad...)
			for touch, text := range expected {
				if d := differ(text, sums[touch]); d != "" {
					out = append(out, fmt.Sprintf("%s %s %s: %s %s", journey, model, measure, touch, d))
				}
				delete(sums, touch)
			}
			for touch, t := range sums {
				if t.amount.Sign() != 0 {
					out = append(out, fmt.Sprintf("%s %s %s: %s has %s, want none", journey, model, measure, touch, t))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// total is the sum of some lines.
type total struct {
	amount     big.Rat
	currencies []string
}

func (t *total) String() string {
	if t == nil {
		return "0"
	}
	text := strings.TrimRight(strings.TrimRight(t.amount.FloatString(9), "0"), ".")
	return strings.TrimSpace(text + " " + strings.Join(t.currencies, "+"))
}

// sum adds up the lines of a model and measure under the keys that the expectation uses: sums over a channel or source where it names one, else
// the event.
func sum(id isolator, expected map[string]string, model, measure string, lines []Line) (map[string]*total, []string) {
	sums := make(map[string]*total)
	var bad []string
	for _, l := range lines {
		if l.Model != model || l.Measure != measure {
			continue
		}
		amount, ok := new(big.Rat).SetString(l.Amount)
		if !ok {
			bad = append(bad, fmt.Sprintf("%s %s: %q is no amount", model, measure, l.Amount))
			continue
		}
		key := l.key(id, expected)
		t := sums[key]
		if t == nil {
			t = &total{}
			sums[key] = t
		}
		t.amount.Add(&t.amount, amount)
		if amount.Sign() != 0 && !slices.Contains(t.currencies, l.Currency) {
			t.currencies = append(t.currencies, l.Currency)
		}
	}
	return sums, bad
}

func (l Line) key(id isolator, expected map[string]string) string {
	if l.Event == "" {
		return Unattributed
	}
	for _, k := range []string{"channel:" + l.Channel, "source:" + l.Source} {
		if _, ok := expected[k]; ok {
			return k
		}
	}
	return strings.TrimPrefix(l.Event, id.prefix)
}

// differ says how a total is not the expected text, "" when it is.
func differ(text string, got *total) string {
	number, currency, _ := strings.Cut(text, " ")
	want, ok := new(big.Rat).SetString(number)
	switch {
	case !ok:
		return fmt.Sprintf("should have %q, which is no amount", text)
	case want.Sign() == 0 && (got == nil || got.amount.Sign() == 0):
		return ""
	case got == nil || got.amount.Cmp(want) != 0 || strings.Join(got.currencies, "+") != currency:
		return fmt.Sprintf("has %s, want %s", got, text)
	}
	return ""
}

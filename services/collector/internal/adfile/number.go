package adfile

import (
	"strings"
	"unicode"

	"github.com/tributary-attribution/tributary/pkg/money"
)

// microsDigits: amounts are added up in millionths of the currency's unit, as Google counts them, so that nothing is rounded before a day is whole.
const microsDigits = 6

// bare is a number without spaces, apostrophes, and the currency's sign or code before or behind it.
func bare(text string) string {
	text = strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) || unicode.IsLetter(r) || r == '"'
	})
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\'', r == '’':
			return -1
		case r == '−':
			return '-'
		}
		return r
	}, text)
	return strings.TrimSuffix(text, ".-")
}

// isNothing tells whether a cell is how a platform writes that there is nothing.
func isNothing(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "-", "--", "---", "—", "–", "n/a", "na", "null", "none":
		return true
	}
	return false
}

// evidence is the decimal sign that a number can only have, 0 when it may be either. Counts are whole, so a group of three digits in one is thousands.
func evidence(text string, isCount bool) rune {
	text = strings.TrimLeft(bare(text), "-(")
	for _, pair := range []string{"..", ",,", ".,", ",."} {
		if strings.Contains(text, pair) {
			return 0
		}
	}
	dots, commas := strings.Count(text, "."), strings.Count(text, ",")
	switch {
	case dots > 0 && commas > 0:
		if strings.LastIndexByte(text, '.') > strings.LastIndexByte(text, ',') {
			return '.'
		}
		return ','
	case dots > 1:
		return ','
	case commas > 1:
		return '.'
	case dots+commas == 0:
		return 0
	}
	sign, other := '.', ','
	if commas == 1 {
		sign, other = ',', '.'
	}
	before, after, _ := strings.Cut(strings.TrimRight(text, ")"), string(sign))
	switch {
	case len(after) != 3 || len(before) > 3 || before == "" || before == "0":
		return sign
	case isCount:
		return other
	}
	return 0
}

// micros is a number in millionths. It reports false for what is none, is negative, or groups its digits as numbers with this decimal sign do not.
func micros(text string, decimal rune) (int64, bool) {
	text = bare(text)
	thousands := ","
	if decimal == ',' {
		thousands = "."
	}
	whole, fraction, _ := strings.Cut(text, string(decimal))
	if groups := strings.Split(whole, thousands); len(groups) > 1 {
		for i, g := range groups {
			if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
				return 0, false
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" && fraction == "" || len(whole) > 11 || len(fraction) > 20 {
		return 0, false
	}
	roundUp := len(fraction) > microsDigits && fraction[microsDigits] >= '5'
	digits := whole + (fraction + "000000")[:microsDigits]
	for _, c := range whole + fraction {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	var n int64
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	if roundUp {
		n++
	}
	return n, true
}

// toMinor rounds millionths to minor units, half away from zero.
func toMinor(n int64, currency string) int64 {
	unit := perMinor(currency)
	return (n + unit/2) / unit
}

// perMinor is how many millionths a minor unit has.
func perMinor(currency string) int64 {
	digits, _ := money.Exponent(currency)
	unit := int64(1)
	for range microsDigits - min(digits, microsDigits) {
		unit *= 10
	}
	return unit
}

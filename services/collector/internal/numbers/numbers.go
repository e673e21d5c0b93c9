// Package numbers reads amounts and counts as spreadsheets and exports write them: with decimal points or commas, thousands apart by any sign, and a currency before or behind.
// What can be read in two ways is said to be so, and what is no number is none: nothing is guessed. It is pure.
package numbers

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tributary-attribution/tributary/pkg/money"
)

// Digits is how many decimals Millionths keeps: amounts are added up in millionths of the currency's unit, as Google counts them, so that nothing is rounded before a day is whole.
const Digits = 6

// wholeDigits bounds a number, so that sums of many fit.
const wholeDigits = 11

// IsNothing tells whether a cell is how a platform writes that there is nothing.
func IsNothing(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "-", "--", "---", "—", "–", "n/a", "na", "null", "none":
		return true
	}
	return false
}

// parts takes a cell apart into what stands before its first digit, the digits with what is between them, and what stands behind the last.
func parts(text string) (before, number, behind string) {
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
	first, last := strings.IndexFunc(text, digit), strings.LastIndexFunc(text, digit)
	if first < 0 {
		return text, "", ""
	}
	before, number, behind = text[:first], text[first:last+1], text[last+1:]
	if head := strings.TrimRight(before, ".,"); len(before)-len(head) == 1 && strings.TrimFunc(head, func(r rune) bool { return !unicode.IsLetter(r) }) == "" {
		before, number = head, before[len(head):]+number // ".5", and not the point of "Fr."
	}
	return before, number, behind
}

// affixes are the words before and behind a number; ok is false when something stands there that is no currency, or a sign that makes the number negative.
func affixes(before, behind string) (words []string, ok bool) {
	if strings.TrimSpace(behind) == ".-" || strings.TrimSpace(behind) == ".–" { // how Switzerland writes no cents
		behind = ""
	}
	for _, side := range []string{before, behind} {
		word := strings.TrimFunc(side, func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == ',' || r == '"' || r == '\'' })
		if word == "" {
			continue
		}
		if !isCurrencyWord(word) {
			return nil, false
		}
		words = append(words, word)
	}
	return words, true
}

// signs are how currencies are written beside their code. What several currencies share has none.
func signs() map[string]string {
	return map[string]string{
		"€": "EUR", "£": "GBP", "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "nz$": "NZD", "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "s$": "SGD", "zł": "PLN", "kč": "CZK", "ft": "HUF",
		"₹": "INR", "₩": "KRW", "₪": "ILS", "₺": "TRY", "₫": "VND", "฿": "THB", "₴": "UAH", "fr": "CHF", "sfr": "CHF", "cn¥": "CNY", "jp¥": "JPY",
		"$": "", "¥": "", "kr": "", "rs": "", "r": "", "lei": "", "rm": "",
	}
}

func isCurrencyWord(word string) bool {
	_, sign := signs()[strings.ToLower(word)]
	return sign || Currency(word) != ""
}

// Currency is the code of a currency as a code or by a sign that only it has; empty for anything else.
func Currency(word string) string {
	word = strings.TrimSpace(word)
	if code := strings.ToUpper(word); money.IsCurrency(code) {
		return code
	}
	return signs()[strings.ToLower(word)]
}

// CurrencyOf is the code of the currency that stands beside a cell's number; empty when none does, or one that several currencies share.
func CurrencyOf(text string) string {
	before, _, behind := parts(text)
	words, _ := affixes(before, behind)
	for _, word := range words {
		if code := Currency(word); code != "" {
			return code
		}
	}
	return ""
}

// isGap tells whether a sign sets thousands apart in every language.
func isGap(r rune) bool { return unicode.IsSpace(r) || r == '\'' || r == '’' || r == '\u202f' }

// Evidence is the decimal sign that a number can only have, 0 when it may be either. Counts are whole, so a group of three digits in one is thousands. doubt is the sign before the last
// three digits of a number such as 1.234, which is a thousand in one country and one in another.
func Evidence(text string, isCount bool) (sign, doubt rune) {
	_, number, _ := parts(text)
	if sign, doubt = evidence(number, isCount); sign|doubt != 0 {
		// What is no number with that sign is evidence of nothing.
		if _, ok := digits(number, sign|doubt); !ok && sign != 0 {
			return 0, 0
		}
	}
	return sign, doubt
}

func evidence(number string, isCount bool) (sign, doubt rune) {
	gaps := strings.IndexFunc(number, isGap) >= 0
	dots, commas := strings.Count(number, "."), strings.Count(number, ",")
	switch {
	case dots > 0 && commas > 0:
		if strings.LastIndexByte(number, '.') > strings.LastIndexByte(number, ',') {
			return '.', 0
		}
		return ',', 0
	case dots > 1:
		return ',', 0
	case commas > 1:
		return '.', 0
	case dots+commas == 0:
		return 0, 0
	}
	sign, other := '.', ','
	if commas == 1 {
		sign, other = ',', '.'
	}
	before, after, _ := strings.Cut(number, string(sign))
	switch {
	case gaps || len(after) != 3 || len(before) > 3 || strings.Trim(before, "0") == "":
		return sign, 0
	case isCount:
		return other, 0
	}
	return 0, sign
}

// Millionths is a number in millionths. It reports false for what is none, is negative or too large, or groups its digits as numbers with this decimal sign do not.
func Millionths(text string, decimal rune) (int64, bool) {
	before, number, behind := parts(text)
	if _, ok := affixes(before, behind); !ok {
		return 0, false
	}
	return digits(number, decimal)
}

// digits is Millionths of a number with nothing beside it.
func digits(number string, decimal rune) (int64, bool) {
	whole, fraction, _ := strings.Cut(number, string(decimal))
	whole, ok := ungrouped(whole, decimal)
	if !ok || whole == "" && fraction == "" || len(whole) > wholeDigits || len(fraction) > 20 {
		return 0, false
	}
	roundUp := len(fraction) > Digits && fraction[Digits] >= '5'
	for _, c := range whole + fraction {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	var n int64
	for _, c := range whole + (fraction + "000000")[:Digits] {
		n = n*10 + int64(c-'0')
	}
	if roundUp {
		n++
	}
	return n, true
}

// ungrouped is a whole number without what sets its thousands apart: one sign throughout, before every three digits, or as India has it, before the last three and every two before.
func ungrouped(whole string, decimal rune) (string, bool) {
	var gap rune
	groups := strings.FieldsFunc(whole, func(r rune) bool {
		if r >= '0' && r <= '9' {
			return false
		}
		if gap == 0 {
			gap = r
		}
		return r == gap
	})
	switch {
	case gap == 0:
		return whole, true
	case whole[0] == '0' || gap == decimal || gap != '.' && gap != ',' && !isGap(gap) || len(groups) < 2 || len([]rune(whole)) != len(strings.Join(groups, ""))+len(groups)-1:
		return "", false
	}
	last := len(groups) - 1
	three := !slices.ContainsFunc(groups[1:], func(g string) bool { return len(g) != 3 }) && len(groups[0]) <= 3
	india := gap == ',' && len(groups[last]) == 3 && len(groups[0]) <= 2 && !slices.ContainsFunc(groups[1:last], func(g string) bool { return len(g) != 2 })
	return strings.Join(groups, ""), three || india
}

// Decimal writes millionths as a decimal, without zeros behind.
func Decimal(n int64) string {
	digits := strings.Repeat("0", Digits) + strconv.FormatInt(n, 10)
	whole := strings.TrimLeft(digits[:len(digits)-Digits], "0")
	if whole == "" {
		whole = "0"
	}
	return strings.TrimSuffix(whole+"."+strings.TrimRight(digits[len(digits)-Digits:], "0"), ".")
}

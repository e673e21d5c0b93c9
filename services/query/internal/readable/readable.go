// Package readable writes figures for people: thousands separated, rounded to what can be read. What it writes is never computed with again.
package readable

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// None stands for a figure that does not exist: a cost per customer without customers.
const None = "–"

// Decimal rounds an exact decimal to at most places and separates thousands: "1234567.891" to "1,234,567.89". What is no decimal comes back as is.
func Decimal(exact string, places int) string {
	value, ok := new(big.Rat).SetString(exact)
	if !ok {
		return exact
	}
	if _, fraction, _ := strings.Cut(exact, "."); len(fraction) < places {
		places = len(fraction)
	}
	return group(value.FloatString(places))
}

// Money is an amount with its currency: "1,234.50 EUR".
func Money(exact string, places int, currency string) string {
	return strings.TrimSpace(Decimal(exact, places) + " " + currency)
}

// wholeFrom is the amount from which nobody reads the cents of a sentence.
const wholeFrom = 1000

// Sum is an amount within a sentence: "1,235 EUR", "12.50 EUR". Cents of a thousand only stand in the way.
func Sum(exact, currency string) string {
	value, ok := new(big.Rat).SetString(exact)
	if ok && value.Abs(value).Cmp(big.NewRat(wholeFrom, 1)) >= 0 {
		return Money(exact, 0, currency)
	}
	return Money(exact, 2, currency)
}

// Date writes a day as people say it: 2 March 2026.
func Date(day time.Time) string { return day.Format("2 January 2006") }

// Month writes the month of a day: March 2026.
func Month(day time.Time) string { return day.Format("January 2006") }

// Count writes a count that credit may have split: whole numbers plainly, others with one decimal.
func Count(n float64) string {
	if math.Abs(n-math.Round(n)) < 0.05 {
		return Integer(int64(math.Round(n)))
	}
	return group(strconv.FormatFloat(n, 'f', 1, 64))
}

// Fixed writes a number with exactly so many decimals, for columns whose points stand below each other.
func Fixed(n float64, places int) string { return group(strconv.FormatFloat(n, 'f', places, 64)) }

// Integer writes a whole number.
func Integer(n int64) string { return group(strconv.FormatInt(n, 10)) }

// Ratio writes a return with as many decimals as its size deserves: 0.42, 3.1, 128. Nil has none.
func Ratio(r *float64) string {
	if r == nil {
		return None
	}
	decimals := 2
	switch size := math.Abs(*r); {
	case size >= 100:
		decimals = 0
	case size >= 10:
		decimals = 1
	}
	return group(strconv.FormatFloat(*r, 'f', decimals, 64))
}

// Percent writes a share as a percentage. Below ten percent and just below all it has a decimal, so that a small share is not nothing and
// 99.9% is not everything.
func Percent(share *float64) string {
	if share == nil {
		return None
	}
	p := *share * 100
	if p >= 99.95 && p < 100 {
		return "99.9%"
	}
	if p != 0 && (math.Abs(p) < 9.95 || (p > 99 && p < 100)) {
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	}
	return group(strconv.FormatFloat(p, 'f', 0, 64)) + "%"
}

// SignedPercent is Percent with its sign, as a return on investment is read: +210%, -38%.
func SignedPercent(share *float64) string {
	s := Percent(share)
	if share != nil && *share > 0 {
		return "+" + s
	}
	return s
}

// group separates the thousands of a plain decimal.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, hasFraction := strings.Cut(s, ".")
	if strings.Trim(s, "0.") == "" {
		sign = "" // Rounded to nothing: a negative nothing only raises questions.
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if hasFraction {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

// Exact writes a ratio with all its digits, for programs.
func Exact(r float64) string { return strconv.FormatFloat(r, 'f', -1, 64) }

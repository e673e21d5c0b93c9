// Package money reads, writes and converts amounts of money. An amount is a whole number of the currency's minor units (cents for EUR,
// whole yen for JPY); nothing in here ever becomes a float, because a float cannot hold 0.1 and credits must add up to the last cent.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// Amount is money.
type Amount struct {
	// Minor counts minor units of Currency.
	Minor int64
	// Currency is an ISO 4217 code in capitals.
	Currency string
}

func (a Amount) String() string { return FormatDecimal(a.Minor, a.Currency) + " " + a.Currency }

// Errors of this package; wrapped with the input.
var (
	// ErrCurrency says that a code is not in the table of currencies.
	ErrCurrency = errors.New("unknown currency")
	// ErrSyntax says that a text is not a decimal number.
	ErrSyntax = errors.New("not a decimal number")
	// ErrRange says that a value does not fit: minor units reach from -(2^63-1) to 2^63-1.
	ErrRange = errors.New("amount out of range")
)

// textMax bounds what the parsers read; 2^63 minor units have 19 digits, so anything near this is no amount.
const textMax = 256

// exponentMax bounds the "e" exponent; beyond it every non-zero value is out of range or rounds to zero anyway.
const exponentMax = 1000

// ParseDecimal reads a decimal number such as "1250.00", "-3", ".5" or "1e3" as minor units of a currency. Digits beyond the currency's
// exponent are rounded half away from zero, and rounded then says so. The error wraps ErrCurrency, ErrSyntax or ErrRange.
//
// Signs are '+' and '-', the separator is '.', and there is no grouping and no white space: "1,250" is an error rather than a guess.
func ParseDecimal(text, currency string) (minor int64, rounded bool, err error) {
	exponent, ok := Exponent(currency)
	if !ok {
		return 0, false, fmt.Errorf("%w %q", ErrCurrency, clip(currency))
	}
	d, err := parse(text)
	if err != nil {
		return 0, false, err
	}
	magnitude, rounded, ok := d.scaled(exponent)
	if !ok || magnitude > math.MaxInt64 {
		return 0, false, fmt.Errorf("%w: %q %s", ErrRange, text, currency)
	}
	minor = int64(magnitude)
	if d.negative {
		minor = -minor
	}
	return minor, rounded, nil
}

// FormatDecimal writes minor units as a decimal number with exactly the currency's digits: "1250.00" EUR, "1250" JPY. An unknown
// currency is written with two digits, as most have.
func FormatDecimal(minor int64, currency string) string {
	exponent, ok := Exponent(currency)
	if !ok {
		exponent = unknownExponent
	}
	magnitude, sign := uint64(minor), ""
	if minor < 0 {
		magnitude, sign = -magnitude, "-"
	}
	if exponent == 0 {
		return fmt.Sprintf("%s%d", sign, magnitude)
	}
	unit := pow10(exponent)
	return fmt.Sprintf("%s%d.%0*d", sign, magnitude/unit, exponent, magnitude%unit)
}

// Add returns a + b. The error wraps ErrRange, or ErrCurrency when the currencies differ.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: adding %s to %s", ErrCurrency, clip(b.Currency), clip(a.Currency))
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 || sum == math.MinInt64 {
		return Amount{}, fmt.Errorf("%w: %s + %s", ErrRange, a, b)
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// pow10 returns 10^n for n from 0 to 19.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// mulPow10 returns x * 10^n and whether it fits.
func mulPow10(x uint64, n int) (uint64, bool) {
	for range n {
		hi, lo := bits.Mul64(x, 10)
		if hi != 0 {
			return 0, false
		}
		x = lo
	}
	return x, true
}

// clip keeps an error message short whatever was sent.
func clip(s string) string {
	const most = 16
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

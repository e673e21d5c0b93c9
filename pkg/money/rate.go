package money

import (
	"fmt"
	"math"
	"math/bits"
)

// rateDigits is how many decimals a rate keeps.
const rateDigits = 12

// Rate is how many units of one currency a unit of another buys, exact to twelve decimals. The zero Rate is not valid.
type Rate struct {
	// scaled is the rate times 10^rateDigits.
	scaled uint64
}

// ParseRate reads a positive decimal such as "1.0834", rounded half up to twelve decimals. The error wraps ErrSyntax, or ErrRange for
// rates that are not above zero or not below 18 million.
func ParseRate(text string) (Rate, error) {
	d, err := parse(text)
	if err != nil {
		return Rate{}, fmt.Errorf("rate: %w", err)
	}
	scaled, _, ok := d.scaled(rateDigits)
	if !ok || d.negative || scaled == 0 {
		return Rate{}, fmt.Errorf("rate: %w: %q", ErrRange, text)
	}
	return Rate{scaled: scaled}, nil
}

// Identity is the rate between a currency and itself.
func Identity() Rate { return Rate{scaled: pow10(rateDigits)} }

// Convert returns the amount in another currency at the rate (units of to per unit of the amount's currency), rounded half away from
// zero to whole minor units. It computes in 128 bits, so nothing but the final rounding is lost. The error wraps ErrCurrency or ErrRange.
func Convert(a Amount, to string, rate Rate) (Amount, error) {
	from, ok := Exponent(a.Currency)
	if !ok {
		return Amount{}, fmt.Errorf("%w %q", ErrCurrency, clip(a.Currency))
	}
	into, ok := Exponent(to)
	if !ok {
		return Amount{}, fmt.Errorf("%w %q", ErrCurrency, clip(to))
	}
	if rate.scaled == 0 {
		return Amount{}, fmt.Errorf("rate: %w: zero", ErrRange)
	}
	magnitude := uint64(a.Minor)
	if a.Minor < 0 {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, rate.scaled)
	// rateDigits is above every exponent, so the divisor is between 10^6 and 10^18.
	divisor := pow10(rateDigits + from - into)
	if hi >= divisor {
		return Amount{}, fmt.Errorf("%w: %s in %s", ErrRange, a, to)
	}
	q, r := bits.Div64(hi, lo, divisor)
	if r >= divisor-r {
		q++
	}
	if q > math.MaxInt64 {
		return Amount{}, fmt.Errorf("%w: %s in %s", ErrRange, a, to)
	}
	minor := int64(q)
	if a.Minor < 0 {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: to}, nil
}

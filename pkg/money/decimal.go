package money

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// decimal is a number as it was written: digits, without leading zeros, with the point after the first point digits (which may be
// negative, or more than there are digits).
type decimal struct {
	negative bool
	digits   string
	point    int
}

// parse reads [+-]digits[.digits][e[+-]digits]; digits may be missing on one side of the point.
func parse(text string) (decimal, error) {
	bad := func() (decimal, error) { return decimal{}, fmt.Errorf("%w: %q", ErrSyntax, clip(text)) }
	if len(text) > textMax {
		return bad()
	}
	var d decimal
	rest := text
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		d.negative = rest[0] == '-'
		rest = rest[1:]
	}
	exponent := 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		var ok bool
		if exponent, ok = parseExponent(rest[i+1:]); !ok {
			return bad()
		}
		rest = rest[:i]
	}
	whole, fraction, _ := strings.Cut(rest, ".")
	if whole+fraction == "" || !isDigits(whole) || !isDigits(fraction) {
		return bad()
	}
	all := whole + fraction
	d.digits = strings.TrimLeft(all, "0")
	d.point = len(whole) - (len(all) - len(d.digits)) + exponent
	return d, nil
}

// parseExponent reads [+-]digits and stops at exponentMax either way.
func parseExponent(text string) (int, bool) {
	digits := strings.TrimPrefix(text, "-")
	negative := len(digits) < len(text)
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	if digits == "" || !isDigits(digits) {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > exponentMax {
		n = exponentMax
	}
	if negative {
		n = -n
	}
	return n, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// scaled returns the magnitude times 10^exponent as an integer, rounded half up (which is half away from zero for the signed value);
// ok is false when it does not fit.
func (d decimal) scaled(exponent int) (value uint64, rounded, ok bool) {
	if d.digits == "" {
		return 0, false, true
	}
	n := d.point + exponent
	if n > len("18446744073709551615") {
		return 0, false, false
	}
	if n < 0 {
		return 0, true, true
	}
	kept, dropped := d.digits, ""
	if n < len(kept) {
		kept, dropped = kept[:n], kept[n:]
	}
	if kept != "" {
		v, err := strconv.ParseUint(kept, 10, 64)
		if err != nil {
			return 0, false, false
		}
		if value, ok = mulPow10(v, n-len(kept)); !ok {
			return 0, false, false
		}
	}
	if dropped != "" && dropped[0] >= '5' {
		if value == math.MaxUint64 {
			return 0, false, false
		}
		value++
	}
	return value, strings.Trim(dropped, "0") != "", true
}

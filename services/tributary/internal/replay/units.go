package replay

import (
	"math/big"
	"strings"
)

// parseUnits reads a decimal as integer units of 10^-exponent, rounded half away from zero: files written by spreadsheets and R carry
// floating-point noise in their last digits (0.30000000000000004). It refuses negatives and what does not fit.
func parseUnits(text string, exponent int) (int64, bool) {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	if len(mantissa) > 40 || len(power) > 3 || strings.ContainsAny(text, "/_xXpP") {
		return 0, false // A short text with a huge power would be a huge number to hold.
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok || value.Sign() < 0 {
		return 0, false
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
	value.Mul(value, new(big.Rat).SetInt(scale))
	value.Add(value, big.NewRat(1, 2))
	units := new(big.Int).Quo(value.Num(), value.Denom())
	return units.Int64(), units.IsInt64()
}

// formatUnits writes integer units of 10^-exponent as a decimal with all its places.
func formatUnits(units int64, exponent int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
	return new(big.Rat).SetFrac(big.NewInt(units), scale).FloatString(exponent)
}

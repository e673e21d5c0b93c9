package adfile

import (
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
)

// toMinor rounds millionths to minor units, half away from zero.
func toMinor(n int64, currency string) int64 {
	unit := perMinor(currency)
	return (n + unit/2) / unit
}

// perMinor is how many millionths a minor unit has.
func perMinor(currency string) int64 {
	digits, _ := money.Exponent(currency)
	unit := int64(1)
	for range numbers.Digits - min(digits, numbers.Digits) {
		unit *= 10
	}
	return unit
}

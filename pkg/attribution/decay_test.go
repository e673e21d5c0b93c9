package attribution

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestExp2Roots(t *testing.T) {
	// root i squared is root i-1; root 0 squared is a half.
	for i, root := range exp2Roots {
		r := new(big.Float).SetPrec(300).SetInt64(2)
		for range i + 1 {
			r.Sqrt(r)
		}
		want := new(big.Float).SetPrec(300).Quo(new(big.Float).SetMantExp(big.NewFloat(1), 64), r)
		diff := new(big.Float).Sub(want, new(big.Float).SetUint64(root))
		if d, _ := diff.Float64(); math.Abs(d) > 0.51 {
			t.Errorf("root %d is off by %v", i, d)
		}
	}
}

func TestHalved_isTwoToTheMinusAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		halfLife := rapid.Uint64Range(1, 1e15).Draw(t, "half-life")
		age := rapid.Uint64Range(0, 40*halfLife).Draw(t, "age")
		got := float64(halved(age, halfLife, 59))
		want := math.Exp2(59 - float64(age)/float64(halfLife))
		if math.Abs(got-want) > 1+want*1e-12 {
			t.Fatalf("halved(%d, %d) = %v, want %v", age, halfLife, got, want)
		}
	})
}

package performance

import "math/big"

// Worth is what minor units of a currency were worth on a day in minor units of another, exactly: nothing is rounded. ok is false without a rate.
func (r Rates) Worth(minor int64, from, to, base string, day Day) (worth *big.Rat, ok bool) {
	worth = new(big.Rat).SetInt64(minor)
	if from == to {
		return worth, true
	}
	rate := r.cross(from, to, base, day)
	if rate == nil {
		return nil, false
	}
	return worth.Mul(worth, rate), true
}

// Running rounds a running total, so that rounded differences add up to the rounded total whatever the amounts are.
type Running struct {
	exact   big.Rat
	rounded big.Int
}

// Add adds an exact amount and returns by how much the rounded total grew.
func (r *Running) Add(amount *big.Rat) int64 {
	r.exact.Add(&r.exact, amount)
	now := roundRat(&r.exact)
	grown := new(big.Int).Sub(now, &r.rounded)
	r.rounded.Set(now)
	return grown.Int64()
}

// Total is the rounded total.
func (r *Running) Total() int64 { return r.rounded.Int64() }

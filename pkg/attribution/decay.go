package attribution

import "math/bits"

// decay gives each unit 2^(-age/half-life), with age measured from the latest touch of the path to the latest touch of the unit.
//
// It is computed in integers: a float's rounding may differ between processors (a fused multiply-add rounds once where two instructions
// round twice), and then two replicas would post different cents. The latest unit has 2^k parts with k so that the sum stays below 2^62.
func (w *weights) decay(p *path, halfLifeUS int64) {
	latest := p.at(len(p.touches) - 1).Key.OccurredUS
	k := uint(62 - bitLen(len(w.parts)))
	for e := range p.touches {
		// Later touches of the unit overwrite earlier ones.
		w.parts[p.unit(e)] = halved(uint64(latest-p.at(e).Key.OccurredUS), uint64(halfLifeUS), k)
	}
}

// halved returns 2^(k - age/halfLife), rounded down. k is at most 62.
func halved(age, halfLife uint64, k uint) uint64 {
	whole, rest := age/halfLife, age%halfLife
	if whole > uint64(k) {
		return 0
	}
	// fraction = rest/halfLife in units of 2^-64.
	fraction, _ := bits.Div64(rest, 0, halfLife)
	return exp2Fraction(fraction) >> (63 - k + uint(whole))
}

// exp2Fraction returns 2^(63 - fraction/2^64): the product of 2^-(2^-i) over the bits set in fraction.
func exp2Fraction(fraction uint64) uint64 {
	value := uint64(1) << 63
	for fraction != 0 {
		i := bits.LeadingZeros64(fraction)
		hi, lo := bits.Mul64(value, exp2Roots[i])
		// The table is in units of 2^-64: round to nearest.
		value = hi + lo>>63
		fraction &^= 1 << (63 - i)
	}
	return value
}

// exp2Roots holds 2^-(2^-(i+1)) in units of 2^-64, for i = 0..63. A test computes them anew.
var exp2Roots = [64]uint64{
	0xb504f333f9de6484, 0xd744fccad69d6af4, 0xeac0c6e7dd24392f, 0xf5257d152486cc2c,
	0xfa83b2db722a033a, 0xfd3e0c0cf486c175, 0xfe9e115c7b8f884c, 0xff4ecb59511ec8a5,
	0xffa756521c8daed2, 0xffd3a751c0f7e10c, 0xffe9d2b2f7db2756, 0xfff4e91bff1b8c3e,
	0xfffa747ea0040664, 0xfffd3a3b7814eb54, 0xfffe9d1cc60ddab1, 0xffff4e8e25879bfa,
	0xffffa7470363f451, 0xffffd3a37dda0313, 0xffffe9d1bdf703af, 0xfffff4e8debe025e,
	0xfffffa746f4fa150, 0xfffffd3a37a3f8b0, 0xfffffe9d1bd1065a, 0xffffff4e8de845ae,
	0xffffffa746f41377, 0xffffffd3a37a05e4, 0xffffffe9d1bd01fc, 0xfffffff4e8de80c0,
	0xfffffffa746f4051, 0xfffffffd3a37a025, 0xfffffffe9d1bd011, 0xffffffff4e8de808,
	0xffffffffa746f404, 0xffffffffd3a37a02, 0xffffffffe9d1bd01, 0xfffffffff4e8de81,
	0xfffffffffa746f40, 0xfffffffffd3a37a0, 0xfffffffffe9d1bd0, 0xffffffffff4e8de8,
	0xffffffffffa746f4, 0xffffffffffd3a37a, 0xffffffffffe9d1bd, 0xfffffffffff4e8df,
	0xfffffffffffa746f, 0xfffffffffffd3a38, 0xfffffffffffe9d1c, 0xffffffffffff4e8e,
	0xffffffffffffa747, 0xffffffffffffd3a3, 0xffffffffffffe9d2, 0xfffffffffffff4e9,
	0xfffffffffffffa74, 0xfffffffffffffd3a, 0xfffffffffffffe9d, 0xffffffffffffff4f,
	0xffffffffffffffa7, 0xffffffffffffffd4, 0xffffffffffffffea, 0xfffffffffffffff5,
	0xfffffffffffffffa, 0xfffffffffffffffd, 0xffffffffffffffff, 0xffffffffffffffff,
}

// bitLen is the number of bits that n needs.
func bitLen(n int) int { return bits.Len(uint(n)) }

package attribution

import "math/bits"

// partsMax bounds the sum of all parts of a journey.
const partsMax = uint64(1) << 62

// spread divides units' parts equally among their touches. As long as all sizes are one, the parts are the touches' own. Otherwise the
// parts are scaled by the least common multiple of the sizes, which is exact. Where that leaves 64 bits (a journey with merged units of
// very many different sizes) they are scaled as far as fits and each unit is divided by largest remainder: off by less than 2^-50.
type spread struct {
	parts []uint64
	// sizes is nil when every unit is one touch.
	sizes []int
	// seen counts each unit's touches so far.
	seen []int
}

func newSpread(parts []uint64, sizes []int) spread {
	s := spread{parts: parts, sizes: sizes}
	if sizes == nil {
		return s
	}
	s.seen = make([]int, len(sizes))
	total := uint64(0)
	for _, p := range parts {
		total += p
	}
	if total == 0 {
		return s
	}
	scale, ok := commonMultiple(parts, sizes, partsMax/total)
	if !ok {
		scale = partsMax / total
	}
	for i := range parts {
		parts[i] *= scale
	}
	return s
}

// commonMultiple returns the least common multiple of the sizes of the units with parts, if it is not above the limit.
func commonMultiple(parts []uint64, sizes []int, limit uint64) (uint64, bool) {
	l := uint64(1)
	for i, n := range sizes {
		if parts[i] == 0 {
			continue
		}
		hi, lo := bits.Mul64(l, uint64(n)/gcd(l, uint64(n)))
		if hi != 0 || lo > limit {
			return 0, false
		}
		l = lo
	}
	return l, true
}

// next returns the parts of the unit's next touch.
func (s *spread) next(unit int) uint64 {
	if s.sizes == nil {
		return s.parts[unit]
	}
	n := uint64(s.sizes[unit])
	parts, rest := s.parts[unit]/n, s.parts[unit]%n
	if uint64(s.seen[unit]) < rest {
		parts++
	}
	s.seen[unit]++
	return parts
}

// reduce divides the shares' parts by their greatest common divisor; without merged units they have none.
func (s *spread) reduce(shares []Share) {
	if s.sizes == nil {
		return
	}
	g := uint64(0)
	for i := range shares {
		if g = gcd(g, shares[i].Parts); g == 1 {
			return
		}
	}
	for i := range shares {
		shares[i].Parts /= g
	}
}

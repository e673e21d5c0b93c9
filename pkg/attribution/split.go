package attribution

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"
)

// Split shares amount out in proportion to parts, exactly: the results sum to amount. Each gets the whole units of its exact quota; the units left over go
// one each to the largest remainders, the earlier index first among equals. A negative amount is the mirror image of the positive one.
//
// Parts that are all zero, or none at all, are a mistake of the caller: nobody can receive the amount, so the result is nil and the
// amount belongs on the unattributed line.
func Split(amount int64, parts []uint64) []int64 {
	var s Splitter
	return s.Split(amount, parts)
}

// Splitter is Split for many amounts one after the other: it keeps the memory that one of them needed for the next. Its zero value is ready; it is not safe
// for concurrent use.
type Splitter struct{ rest []remainder }

// Split is as the function of that name.
func (s *Splitter) Split(amount int64, parts []uint64) []int64 {
	var total, over uint64
	for _, p := range parts {
		var carry uint64
		total, carry = bits.Add64(total, p, 0)
		over += carry
	}
	if total == 0 && over == 0 {
		return nil
	}
	out := make([]int64, len(parts))
	magnitude := uint64(amount)
	if amount < 0 {
		magnitude = -magnitude
	}
	quotas := divide
	if over > 0 {
		quotas = divideBig
	}
	left, rest := quotas(magnitude, parts, total, out, s.rest[:0])
	s.rest = rest
	giveRemainders(out, left, rest)
	if amount < 0 {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out
}

// remainder is what the whole units leave of one part's quota, in 1/total of a unit.
type remainder struct {
	hi, lo uint64
	index  int
}

// divide writes the whole units of each quota to out and returns how many units are left, with the remainders that are not zero.
func divide(amount uint64, parts []uint64, total uint64, out []int64, rest []remainder) (uint64, []remainder) {
	left := amount
	rest = slices.Grow(rest, len(parts))
	for i, p := range parts {
		hi, lo := bits.Mul64(amount, p)
		// amount is at most 2^63 and p at most total, so the quotient fits and Div64 cannot overflow.
		q, r := bits.Div64(hi, lo, total)
		out[i] = int64(q)
		left -= q
		if r > 0 {
			rest = append(rest, remainder{lo: r, index: i})
		}
	}
	return left, rest
}

// divideBig is divide for parts whose sum needs more than 64 bits.
func divideBig(amount uint64, parts []uint64, _ uint64, out []int64, rest []remainder) (uint64, []remainder) {
	sum, a, p, q, r := new(big.Int), new(big.Int).SetUint64(amount), new(big.Int), new(big.Int), new(big.Int)
	for _, part := range parts {
		sum.Add(sum, p.SetUint64(part))
	}
	left := amount
	low := new(big.Int)
	for i, part := range parts {
		q.QuoRem(p.Mul(a, p.SetUint64(part)), sum, r)
		out[i] = q.Int64()
		left -= q.Uint64()
		if r.Sign() > 0 {
			rest = append(rest, remainder{hi: new(big.Int).Rsh(r, 64).Uint64(), lo: low64(low, r), index: i})
		}
	}
	return left, rest
}

func low64(scratch, x *big.Int) uint64 {
	return scratch.And(x, new(big.Int).SetUint64(^uint64(0))).Uint64()
}

// giveRemainders adds one unit to each of the left largest remainders.
func giveRemainders(out []int64, left uint64, rest []remainder) {
	if left == 0 {
		return
	}
	// The remainders sum to left whole units and each is less than one, so there are more of them than units left.
	same := true
	for _, r := range rest[1:] {
		same = same && r.hi == rest[0].hi && r.lo == rest[0].lo
	}
	if !same {
		leadWithLargest(rest, int(left))
	}
	for _, r := range rest[:left] {
		out[r.index]++
	}
}

// compare puts larger remainders first, the earlier part first among equals. No two are equal: each part has one.
func (r remainder) compare(o remainder) int {
	return cmp.Or(cmp.Compare(o.hi, r.hi), cmp.Compare(o.lo, r.lo), cmp.Compare(r.index, o.index))
}

// sortMax is up to how many remainders are sorted outright.
const sortMax = 32

// leadWithLargest moves the first n of the remainders' order to the front, in any order: quickselect, because a journey of a hundred thousand touches is
// shared out under ten models, and who is among the first is all that matters. Rounds that do not get on (every pivot a bad one) end in a sort.
func leadWithLargest(rest []remainder, n int) {
	for rounds := 2 * bits.Len(uint(len(rest))); len(rest) > sortMax && rounds > 0; rounds-- {
		pivot := median(rest[0], rest[len(rest)/2], rest[len(rest)-1])
		at := 0
		for i := range rest {
			if rest[i].compare(pivot) < 0 {
				rest[i], rest[at] = rest[at], rest[i]
				at++
			}
		}
		// Those before at come before the pivot, which is among the others.
		switch {
		case n == at:
			return
		case n < at:
			rest = rest[:at]
		default:
			rest, n = rest[at:], n-at
		}
	}
	slices.SortFunc(rest, remainder.compare)
}

func median(a, b, c remainder) remainder {
	if a.compare(b) > 0 {
		a, b = b, a
	}
	if b.compare(c) <= 0 {
		return b
	}
	if a.compare(c) > 0 {
		return a
	}
	return c
}

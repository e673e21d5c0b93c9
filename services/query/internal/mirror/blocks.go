package mirror

import "slices"

// span is a range of block numbers, both ends included.
type span struct{ first, last int64 }

// blocks are block numbers: ranges in order, neither touching nor overlapping.
type blocks []span

// and returns the numbers of both.
func (b blocks) and(o blocks) blocks {
	all := make(blocks, 0, len(b)+len(o))
	all = append(append(all, b...), o...)
	slices.SortFunc(all, func(x, y span) int { return int(x.first - y.first) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.first <= out[n-1].last+1 {
			out[n-1].last = max(out[n-1].last, s.last)
			continue
		}
		out = append(out, s)
	}
	return out
}

// have says that all numbers of a range are among them.
func (b blocks) have(first, last int64) bool {
	return slices.ContainsFunc(b, func(s span) bool { return s.first <= first && last <= s.last })
}

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

// both returns the numbers that are among either's.
func (b blocks) both(o blocks) blocks {
	var out blocks
	for _, x := range b {
		for _, y := range o {
			if first, last := max(x.first, y.first), min(x.last, y.last); first <= last {
				out = append(out, span{first, last})
			}
		}
	}
	return out
}

// Known are the blocks of which every row was read, by partition.
type Known map[string]blocks

// Has says that a part holds nothing but what was read: it was merged of parts that were. A part holds all blocks of its partition between its first and its
// last, since a number is given when its part is there, and merges leave none out.
func (k Known) Has(p Part) bool { return k[p.Partition].have(p.First, p.Last) }

// Both is what both know.
func (k Known) Both(o Known) Known {
	out := Known{}
	for partition, blocks := range k {
		if both := blocks.both(o[partition]); len(both) > 0 {
			out[partition] = both
		}
	}
	return out
}

// Ranges lists the blocks: the first to the last of a partition. A part is known when one of them holds it.
func (k Known) Ranges() (partitions []string, first, last []int64) {
	partitions, first, last = []string{}, []int64{}, []int64{}
	for partition, blocks := range k {
		for _, s := range blocks {
			partitions, first, last = append(partitions, partition), append(first, s.first), append(last, s.last)
		}
	}
	return partitions, first, last
}

package mirror

import "time"

// Seen is which parts of a table have been read. The zero value has read none.
type Seen struct {
	table string
	parts map[string]seenPart
	// own are the blocks that were read of each partition, fresh those of parts of one block, of which partition ever: if the table numbers all its blocks
	// in one row, such a block is in no other partition.
	own   map[string]blocks
	fresh blocks
	// at is the newest listing that everything of was read.
	at uint64
}

type seenPart struct {
	Part
	changed time.Time
	// at is when it was read: what is missing in a listing of before is not gone.
	at uint64
}

// State is how what was read stands to a listing.
type State int

const (
	// Current says that everything listed was read.
	Current State = iota
	// Behind says that parts have come that were not read.
	Behind
	// Lost says that what was read does not hold any longer: everything must be read anew.
	Lost
)

// Compare holds what was read against a table's parts as they were listed at a moment. What is Current takes note of the listing.
func (s *Seen) Compare(t Table, at uint64) State {
	if s.table == "" {
		return Behind
	}
	if at <= s.at {
		return Current
	}
	if s.table != t.ID || s.isGone(t, at) {
		return Lost
	}
	state := Current
	for _, listed := range t.Parts {
		known, ok := s.parts[listed.Name]
		switch {
		case ok && !known.changed.IsZero() && !known.changed.Equal(listed.Changed):
			return Lost
		case ok:
		case s.mutates(listed.Part):
			return Lost
		case s.knows(listed.Part):
			s.parts[listed.Name] = seenPart{listed.Part, listed.Changed, at} // so that it is not read again with what is new
		default:
			state = Behind
		}
	}
	if state == Current {
		_ = s.Read(t, at, nil, at) // no parts, no mutation
	}
	return state
}

// isGone says that a part that was read is neither listed nor covered by one that is.
func (s *Seen) isGone(t Table, at uint64) bool {
	for _, p := range s.parts {
		if p.at >= at {
			continue
		}
		covered := false
		for _, listed := range t.Parts {
			covered = covered || listed.covers(p.Part)
		}
		if !covered {
			return true
		}
	}
	return false
}

// mutates says that a part holds rows that were read, and that have gone through a mutation since: it may have changed or removed any of them.
func (s *Seen) mutates(p Part) bool {
	if p.Mutation == 0 {
		return false
	}
	for _, o := range s.parts {
		if p.covers(o.Part) && o.data() < p.Mutation {
			return true
		}
	}
	return false
}

// knows says that a part need not be read.
func (s *Seen) knows(p Part) bool { return s.own[p.Partition].and(s.fresh).have(p.First, p.Last) }

// Known is what need not be read again. A part that a merge made of what was read is not read, though it was not there yet when the parts were listed: large
// parts are merged with small ones all the time, and one in a hundred questions would meet the moment. Nor is one that a mutation made of what was read:
// the next listing tells of it.
func (s *Seen) Known() Known {
	known := Known{}
	for partition, own := range s.own {
		known[partition] = own.and(s.fresh)
	}
	return known
}

// Missing is how many rows the listed parts have that were not read, those of others than who asks included.
func (s *Seen) Missing(t Table) uint64 {
	var rows uint64
	for _, listed := range t.Parts {
		if !s.knows(listed.Part) {
			rows += listed.Rows
		}
	}
	return rows
}

// Read notes that everything outside Parts was read after the listing was taken: parts are those that rows came from, now the counter of listings at the end.
// A listed part without such rows had been merged by then into one that has, or has none of the rows that were asked for; either way it was read.
// False: rows came from a part that a mutation had made meanwhile of one that was read before; everything must be read anew.
func (s *Seen) Read(t Table, listed uint64, parts []Part, now uint64) bool {
	for _, p := range parts {
		if s.mutates(p) {
			*s = Seen{}
			return false
		}
	}
	kept := map[string]seenPart{}
	for _, p := range t.Parts {
		kept[p.Name] = seenPart{p.Part, p.Changed, listed}
	}
	for _, p := range parts {
		if _, ok := kept[p.Name]; !ok {
			kept[p.Name] = seenPart{Part: p, at: now}
		}
	}
	for name, p := range s.parts {
		if _, ok := kept[name]; !ok && p.at >= listed {
			kept[name] = p
		}
	}
	s.table, s.parts, s.at = t.ID, kept, max(s.at, listed)
	s.note(t.OneRow)
	return true
}

// note remembers the blocks of the parts that were read.
func (s *Seen) note(oneRow bool) {
	if s.own == nil {
		s.own = map[string]blocks{}
	}
	for _, p := range s.parts {
		s.own[p.Partition] = s.own[p.Partition].and(blocks{{p.First, p.Last}})
		if oneRow && p.First == p.Last {
			s.fresh = s.fresh.and(blocks{{p.First, p.First}})
		}
	}
}

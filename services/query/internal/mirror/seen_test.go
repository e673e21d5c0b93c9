package mirror_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/services/query/internal/mirror"
)

func TestParsePart(t *testing.T) {
	want := mirror.Part{Name: "2026_3_378_77_385", Partition: "2026", First: 3, Last: 378, Level: 77, Mutation: 385}
	if got, ok := mirror.ParsePart(want.Name); !ok || got != want {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := mirror.ParsePart("all_1_1_0"); !ok || got.Mutation != 0 || got.Partition != "all" {
		t.Errorf("got %+v, %v", got, ok)
	}
	for _, strange := range []string{"", "all", "20260101_20260131_1_2_3_4", "all_x_1_0", "all_1_1_0_y"} {
		if got, ok := mirror.ParsePart(strange); ok {
			t.Errorf("%q is taken for %+v", strange, got)
		}
	}
}

// engine is a table of a toy ClickHouse: parts of numbered rows.
type engine struct {
	id    string
	block int64
	// each numbers partitions apart when it is there, as replicated tables do.
	each  map[string]int64
	parts []enginePart
	clock int64
}

type enginePart struct {
	mirror.Listed
	rows map[int]uint64
}

func (e *engine) add(name string, rows map[int]uint64) {
	p, _ := mirror.ParsePart(name)
	e.clock++
	e.parts = append(e.parts, enginePart{mirror.Listed{Part: p, Changed: time.Unix(e.clock, 0), Rows: uint64(len(rows))}, rows})
}

func (e *engine) insert(partition string, rows map[int]uint64) {
	n := e.number(partition)
	e.add(fmt.Sprintf("%s_%d_%d_0", partition, n, n), rows)
}

func (e *engine) number(partition string) int64 {
	e.block++
	if e.each == nil {
		return e.block
	}
	e.each[partition] = max(e.each[partition]+1, e.each["mutations"])
	return e.each[partition]
}

// mutation is a number that all blocks of later have surpassed.
func (e *engine) mutation() int64 {
	e.block++
	for _, n := range e.each {
		e.each["mutations"] = max(e.each["mutations"], n+1)
	}
	if e.each == nil {
		return e.block
	}
	number := e.each["mutations"]
	e.each["mutations"]++
	return number
}

// merge makes one part of neighbours of a partition.
func (e *engine) merge(partition string, from, n int) {
	var of []enginePart
	for _, p := range e.parts {
		if p.Partition == partition {
			of = append(of, p)
		}
	}
	slices.SortFunc(of, func(a, b enginePart) int { return int(a.First - b.First) })
	if from+n > len(of) || n < 2 {
		return
	}
	of = of[from : from+n]
	merged, mutation, level := map[int]uint64{}, int64(0), int64(0)
	for _, p := range of {
		mutation, level = max(mutation, p.Mutation), max(level, p.Level)
		for key, version := range p.rows {
			merged[key] = max(merged[key], version)
		}
	}
	name := fmt.Sprintf("%s_%d_%d_%d", partition, of[0].First, of[n-1].Last, level+1)
	if mutation > 0 {
		name += fmt.Sprintf("_%d", mutation)
	}
	e.parts = slices.DeleteFunc(e.parts, func(p enginePart) bool {
		return slices.ContainsFunc(of, func(o enginePart) bool { return o.Name == p.Name })
	})
	e.add(name, merged)
}

// mutate removes a row from the parts that there are, one part after the other, as ClickHouse does; stop ends it early, and the rest follows with the next call.
func (e *engine) mutate(key int, number int64, parts int) {
	for i, p := range slices.Clone(e.parts) {
		if i >= parts || max(p.Mutation, p.First) >= number {
			continue
		}
		rows := map[int]uint64{}
		for k, v := range p.rows {
			if k != key {
				rows[k] = v
			}
		}
		e.parts = slices.DeleteFunc(e.parts, func(o enginePart) bool { return o.Name == p.Name })
		e.add(fmt.Sprintf("%s_%d_%d_%d_%d", p.Partition, p.First, p.Last, p.Level, number), rows)
	}
}

func (e *engine) table() mirror.Table {
	t := mirror.Table{ID: e.id, OneRow: e.each == nil}
	for _, p := range e.parts {
		t.Parts = append(t.Parts, p.Listed)
	}
	return t
}

func (e *engine) newest() map[int]uint64 {
	all := map[int]uint64{}
	for _, p := range e.parts {
		for key, version := range p.rows {
			all[key] = max(all[key], version)
		}
	}
	return all
}

// reader reads what Seen says is missing and keeps it. Only rows of even keys are its own, so that parts without any of its rows occur.
type reader struct {
	seen mirror.Seen
	rows map[int]uint64
}

func (r *reader) isMine(key int) bool { return key%2 == 0 }

// catchUp reads as of a listing that may be out of date by now.
func (r *reader) catchUp(e *engine, listed mirror.Table, at uint64, counter *uint64) {
	switch r.seen.Compare(listed, at) {
	case mirror.Current:
		return
	case mirror.Lost:
		r.seen, r.rows = mirror.Seen{}, nil
	case mirror.Behind:
	}
	if r.rows == nil {
		r.rows = map[int]uint64{}
	}
	known, from := r.seen.Known(), []mirror.Part{}
	for _, p := range e.parts {
		if known.Has(p.Part) {
			continue
		}
		has := false
		for key, version := range p.rows {
			if r.isMine(key) {
				has = true
				r.rows[key] = max(r.rows[key], version)
			}
		}
		if has {
			from = append(from, p.Part)
		}
	}
	*counter++
	if !r.seen.Read(listed, at, from, *counter) {
		r.rows = nil
		r.catchUp(e, listed, at, counter)
	}
}

// TestSeen_readsWhatItMust lets a toy engine insert, merge, mutate, empty and remake a table in any order, with listings that are out of date by the time they are
// used, and holds what the reader keeps against what the engine has.
func TestSeen_readsWhatItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, r, counter := &engine{id: "t"}, &reader{}, uint64(0)
		if rapid.Bool().Draw(t, "numbers partitions apart") {
			e.each = map[string]int64{}
		}
		version := uint64(0)
		step := func() {
			switch rapid.SampledFrom([]string{"insert", "insert", "insert", "merge", "merge", "mutate", "drop", "truncate", "remake"}).Draw(t, "step") {
			case "insert":
				rows := map[int]uint64{}
				for range rapid.IntRange(1, 4).Draw(t, "rows") {
					version++
					rows[rapid.IntRange(0, 9).Draw(t, "key")] = version
				}
				e.insert(rapid.SampledFrom([]string{"2025", "2026"}).Draw(t, "partition"), rows)
			case "merge":
				e.merge(rapid.SampledFrom([]string{"2025", "2026"}).Draw(t, "partition"), rapid.IntRange(0, 3).Draw(t, "from"), rapid.IntRange(2, 5).Draw(t, "n"))
			case "mutate":
				key, number := rapid.IntRange(0, 9).Draw(t, "key"), e.mutation()
				e.mutate(key, number, rapid.IntRange(0, 5).Draw(t, "parts at first"))
				if rapid.Bool().Draw(t, "look meanwhile") {
					counter++
					r.catchUp(e, e.table(), counter, &counter)
				}
				e.mutate(key, number, len(e.parts))
			case "drop":
				partition := rapid.SampledFrom([]string{"2025", "2026"}).Draw(t, "partition")
				e.parts = slices.DeleteFunc(e.parts, func(p enginePart) bool { return p.Partition == partition })
			case "truncate":
				if rapid.Bool().Draw(t, "restart") {
					// Numbers begin anew only then. A part that was read and never listed could not be told from its namesake; the server lists them again
					// long before it has restarted.
					counter++
					r.catchUp(e, e.table(), counter, &counter)
					e.block = 0
					clear(e.each)
				}
				e.parts = nil
			case "remake":
				clear(e.each)
				e.parts, e.block, e.id = nil, 0, e.id+"'"
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "rounds") {
			counter++
			at, listed := counter, e.table()
			for range rapid.IntRange(0, 3).Draw(t, "between listing and reading") {
				step()
			}
			r.catchUp(e, listed, at, &counter)
			step()
		}
		counter++
		at, listed := counter, e.table()
		r.catchUp(e, listed, at, &counter)
		for key, want := range e.newest() {
			if r.isMine(key) && r.rows[key] != want {
				t.Fatalf("key %d is at version %d, the engine has %d", key, r.rows[key], want)
			}
		}
		for key := range r.rows {
			if _, ok := e.newest()[key]; r.isMine(key) && !ok {
				t.Fatalf("key %d is kept, the engine has it no longer", key)
			}
		}
		if state := r.seen.Compare(listed, at); state != mirror.Current {
			t.Fatalf("after reading it is %v", state)
		}
	})
}

// TestKnown_both knows of a part what each of two readers knows of it, and lists it as ranges that say the same.
func TestKnown_both(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Custom(func(t *rapid.T) mirror.Part {
			first := rapid.IntRange(1, 30).Draw(t, "first")
			p, _ := mirror.ParsePart(fmt.Sprintf("%s_%d_%d_1", rapid.SampledFrom([]string{"2025", "2026"}).Draw(t, "partition"), first, first+rapid.IntRange(0, 8).Draw(t, "more")))
			return p
		})
		read := func(what string) mirror.Known {
			seen, table := mirror.Seen{}, mirror.Table{ID: "t"}
			for _, p := range rapid.SliceOfN(part, 0, 6).Draw(t, what) {
				table.Parts = append(table.Parts, mirror.Listed{Part: p})
			}
			seen.Read(table, 1, nil, 2)
			return seen.Known()
		}
		one, other := read("one"), read("other")
		both := one.Both(other)
		partitions, first, last := both.Ranges()
		for range 20 {
			p := part.Draw(t, "part")
			inRange := false
			for i := range partitions {
				inRange = inRange || partitions[i] == p.Partition && first[i] <= p.First && p.Last <= last[i]
			}
			if want := one.Has(p) && other.Has(p); both.Has(p) != want || inRange != want {
				t.Fatalf("%s: both %v, ranges %v, want %v of %v and %v", p.Name, both.Has(p), inRange, want, one, other)
			}
		}
	})
}

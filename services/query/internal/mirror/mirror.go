// Package mirror keeps rows of ClickHouse's roll-up tables in memory and tells what must be read to keep them current: only what came since.
//
// It is pure: it reads nothing itself. ClickHouse keeps a table in parts that never change. An insert makes a new part, a merge makes one of several, and
// the new part's name says which it covers. So rows of parts that were read need not be read again, and since every row says its version, a row
// that is read twice, because its part was merged into a new one, changes nothing. What does not fit that picture, a mutation, a table made anew, a part that is
// gone without one that covers it, makes everything be read anew.
package mirror

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Part is a part of a table, as its name tells: it holds what the inserts First to Last of a partition brought.
type Part struct {
	Name        string
	Partition   string
	First, Last int64
	// Level is how often its rows were merged.
	Level int64
	// Mutation is the number of the last mutation that made the part; 0: none did.
	Mutation int64
}

// ParsePart reads a part's name: partition, first and last block, how often merged, and the mutation if there was one. False: it is no such name.
func ParsePart(name string) (Part, bool) {
	fields := strings.Split(name, "_")
	if len(fields) != 4 && len(fields) != 5 {
		return Part{}, false
	}
	p := Part{Name: name, Partition: fields[0]}
	var errs [4]error
	p.First, errs[0] = strconv.ParseInt(fields[1], 10, 64)
	p.Last, errs[1] = strconv.ParseInt(fields[2], 10, 64)
	p.Level, errs[2] = strconv.ParseInt(fields[3], 10, 64)
	if len(fields) == 5 {
		p.Mutation, errs[3] = strconv.ParseInt(fields[4], 10, 64)
	}
	return p, cmp.Or(errs[:]...) == nil
}

// covers says that p was made of o, by the rule that ClickHouse itself goes by: no merge or mutation lowers any of the numbers.
func (p Part) covers(o Part) bool {
	return p.Partition == o.Partition && p.First <= o.First && o.Last <= p.Last && p.Level >= o.Level && p.Mutation >= o.Mutation
}

// data is the number of the last mutation that the part's rows have gone through: the one that made it, or those before its first insert.
func (p Part) data() int64 { return max(p.Mutation, p.First) }

// Listed is a part as the server lists it. Changed tells parts of one name apart: block numbers may begin anew after a table was emptied and the server restarted.
type Listed struct {
	Part
	Changed time.Time
	Rows    uint64
}

// Table is a table's active parts, of a moment.
type Table struct {
	// ID is another for a table that was made anew.
	ID string
	// OneRow says that the table numbers blocks of all partitions in one row, as tables do that are not replicated.
	OneRow bool
	Parts  []Listed
}

// Listing is the parts of all tables, of a moment.
type Listing struct {
	// At orders listings and readings of one server: it is taken from a counter before the server is asked.
	At     uint64
	Tables map[string]Table
}

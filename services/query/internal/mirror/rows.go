package mirror

// Group is what rows are summed by at the finest, but for their day.
type Group struct{ Channel, Campaign, Currency string }

// Row is a version of a row: its figures on a day, in the order that the slice has them.
type Row struct {
	Day int32
	// Key tells rows of one day apart where rows are keyed; else the group does.
	Key string
	Group
	Version uint64
	// Counts is false for a row that says that there is nothing, or nothing any more.
	Counts  bool
	Figures []int64
}

// Rows are the newest versions of a table's rows, as far as they were put.
type Rows struct {
	width  int
	keyed  bool
	groups []Group
	byName map[Group]uint32
	keys   map[string]uint32
	index  map[rowKey]int32
	// The columns of the rows. Figures of row i begin at i times width.
	days     []int32
	of       []uint32
	versions []uint64
	counts   []bool
	figures  []int64
	// letters is how long all names and keys are together.
	letters int
}

type rowKey struct {
	day int32
	id  uint32
}

// NewRows returns no rows, of so many figures each. Keyed rows have a key of their own, under which their group may change.
func NewRows(width int, keyed bool) *Rows {
	return &Rows{width: width, keyed: keyed, byName: map[Group]uint32{}, keys: map[string]uint32{}, index: map[rowKey]int32{}}
}

// bytesPerRow is about what a row takes beside its figures, its place in the index included.
const bytesPerRow = 48

// Bytes is about how much memory the rows take.
func (r *Rows) Bytes() int64 { return r.BytesOf(int64(len(r.days))) + 3*int64(r.letters) }

// BytesOf is about how much memory so many rows would take.
func (r *Rows) BytesOf(rows int64) int64 { return rows * int64(bytesPerRow+8*r.width) }

// Width is how many figures a row has.
func (r *Rows) Width() int { return r.width }

// Len is how many rows there are, those that count for nothing included.
func (r *Rows) Len() int { return len(r.days) }

// Put takes a version of a row. An older version than the one that is there changes nothing; of two of one version, the later put holds.
func (r *Rows) Put(row Row) {
	group := r.group(row.Group)
	key := rowKey{row.Day, group}
	if r.keyed {
		key.id = r.key(row.Key)
	}
	i, ok := r.index[key]
	if !ok {
		i = int32(len(r.days)) //nolint:gosec // the mirror's bound on bytes keeps far below
		r.index[key] = i
		r.days, r.of, r.versions, r.counts = append(r.days, row.Day), append(r.of, group), append(r.versions, row.Version), append(r.counts, false)
		r.figures = append(r.figures, make([]int64, r.width)...)
	} else if row.Version < r.versions[i] {
		return
	}
	r.of[i], r.versions[i], r.counts[i] = group, row.Version, row.Counts
	copy(r.figures[int(i)*r.width:(int(i)+1)*r.width], row.Figures)
}

func (r *Rows) group(g Group) uint32 {
	id, ok := r.byName[g]
	if !ok {
		id = uint32(len(r.groups)) //nolint:gosec // as above
		r.byName[g] = id
		r.groups = append(r.groups, g)
		r.letters += len(g.Channel) + len(g.Campaign) + len(g.Currency)
	}
	return id
}

func (r *Rows) key(key string) uint32 {
	id, ok := r.keys[key]
	if !ok {
		id = uint32(len(r.keys)) //nolint:gosec // as above
		r.keys[key] = id
		r.letters += len(key)
	}
	return id
}

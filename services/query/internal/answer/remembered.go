package answer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// remembered is a source that keeps what hangs on nothing but what its tables hold: which models there are, what was recorded last, the last
// day, and sums that many readers of one page ask for. Whatever lands in one of the tables forgets it.
type remembered struct {
	Source
	mu     sync.Mutex
	values map[string]memory
	// size is how many rows the values have together.
	size int
	// flights are what is being read, and looks those at the version.
	flights flights
	looks   turns[store.Version]
}

// memory is a value and the version of the tables that it was read from.
type memory struct {
	version string
	value   any
	rows    int
}

// WithVersion says which version of the data a question is asked of, as Version gave it before the question began. What was read at or after
// that moment may be remembered for it.
func WithVersion(ctx context.Context, v Version) context.Context {
	return store.WithVersion(ctx, v.data)
}

// The tables that answers hang on. Those that name none hang on all.
var (
	modelTables    = []string{"models_rows"}
	recordedTables = []string{"cells_rows", "spend_rows"}
	rollUpTables   = recordedTables
	plansTables    = []string{"plans_rows"}
)

// maxRemembered bounds how many rows are kept, of some 250 bytes each. An answer with more than a tenth of that is not kept.
const maxRemembered = 100_000

// recall returns what is remembered of the tables as the question finds them, or reads and remembers it; who asks while it is read waits for the same.
// Questions without a version read.
func recall[T any](ctx context.Context, r *remembered, key string, tables []string, read func(context.Context) (T, error)) (T, error) {
	return recallSized(ctx, r, key, tables, read, func(T) int { return 1 })
}

// recallRows is recall for rows, of which every caller gets its own copy: answers convert them in place.
func recallRows[T any](ctx context.Context, r *remembered, key string, tables []string, read func(context.Context) ([]T, error)) ([]T, error) {
	rows, err := recallSized(ctx, r, key, tables, read, func(rows []T) int { return 1 + len(rows) })
	return slices.Clone(rows), err
}

func recallSized[T any](ctx context.Context, r *remembered, key string, tables []string, read func(context.Context) (T, error), size func(T) int) (T, error) {
	v, ok := store.VersionOf(ctx)
	if !ok {
		return read(ctx)
	}
	version := v.Of(tables...)
	if value, ok := recollect[T](r, version, key); ok {
		return value, nil
	}
	return fly(ctx, &r.flights, version+" "+key, func(ctx context.Context) (T, error) {
		if value, ok := recollect[T](r, version, key); ok {
			return value, nil // read between our look and our turn
		}
		value, err := read(ctx)
		if err == nil {
			r.keep(key, memory{version: version, value: value, rows: size(value)})
		}
		return value, err
	})
}

// recollect is what is remembered.
func recollect[T any](r *remembered, version, key string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.values[key]
	if known.version != version {
		var none T
		return none, false
	}
	value, ok := known.value.(T)
	return value, ok
}

// keep remembers a value in the place of the one before. When there is no room all are forgotten: what is asked again comes back.
func (r *remembered) keep(key string, m memory) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size -= r.values[key].rows
	delete(r.values, key)
	if m.rows > maxRemembered/10 {
		return
	}
	if r.values == nil || r.size+m.rows > maxRemembered {
		r.values, r.size = map[string]memory{}, 0
	}
	r.values[key] = m
	r.size += m.rows
}

// Version implements Source.
func (r *remembered) Version(ctx context.Context) (store.Version, error) {
	return r.looks.ask(ctx, r.Source.Version)
}

// PlansMark implements LedgerSource. What people saved is data like any other.
func (r *remembered) PlansMark(ctx context.Context, workspace, kind string) ([2]uint64, error) {
	return recall(ctx, r, fmt.Sprintf("plans %q %q", workspace, kind), plansTables, func(ctx context.Context) ([2]uint64, error) { return r.Source.PlansMark(ctx, workspace, kind) })
}

// Models implements Source.
func (r *remembered) Models(ctx context.Context, workspace string) ([]string, error) {
	return recall(ctx, r, "models "+workspace, modelTables, func(ctx context.Context) ([]string, error) { return r.Source.Models(ctx, workspace) })
}

// RecordedAt implements Source.
func (r *remembered) RecordedAt(ctx context.Context, workspace string) (time.Time, error) {
	return recall(ctx, r, "recorded "+workspace, recordedTables, func(ctx context.Context) (time.Time, error) { return r.Source.RecordedAt(ctx, workspace) })
}

// Facts implements Source.
func (r *remembered) Facts(ctx context.Context, q store.FactsQuery) ([]performance.Fact, error) {
	tables := rollUpTables
	if !q.IsRollUp() {
		tables = nil
	}
	return recallRows(ctx, r, fmt.Sprintf("facts %#v", q), tables, func(ctx context.Context) ([]performance.Fact, error) { return r.Source.Facts(ctx, q) })
}

// Paths implements Source. What is remembered is shared: nobody changes it.
func (r *remembered) Paths(ctx context.Context, q store.PathsQuery) (*store.Paths, error) {
	return recallSized(ctx, r, fmt.Sprintf("paths %#v", q), nil, func(ctx context.Context) (*store.Paths, error) { return r.Source.Paths(ctx, q) }, func(p *store.Paths) int {
		return 1 + len(p.Paths) + len(p.Values) + len(p.Lengths)
	})
}

// People implements Source.
func (r *remembered) People(ctx context.Context, q store.FunnelQuery) ([]store.People, error) {
	return recallRows(ctx, r, fmt.Sprintf("people %#v", q), nil, func(ctx context.Context) ([]store.People, error) { return r.Source.People(ctx, q) })
}

type lastDay struct {
	day performance.Day
	ok  bool
}

// LastDay implements Source.
func (r *remembered) LastDay(ctx context.Context, workspace string) (performance.Day, bool, error) {
	last, err := recall(ctx, r, "last "+workspace, nil, func(ctx context.Context) (lastDay, error) {
		day, ok, err := r.Source.LastDay(ctx, workspace)
		return lastDay{day, ok}, err
	})
	return last.day, last.ok, err
}

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

// remembered is a source that keeps what hangs on nothing but the data's version: which models there are, what was recorded last, the last
// day, and sums that many readers of one page ask for. While nothing lands they cost a look at the list of parts; whatever lands forgets them all.
type remembered struct {
	Source
	mu      sync.Mutex
	version string
	values  map[string]any
	// size is how many rows the values have together.
	size int
	// flights are what is being read, and looks those at the version.
	flights flights
	looks   turns
}

type versionKey struct{}

// WithVersion says which version of the data a question is asked of, as Version gave it before the question began. What was read at or after
// that moment may be remembered for it.
func WithVersion(ctx context.Context, version string) context.Context {
	return context.WithValue(ctx, versionKey{}, version)
}

// maxRemembered bounds how many rows are kept of one version, of some 250 bytes each. An answer with more than a tenth of that is not kept.
const maxRemembered = 100_000

// recall returns what is remembered of the question's version, or reads and remembers it; who asks while it is read waits for the same. Questions without
// a version read.
func recall[T any](ctx context.Context, r *remembered, key string, read func(context.Context) (T, error)) (T, error) {
	return recallSized(ctx, r, key, read, func(T) int { return 1 })
}

// recallRows is recall for rows, of which every caller gets its own copy: answers convert them in place.
func recallRows[T any](ctx context.Context, r *remembered, key string, read func(context.Context) ([]T, error)) ([]T, error) {
	rows, err := recallSized(ctx, r, key, read, func(rows []T) int { return 1 + len(rows) })
	return slices.Clone(rows), err
}

func recallSized[T any](ctx context.Context, r *remembered, key string, read func(context.Context) (T, error), size func(T) int) (T, error) {
	version, ok := ctx.Value(versionKey{}).(string)
	if !ok || version == "" {
		return read(ctx)
	}
	if value, ok := recollect[T](r, version, key); ok {
		return value, nil
	}
	return fly(ctx, &r.flights, version+" "+key, func(ctx context.Context) (T, error) {
		if value, ok := recollect[T](r, version, key); ok {
			return value, nil // read between our look and our turn
		}
		value, err := read(ctx)
		if err == nil {
			r.keep(version, key, value, size(value))
		}
		return value, err
	})
}

// recollect is what is remembered.
func recollect[T any](r *remembered, version, key string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version != version {
		var none T
		return none, false
	}
	value, ok := r.values[key].(T)
	return value, ok
}

// keep remembers a value of so many rows, unless it is too large. Another version's values are forgotten.
func (r *remembered) keep(version, key string, value any, rows int) {
	if rows > maxRemembered/10 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version != version || r.size+rows > maxRemembered {
		r.version, r.values, r.size = version, map[string]any{}, 0
	}
	if _, ok := r.values[key]; !ok {
		r.size += rows
	}
	r.values[key] = value
}

// Version implements Source.
func (r *remembered) Version(ctx context.Context) (string, error) {
	return r.looks.ask(ctx, r.Source.Version)
}

// PlansMark implements LedgerSource. What people saved is data like any other.
func (r *remembered) PlansMark(ctx context.Context, workspace, kind string) ([2]uint64, error) {
	return recall(ctx, r, fmt.Sprintf("plans %q %q", workspace, kind), func(ctx context.Context) ([2]uint64, error) { return r.Source.PlansMark(ctx, workspace, kind) })
}

// Models implements Source.
func (r *remembered) Models(ctx context.Context, workspace string) ([]string, error) {
	return recall(ctx, r, "models "+workspace, func(ctx context.Context) ([]string, error) { return r.Source.Models(ctx, workspace) })
}

// RecordedAt implements Source.
func (r *remembered) RecordedAt(ctx context.Context, workspace string) (time.Time, error) {
	return recall(ctx, r, "recorded "+workspace, func(ctx context.Context) (time.Time, error) { return r.Source.RecordedAt(ctx, workspace) })
}

// Facts implements Source.
func (r *remembered) Facts(ctx context.Context, q store.FactsQuery) ([]performance.Fact, error) {
	return recallRows(ctx, r, fmt.Sprintf("facts %#v", q), func(ctx context.Context) ([]performance.Fact, error) { return r.Source.Facts(ctx, q) })
}

// Paths implements Source. What is remembered is shared: nobody changes it.
func (r *remembered) Paths(ctx context.Context, q store.PathsQuery) (*store.Paths, error) {
	return recallSized(ctx, r, fmt.Sprintf("paths %#v", q), func(ctx context.Context) (*store.Paths, error) { return r.Source.Paths(ctx, q) }, func(p *store.Paths) int {
		return 1 + len(p.Paths) + len(p.Values) + len(p.Lengths)
	})
}

// People implements Source.
func (r *remembered) People(ctx context.Context, q store.FunnelQuery) ([]store.People, error) {
	return recallRows(ctx, r, fmt.Sprintf("people %#v", q), func(ctx context.Context) ([]store.People, error) { return r.Source.People(ctx, q) })
}

type lastDay struct {
	day performance.Day
	ok  bool
}

// LastDay implements Source.
func (r *remembered) LastDay(ctx context.Context, workspace string) (performance.Day, bool, error) {
	last, err := recall(ctx, r, "last "+workspace, func(ctx context.Context) (lastDay, error) {
		day, ok, err := r.Source.LastDay(ctx, workspace)
		return lastDay{day, ok}, err
	})
	return last.day, last.ok, err
}

package answer

import (
	"context"
	"sync"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// remembered is a source that keeps what hangs on nothing but the data's version: which models there are, what was recorded last, the last
// day. Each is a look at a whole table, and every answer needs them.
type remembered struct {
	Source
	mu      sync.Mutex
	version string
	values  map[string]any
}

type versionKey struct{}

// WithVersion says which version of the data a question is asked of, as Version gave it before the question began. What was read at or after
// that moment may be remembered for it.
func WithVersion(ctx context.Context, version string) context.Context {
	return context.WithValue(ctx, versionKey{}, version)
}

// maxRemembered bounds what is kept of one version: a few values of each workspace.
const maxRemembered = 10_000

// recall returns what is remembered of the question's version, or reads and remembers it. Questions without a version read.
func recall[T any](ctx context.Context, r *remembered, key string, read func() (T, error)) (T, error) {
	version, ok := ctx.Value(versionKey{}).(string)
	if !ok || version == "" {
		return read()
	}
	r.mu.Lock()
	if r.version == version {
		if value, ok := r.values[key].(T); ok {
			r.mu.Unlock()
			return value, nil
		}
	}
	r.mu.Unlock()
	value, err := read()
	if err != nil {
		return value, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version != version || len(r.values) >= maxRemembered {
		r.version, r.values = version, map[string]any{}
	}
	r.values[key] = value
	return value, nil
}

// Models implements Source.
func (r *remembered) Models(ctx context.Context, workspace string) ([]string, error) {
	return recall(ctx, r, "models "+workspace, func() ([]string, error) { return r.Source.Models(ctx, workspace) })
}

// RecordedAt implements Source.
func (r *remembered) RecordedAt(ctx context.Context, workspace string) (time.Time, error) {
	return recall(ctx, r, "recorded "+workspace, func() (time.Time, error) { return r.Source.RecordedAt(ctx, workspace) })
}

type lastDay struct {
	day performance.Day
	ok  bool
}

// LastDay implements Source.
func (r *remembered) LastDay(ctx context.Context, workspace string) (performance.Day, bool, error) {
	last, err := recall(ctx, r, "last "+workspace, func() (lastDay, error) {
		day, ok, err := r.Source.LastDay(ctx, workspace)
		return lastDay{day, ok}, err
	})
	return last.day, last.ok, err
}

// Package plans keeps what people save: months of the books, rates, saved views, and who changed what. Records go to Kafka's plans-v1, and come back
// through the sink and ClickHouse.
//
// A change is answered when Kafka has acknowledged it. Until it comes back, this process serves it from memory, so that whoever wrote a thing reads
// it; another process sees it when the sink has landed it, in a fraction of a second.
package plans

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Record is something saved, as it is after one change.
type Record struct {
	Workspace, Kind, ID string
	// Body is JSON.
	Body      string
	Version   int64
	UpdatedAt time.Time
	IsDeleted bool
}

// Log takes records. It returns when all of them are kept for good, or an error when that is not known; an error wraps ErrNotKept.
type Log interface {
	Append(ctx context.Context, records []Record) error
}

// Store reads records back: the latest of every id, deleted ones too.
type Store interface {
	Plans(ctx context.Context, workspace, kind string) ([]Record, error)
}

// Errors of this package.
var (
	// ErrReadOnly is a change asked of a book without a log.
	ErrReadOnly = errors.New("there is no log to keep changes in")
	// ErrNotKept is a change of which it is not known whether it was kept.
	ErrNotKept = errors.New("the change was not acknowledged")
)

// maxOwn bounds what waits in memory to come back: a sink that is away must not fill it. The oldest are forgotten first; they are in Kafka all the same.
const maxOwn = 20_000

// Book reads and writes what is saved.
type Book struct {
	log   Log
	store Store
	now   func() time.Time

	// mu is held while something is read, changed and written, so that two changes of one thing do not both start from the same state.
	mu sync.Mutex
	// last is the moment of the latest change.
	last time.Time
	// ownMu guards own, which readers look at while a writer waits for Kafka.
	ownMu sync.Mutex
	own   map[key]Record
}

type key struct{ workspace, kind, id string }

// NewBook returns a book. Without a log it can be read only.
func NewBook(log Log, store Store, now func() time.Time) *Book {
	return &Book{log: log, store: store, now: now, own: map[key]Record{}}
}

// List reads what is saved of a kind, by id, deleted things left out.
func (b *Book) List(ctx context.Context, workspace, kind string) ([]Record, error) {
	records, err := b.all(ctx, workspace, kind)
	return slices.DeleteFunc(records, func(r Record) bool { return r.IsDeleted }), err
}

// all reads the latest of every id and puts over it what has not come back yet.
func (b *Book) all(ctx context.Context, workspace, kind string) ([]Record, error) {
	stored, err := b.store.Plans(ctx, workspace, kind)
	if err != nil {
		return nil, err
	}
	b.ownMu.Lock()
	defer b.ownMu.Unlock()
	at := make(map[string]int, len(stored))
	for i, r := range stored {
		at[r.ID] = i
		k := key{workspace, kind, r.ID}
		own, waits := b.own[k]
		switch {
		case waits && own.Version > r.Version:
			stored[i] = own
		case waits:
			delete(b.own, k) // it came back
		}
	}
	for k, own := range b.own {
		if _, has := at[k.id]; !has && k.workspace == workspace && k.kind == kind {
			stored = append(stored, own)
		}
	}
	slices.SortFunc(stored, func(x, y Record) int { return cmp.Compare(x.ID, y.ID) })
	return stored, nil
}

// Change reads what is saved of a kind, lets change say what to write, and keeps that. change gets the latest of every id, deleted ones too, and the
// moment that the new records are dated. Versions are given here.
func (b *Book) Change(ctx context.Context, workspace, kind string, change func(saved map[string]Record, at time.Time) ([]Record, error)) error {
	if b.log == nil {
		return ErrReadOnly
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.all(ctx, workspace, kind)
	if err != nil {
		return err
	}
	saved := make(map[string]Record, len(all))
	for _, r := range all {
		saved[r.ID] = r
	}
	// A moment of its own for each change, so that what sorts by it has one order, however coarse the clock is.
	at := b.now().UTC().Truncate(time.Microsecond)
	if !at.After(b.last) {
		at = b.last.Add(time.Microsecond)
	}
	b.last = at
	records, err := change(saved, at)
	if err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		// The time, so that versions go on growing when the log has been made anew; and beyond the last, whatever the clock says.
		r.Workspace, r.UpdatedAt, r.Version = workspace, at, max(at.UnixMicro(), saved[r.ID].Version+1)
	}
	if err := b.log.Append(ctx, records); err != nil {
		return err
	}
	b.remember(records)
	return nil
}

func (b *Book) remember(records []Record) {
	b.ownMu.Lock()
	defer b.ownMu.Unlock()
	for _, r := range records {
		b.own[key{r.Workspace, r.Kind, r.ID}] = r
	}
	if len(b.own) <= maxOwn {
		return
	}
	oldest := []Record{}
	for _, r := range b.own {
		oldest = append(oldest, r)
	}
	slices.SortFunc(oldest, func(x, y Record) int { return cmp.Compare(x.Version, y.Version) })
	for _, r := range oldest[:len(oldest)-maxOwn/2] {
		delete(b.own, key{r.Workspace, r.Kind, r.ID})
	}
}

// Package state keeps one task's committed state: a Pebble store in a folder of its own, under the folder's lock.
//
// A store holds the values of one partition of the changelog state-v1 up to one offset. The offset travels in the same batch as the
// values it covers (Apply), so a store killed at any instruction is whole: it only lies behind, and the changelog brings it forward. That
// is why no commit waits for the disk: the changelog is the durable copy, and the write-ahead log is there so that a killed process,
// whose pages the kernel keeps, restarts from where it was (see logFS).
//
// Two errors decide recovery. CorruptedError: what lies here cannot be trusted, Wipe it and restore from the changelog. FencedError:
// somebody else owns the task, drop it and leave the state alone.
package state

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// checkpointKey cannot be an application key: those never start with a zero byte (Apply refuses them).
var checkpointKey = []byte("\x00checkpoint")

// ErrReservedKey is Apply's answer to a key that is empty or starts with a zero byte.
var ErrReservedKey = errors.New("state keys are not empty and do not start with a zero byte")

var errDead = errors.New("an earlier write failed: the process must end")

// Change is one key's new value.
type Change struct {
	Key []byte
	// Value nil deletes.
	Value []byte
}

// Store is one task's state. Get and Scan may run concurrently with each other, never with Apply or Close: the one goroutine that owns
// the task's session calls them all.
type Store struct {
	cfg  Config
	fs   vfs.FS
	db   *pebble.DB
	lock *pebble.Lock
	// failed is set by Pebble's background work; a store that cannot flush must say so before its writes stall for ever.
	failed atomic.Pointer[error]
	// dead is set after a failed write: Pebble holds its own locks for ever then.
	dead       bool
	checkpoint Checkpoint
}

// Open locks the folder, creates it when it is missing, and opens the store in it. A CorruptedError asks for Wipe, a FencedError
// says that another process or session has the folder.
func Open(cfg Config) (*Store, error) { return open(cfg, vfs.Default) }

func open(cfg Config, fs vfs.FS) (_ *Store, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, fs: logFS{fs}}
	if s.lock, err = lockFolder(cfg.Dir, fs); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.db, err = pebble.Open(cfg.Dir, s.options()); err != nil {
		s.db = nil
		return nil, classify(s.cfg.Dir, fmt.Errorf("open store %s: %w", cfg.Dir, err), true)
	}
	if err = s.loadCheckpoint(); err != nil {
		return nil, err
	}
	return s, nil
}

// Wipe removes everything in the folder, under its lock. The next Open starts empty.
func Wipe(dir string) error { return wipe(dir, vfs.Default) }

func wipe(dir string, fs vfs.FS) error {
	lock, err := lockFolder(dir, fs)
	if err != nil {
		return err
	}
	names, err := fs.List(dir)
	if err != nil {
		return errors.Join(fmt.Errorf("list %s to wipe it: %w", dir, err), lock.Close())
	}
	var errs []error
	for _, name := range names {
		if name != "LOCK" { // held, and reused by the next Open
			errs = append(errs, fs.RemoveAll(filepath.Join(dir, name)))
		}
	}
	return errors.Join(append(errs, lock.Close())...)
}

func lockFolder(dir string, fs vfs.FS) (*pebble.Lock, error) {
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create %s: %w", dir, err)
	}
	lock, err := pebble.LockDirectory(dir, fs)
	if err != nil {
		return nil, lockError(dir, err)
	}
	return lock, nil
}

// Checkpoint is what the store covers: everything before Offset, known good at At. A fresh store has the zero Checkpoint.
func (s *Store) Checkpoint() Checkpoint { return s.checkpoint }

// Get returns a copy of the key's value, nil when the key is absent.
func (s *Store) Get(key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(s.cfg.Dir, fmt.Errorf("read %q from %s: %w", key, s.cfg.Dir, err), false)
	}
	own := append(make([]byte, 0, len(value)), value...) // never nil: an empty value is present
	return own, closer.Close()
}

// Scan calls fn for each key with the prefix, in key order, until it returns an error, which Scan returns as it is. Key and value are
// valid only during the call.
func (s *Store) Scan(prefix []byte, fn func(key, value []byte) error) error {
	return s.ScanFrom(prefix, prefix, fn)
}

// ScanFrom is Scan from a key on, that key included, which has the prefix or sorts before all that do.
func (s *Store) ScanFrom(prefix, from []byte, fn func(key, value []byte) error) error {
	lower := from
	if len(from) == 0 {
		lower = []byte{1} // skips the checkpoint
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: prefixEnd(prefix)})
	if err != nil {
		return classify(s.cfg.Dir, fmt.Errorf("scan %q in %s: %w", prefix, s.cfg.Dir, err), false)
	}
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err == nil {
			if err := fn(it.Key(), value); err != nil {
				return errors.Join(err, it.Close())
			}
			continue
		}
		return classify(s.cfg.Dir, fmt.Errorf("scan %q in %s: %w", prefix, s.cfg.Dir, errors.Join(err, it.Close())), false)
	}
	if err := it.Close(); err != nil {
		return classify(s.cfg.Dir, fmt.Errorf("scan %q in %s: %w", prefix, s.cfg.Dir, err), false)
	}
	return nil
}

// prefixEnd is the first key after all keys with the prefix, nil when there is none.
func prefixEnd(prefix []byte) []byte {
	end := slices.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// Apply writes the changes and the checkpoint that covers them in one batch, by key: sorted batches are two to three times cheaper in Pebble. Of
// several changes to one key the last wins. After an error the store is of no further use.
func (s *Store) Apply(changes []Change, cp Checkpoint) (err error) {
	defer s.recoverFatal(&err)
	if s.dead {
		return fmt.Errorf("write to %s: %w", s.cfg.Dir, errDead)
	}
	if failed := s.failed.Load(); failed != nil {
		return classify(s.cfg.Dir, fmt.Errorf("write to %s after its background work failed: %w", s.cfg.Dir, *failed), false)
	}
	batch := s.db.NewBatch()
	defer func() {
		if !s.dead {
			err = errors.Join(err, batch.Close())
		}
	}()
	order := keyOrder(changes)
	for i, at := range order {
		c := changes[at]
		if len(c.Key) == 0 || c.Key[0] == 0 {
			return fmt.Errorf("write %q to %s: %w", c.Key, s.cfg.Dir, ErrReservedKey)
		}
		if i+1 < len(order) && bytes.Equal(changes[order[i+1]].Key, c.Key) {
			continue
		}
		if err := put(batch, c); err != nil {
			return fmt.Errorf("write %q to %s: %w", c.Key, s.cfg.Dir, err)
		}
	}
	if err := batch.Set(checkpointKey, cp.encode(), nil); err != nil {
		return fmt.Errorf("write the checkpoint of %s: %w", s.cfg.Dir, err)
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return classify(s.cfg.Dir, fmt.Errorf("commit to %s: %w", s.cfg.Dir, err), false)
	}
	s.checkpoint = cp
	return nil
}

// keyOrder are the indexes of the changes by key, those of one key in their order. Sorting indexes moves 4 bytes where the changes have 48.
func keyOrder(changes []Change) []int32 {
	order := make([]int32, len(changes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(bytes.Compare(changes[a].Key, changes[b].Key), cmp.Compare(a, b))
	})
	return order
}

func put(batch *pebble.Batch, c Change) error {
	if c.Value == nil {
		return batch.Delete(c.Key, nil)
	}
	return batch.Set(c.Key, c.Value, nil)
}

// SizeBytes is the store's size: tables on disk and what is not flushed yet.
func (s *Store) SizeBytes() int64 {
	m := s.db.Metrics()
	return int64(m.DiskSpaceUsage()) + int64(m.MemTable.Size)
}

// Close writes what is in memory to tables, so that the next Open is quick, and releases the folder. The store must not be used after. After a failed Apply nothing is released: Pebble
// cannot be closed then, and the folder stays locked until the process ends.
func (s *Store) Close() error { return s.close() }

// flushMax bounds how long Close waits for the last tables: Pebble tries for ever to write to a disk that takes nothing.
const flushMax = 5 * time.Second

// flush writes what is in memory to tables. The log has it as well, but the next Open would have to read it again and write the tables first: seconds where
// it takes milliseconds.
func (s *Store) flush() {
	if s.failed.Load() != nil {
		return
	}
	flushed, err := s.db.AsyncFlush()
	if err != nil {
		return // the log has it
	}
	timeout := time.NewTimer(flushMax)
	defer timeout.Stop()
	select {
	case <-flushed:
	case <-timeout.C:
	}
}

func (s *Store) close() (err error) {
	if s.dead {
		return nil
	}
	defer s.recoverFatal(&err)
	var errs []error
	if s.db != nil {
		s.flush()
		errs = append(errs, s.db.Close())
		s.db = nil
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

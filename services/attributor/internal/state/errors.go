package state

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"github.com/cockroachdb/pebble/v2"
)

// ErrStale is inside the CorruptedError of a store that was not confirmed for longer than Config.MaxAge.
var ErrStale = errors.New("older than the changelog keeps tombstones")

// CorruptedError says that local state is wrong, stale or unreadable: wipe it and restore it from the changelog.
type CorruptedError struct {
	Dir string
	Err error
}

func (e *CorruptedError) Error() string {
	return fmt.Sprintf("state in %s is not usable: %v", e.Dir, e.Err)
}

func (e *CorruptedError) Unwrap() error { return e.Err }

// FencedError says that somebody else owns the task: drop it, release it, touch nothing.
type FencedError struct {
	// What is owned by somebody else: a folder, a transactional id, a group member.
	What string
	Err  error
}

func (e *FencedError) Error() string {
	return fmt.Sprintf("%s belongs to somebody else: %v", e.What, e.Err)
}

func (e *FencedError) Unwrap() error { return e.Err }

// classify turns what Pebble calls corruption of the store in dir into a CorruptedError. While opening, a file that the manifest names and that
// is missing is corruption too: a folder half copied or half deleted.
func classify(dir string, err error, opening bool) error {
	if pebble.IsCorruptionError(err) || (opening && errors.Is(err, fs.ErrNotExist)) {
		return &CorruptedError{Dir: dir, Err: err}
	}
	return err
}

// lockError tells a folder locked by somebody else from one that cannot be written at all.
func lockError(dir string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("lock %s: %w", dir, err)
	}
	return &FencedError{What: "folder " + dir, Err: err}
}

// fatalError is thrown by our answer to Pebble's Fatalf, after which it must not go on.
type fatalError struct{ error }

// recoverFatal turns a panic of Pebble on the calling goroutine (the write-ahead log cannot be written) into an error. Pebble's locks are
// left as they were, so the database must not be touched again, not even closed. A panic on one of its background goroutines
// (the manifest cannot be written) ends the process, which is the only safe thing left: the supervisor restarts it and the changelog
// restores the state.
func (s *Store) recoverFatal(err *error) {
	switch r := recover().(type) {
	case nil:
	case runtime.Error: // a defect, not a disk
		panic(r)
	case error:
		s.dead = true
		*err = fmt.Errorf("write to %s: %w", s.cfg.Dir, r)
	default:
		panic(r)
	}
}

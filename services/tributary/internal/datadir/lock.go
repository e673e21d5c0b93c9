package datadir

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// LockedError says who holds a data folder.
type LockedError struct {
	Dir Dir
	// Holder is what the holder wrote about itself: its command and process id.
	Holder string
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the data folder %s is in use by %s", e.Dir, e.Holder)
}

// Lock is a held data folder.
type Lock struct{ file *os.File }

// Lock takes the folder for a command, or says who has it. The system lets go of it when the process ends, however it ends.
func (d Dir) Lock(command string) (*Lock, error) {
	f, err := os.OpenFile(d.Path(lockFile), os.O_RDWR|os.O_CREATE, private)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if err := lockExclusive(f); err != nil {
		holder, _ := os.ReadFile(d.Path(lockFile))
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &LockedError{Dir: d, Holder: strings.TrimSpace(string(holder))}
		}
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	note := fmt.Sprintf("tributary %s, process %d\n", command, os.Getpid())
	if err := errors.Join(f.Truncate(0), writeAt(f, note)); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return &Lock{file: f}, nil
}

// lockExclusive tries for a moment: a command that only asks whether somebody holds the folder holds it itself while it asks.
func lockExclusive(f *os.File) error {
	for tries := 5; ; tries-- {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || tries == 1 {
			return err
		}
		<-time.After(20 * time.Millisecond)
	}
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// Release lets go of the folder.
func (l *Lock) Release() error { return l.file.Close() }

// locked tells whether somebody holds the folder, without disturbing them.
func (d Dir) locked() (bool, error) {
	f, err := os.Open(d.Path(lockFile))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

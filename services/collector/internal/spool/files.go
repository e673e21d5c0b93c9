package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Files of the folder: segments named by a number that only grows, the place up to which Kafka has them, and a lock.
const (
	segmentSuffix = ".spool"
	placeFile     = "delivered"
	lockFile      = "lock"
)

// place is where in the segments something begins.
type place struct {
	segment uint64
	offset  int64
}

func segmentPath(dir string, n uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016d%s", n, segmentSuffix))
}

// segments are the numbers of the segments in dir, oldest first.
func segments(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the spool: %w", err)
	}
	var out []uint64
	for _, e := range entries {
		if digits, ok := strings.CutSuffix(e.Name(), segmentSuffix); ok {
			if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// whole is the length of the frames of a segment that are whole, and how many records they hold. What follows them was being written when the process died:
// nobody was told that it is safe.
func whole(path string, from int64) (end, records int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, fmt.Errorf("open a segment: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return 0, 0, fmt.Errorf("open a segment: %w", err)
	}
	r := bufio.NewReaderSize(f, 1<<20)
	for end = from; ; {
		frame, n, err := readFrame(r)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, errTorn):
			return end, records, nil
		case err != nil:
			return 0, 0, err
		}
		end += n
		records += int64(len(frame))
	}
}

// lock makes the folder this process's own until it ends.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the spool: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the spool %s belongs to another process: give each collector a folder of its own: %w", dir, err), f.Close())
	}
	return f, nil
}

// syncDir makes creations and removals in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the spool: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// readPlace is where delivery stopped; the beginning when nothing says so.
func readPlace(dir string) place {
	b, err := os.ReadFile(filepath.Join(dir, placeFile))
	if err != nil {
		return place{}
	}
	var p place
	if _, err := fmt.Sscanf(string(b), "%d %d\n", &p.segment, &p.offset); err != nil || p.offset < 0 {
		return place{}
	}
	return p
}

// writePlace need not last: an older place only means that some records go to Kafka twice, with the same ids, and count once.
func writePlace(dir string, p place) error {
	next := filepath.Join(dir, placeFile+".next")
	if err := os.WriteFile(next, fmt.Appendf(nil, "%d %d\n", p.segment, p.offset), 0o600); err != nil {
		return fmt.Errorf("note what is delivered: %w", err)
	}
	if err := os.Rename(next, filepath.Join(dir, placeFile)); err != nil {
		return fmt.Errorf("note what is delivered: %w", err)
	}
	return nil
}

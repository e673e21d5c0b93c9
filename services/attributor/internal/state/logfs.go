package state

import (
	"errors"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// logFS makes "sync the write-ahead log" mean "give it to the kernel".
//
// Pebble knows two ways to commit: with a sync, which waits for the disk, and without, which leaves up to 32 KiB in the process's own memory for as
// long as nothing pushes it out. The second loses so much to a kill -9 that a task with few writes begins every life at the same old
// offset, and its restore grows with the age of the changelog (measured: 70 ms became 300 ms over 100 kills). The first costs milliseconds per task and
// commit for a durability that the changelog gives already. So commits sync, and the log's file takes that as done once it is written.
//
// A log that is closed, because the next one begins, is synced after all: were the older one lost in a power cut and the newer one kept, the
// state would have a hole in the middle, which nobody would notice.
type logFS struct{ vfs.FS }

const logSuffix = ".log"

// Create implements vfs.FS.
func (fs logFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	return kernelOnly(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (fs logFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(oldname, newname, category)
	return kernelOnly(newname, f, err)
}

// Unwrap implements vfs.FS.
func (fs logFS) Unwrap() vfs.FS { return fs.FS }

func kernelOnly(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil || filepath.Ext(name) != logSuffix {
		return f, err
	}
	return logFile{f}, nil
}

// logFile is a write-ahead log: written is as good as synced.
type logFile struct{ vfs.File }

// Close implements vfs.File.
func (f logFile) Close() error { return errors.Join(f.File.Sync(), f.File.Close()) }

// Sync implements vfs.File.
func (logFile) Sync() error { return nil }

// SyncData implements vfs.File.
func (logFile) SyncData() error { return nil }

// SyncTo implements vfs.File.
func (logFile) SyncTo(int64) (fullSync bool, err error) { return true, nil }

package state

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"go.uber.org/zap"
)

// Config says where a store lies and what it may use.
type Config struct {
	// Dir is the store's folder, created when missing. No other store shares it.
	Dir string
	// MemTableBytes is how much is collected in memory before it is written as a table; up to three times that is held under load.
	MemTableBytes int64
	// MaxAge is how old a checkpoint may be: half the changelog's delete.retention.ms, so that no tombstone can have gone unseen.
	MaxAge time.Duration
	// Cache is shared by the stores of a process. Nil: 8 MiB of its own.
	Cache *Cache
	// Now is the wall clock. Nil: time.Now.
	Now func() time.Time
	// Logger takes Pebble's errors. Nil: silent.
	Logger *zap.Logger
}

// DefaultConfig is a store in dir, for a changelog that keeps tombstones for seven days.
func DefaultConfig(dir string) Config {
	return Config{Dir: dir, MemTableBytes: 16 << 20, MaxAge: 84 * time.Hour, Now: time.Now, Logger: zap.NewNop()}
}

// Validate fills in what may be nil and names what cannot work.
func (c *Config) Validate() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("state: a folder is needed"))
	}
	if c.MemTableBytes < 64<<10 || c.MemTableBytes > 1<<30 {
		errs = append(errs, fmt.Errorf("state: memtable of %d bytes is not between 64 KiB and 1 GiB", c.MemTableBytes))
	}
	if c.MaxAge <= 0 {
		errs = append(errs, errors.New("state: the maximum age of a checkpoint is positive"))
	}
	return errors.Join(errs...)
}

// Cache is the block cache that the stores of a process share.
type Cache struct{ c *pebble.Cache }

// NewCache returns a cache of the size in bytes. The caller closes it after the last store.
func NewCache(bytes int64) *Cache { return &Cache{c: pebble.NewCache(bytes)} }

// SizeBytes is what the cache holds now.
func (c *Cache) SizeBytes() int64 { return c.c.Metrics().Size }

// Close releases the cache.
func (c *Cache) Close() { c.c.Unref() }

// options are all of Pebble's settings, each with its reason.
func (s *Store) options() *pebble.Options {
	o := &pebble.Options{
		FS:                 s.fs,
		Lock:               s.lock,
		FormatMajorVersion: pebble.FormatNewest, // a store is derived data: it is never read by an older program, only restored again
		MemTableSize:       uint64(s.cfg.MemTableBytes),
		// Four memtables before writes stall: a commit must not wait for one slow flush.
		MemTableStopWritesThreshold: 4,
		// A level 0 that grows during a restore is cheaper than compacting it many times over.
		L0CompactionThreshold: 4,
		L0StopWritesThreshold: 24,
		// The log survives a killed process (see logFS), and after a power cut whatever part of it is left is a whole, older store.
		DisableWAL: false,
		Logger:     logger{s.cfg.Logger},
		EventListener: &pebble.EventListener{
			BackgroundError: s.noteFailure,
			DataCorruption:  func(info pebble.DataCorruptionInfo) { s.noteFailure(info.Details) }, // its default ends the process; ours wipes and restores
		},
	}
	if s.cfg.Cache != nil {
		o.Cache = s.cfg.Cache.c
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // most first lookups are of keys that are not there
	}
	return o
}

// noteFailure keeps the first failure of background work for the next Apply.
func (s *Store) noteFailure(err error) { s.failed.CompareAndSwap(nil, &err) }

// logger passes Pebble's errors on; its info lines are per flush and compaction, too many.
type logger struct{ log *zap.Logger }

func (l logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) { l.log.Sugar().Errorf(format, args...) }

// Fatalf must not return: Pebble's pipeline is unusable after it. See recoverFatal.
func (l logger) Fatalf(format string, args ...any) { panic(fatalError{fmt.Errorf(format, args...)}) }

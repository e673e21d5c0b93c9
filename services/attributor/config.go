package attributor

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/eraser"
)

// RuleSet is the rules of every workspace.
type RuleSet = rules.Set

// Rules are one workspace's rules of credit: conversions, forms, stages, models.
type Rules = rules.Rules

// Conversion maps an event name to a conversion type.
type Conversion = rules.Conversion

// Condition is something that may hold of a conversion.
type Condition = rules.Condition

// Channels are the channel rules that touches are classified by: the shipped set, and what the workspace puts before it.
type Channels = rules.Channels

// DefaultRules are the shipped conversions and all rule-based models.
func DefaultRules() Rules { return rules.Default() }

// Config is how an attributor works.
type Config struct {
	// Kafka says where the brokers are.
	Kafka kafka.Config
	// Partitions is the partition count of events-v1, subjects-v1 and state-v1. It never changes in the life of an installation.
	Partitions int32
	// StateDir is the folder of local state. Removing it costs a restore, nothing else. Required.
	StateDir string
	// Group is the consumer group, and the first part of transactional and member ids.
	Group string
	// Ordinal tells the processes of a cluster apart: 0, 1, 2 ... Two with the same fence each other.
	Ordinal int
	// Sessions is how many sessions this process runs in parallel, each with a share of the partitions.
	Sessions int
	// CommitInterval is how long a transaction collects records. It bounds freshness, several hops deep.
	CommitInterval time.Duration
	// SessionTimeout is how long a silent process keeps its partitions.
	SessionTimeout time.Duration
	// CacheBytes bounds the decoded subjects in memory, of all sessions together.
	CacheBytes int64
	// StoreCacheBytes bounds the block cache shared by the stores, MemTableBytes each store's memtable (there may be three at a time).
	StoreCacheBytes, MemTableBytes int64
	// StateMaxAge is half of state-v1's delete.retention.ms: local state not confirmed for longer is wiped.
	StateMaxAge time.Duration
	// TouchPause is how long a journey waits between two computations, per touch, when no milestone changed.
	TouchPause time.Duration
	// PauseMax bounds such a wait. Zero: no bound.
	PauseMax time.Duration
	// SweepItems bounds the events and items of the subjects that one transaction of each session computes again in the background because models or
	// channel rules changed, times Sessions, while events stream in; four times as much while none do. Zero: the default. More is sooner done, and makes what
	// streams in meanwhile wait longer.
	SweepItems int
	// ConfiguredAt is when Rules came into force: the recorded time of what a change of them posts. New takes the time of the call when it is zero.
	ConfiguredAt time.Time
	// Workspaces are looked at when the service starts: whether models or channel rules are others than before. Others are at their next event.
	Workspaces []string
	// Embedded says that the broker is the embedded one: no warning about its transaction version.
	Embedded bool
	// Rules decide credit.
	Rules RuleSet
	// ErasureSecret keys what is left of erased ids: at least 16 bytes, the same for ever and for every process. Without one requests to erase wait.
	ErasureSecret []byte
}

// DefaultConfig returns the settings of production. StateDir has no default.
func DefaultConfig() Config {
	r, o := runner.DefaultConfig(), operator.DefaultConfig()
	return Config{
		Kafka: r.Kafka, Partitions: 8, Group: r.Group, Sessions: min(4, runtime.NumCPU()), CommitInterval: r.CommitInterval,
		SessionTimeout: r.SessionTimeout, CacheBytes: o.CacheBytes, StoreCacheBytes: r.CacheBytes, MemTableBytes: r.MemTableBytes,
		StateMaxAge: r.StateMaxAge, TouchPause: time.Duration(o.TouchPauseUS) * time.Microsecond,
		PauseMax: time.Duration(o.PauseMaxUS) * time.Microsecond, Rules: RuleSet{Default: DefaultRules()},
	}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	errs := []error{c.runner().Validate(), c.operator().Validate()}
	if c.Sessions > int(c.Partitions) && c.Partitions > 0 {
		errs = append(errs, fmt.Errorf("attributor: %d sessions for %d partitions: the rest would idle", c.Sessions, c.Partitions))
	}
	if c.CacheBytes < 0 { // dividing it among sessions would hide it
		errs = append(errs, errors.New("attributor: cache bytes must not be negative"))
	}
	if len(c.ErasureSecret) > 0 {
		errs = append(errs, c.eraser().Validate())
	}
	return errors.Join(errs...)
}

// eraser is the configuration of the eraser, which the process with ordinal 0 runs.
func (c Config) eraser() eraser.Config {
	return eraser.Config{
		Kafka: c.Kafka, Group: c.Group, Partitions: c.Partitions, Rules: &c.Rules, Secret: c.ErasureSecret, Interval: time.Second,
	}
}

func (c Config) runner() runner.Config {
	r := runner.DefaultConfig()
	r.Kafka, r.StateDir, r.Group, r.Ordinal, r.Sessions = c.Kafka, c.StateDir, c.Group, c.Ordinal, c.Sessions
	r.CommitInterval, r.SessionTimeout, r.StateMaxAge, r.Embedded = c.CommitInterval, c.SessionTimeout, c.StateMaxAge, c.Embedded
	r.CacheBytes, r.MemTableBytes = c.StoreCacheBytes, c.MemTableBytes
	return r
}

// operator is the configuration of one session's operator.
func (c Config) operator() operator.Config {
	o := operator.DefaultConfig()
	o.Rules, o.Partitions, o.TouchPauseUS = &c.Rules, c.Partitions, c.TouchPause.Microseconds()
	o.PauseMaxUS = c.PauseMax.Microseconds()
	o.CacheBytes = c.CacheBytes / int64(max(c.Sessions, 1))
	o.PartitionOf = func(key []byte) int32 { return kafka.Partition(key, c.Partitions) }
	o.ConfiguredUS = c.ConfiguredAt.UnixMicro()
	o.Clock = func() int64 { return time.Now().UnixMicro() }
	if c.SweepItems > 0 {
		o.SweepItems = c.SweepItems / max(c.Sessions, 1)
	}
	return o
}

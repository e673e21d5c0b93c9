package runner

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// Contract names of the topics that the runner itself knows. What the operator produces to is the operator's business.
const (
	TopicEvents   = "events-v1"
	TopicSubjects = "subjects-v1"
	TopicState    = "state-v1"
	TopicRejected = "rejected-v1"
)

// Config is how an attributor process runs its tasks.
type Config struct {
	// Kafka says where the brokers are.
	Kafka kafka.Config
	// StateDir is the folder of local state, one folder per task in it. Removing it costs a restore, nothing else.
	StateDir string
	// Group is the consumer group, and the first part of every transactional and static member id.
	Group string
	// Ordinal tells processes of one group apart: 0, 1, 2 ... (a StatefulSet's ordinal). Two processes with one ordinal fence each other.
	Ordinal int
	// Sessions is how many sessions this process runs, each on a goroutine with an operator of its own. More than the cores, or than the
	// partitions, is of no use.
	Sessions int

	// CommitInterval is how long a transaction collects records. It bounds freshness: every hop between subjects is one transaction.
	CommitInterval time.Duration
	// BatchRecords and BatchBytes end a transaction early, so that its memory and its length stay bounded. Slow transactions lower the first (see pace).
	BatchRecords, BatchBytes int
	// PollRecords is the most taken from the client at once: a batch exceeds its limits by at most this.
	PollRecords int
	// RawBytesMax is how much of a poison record is kept on rejected-v1.
	RawBytesMax int

	// SessionTimeout is how long a silent member keeps its partitions.
	SessionTimeout time.Duration
	// StopTimeout bounds ending the transaction that is running when the process stops.
	StopTimeout time.Duration
	// LockWait is how long a task waits for its folder: another session of this process may be about to release it.
	LockWait time.Duration
	// StateMaxAge is half the changelog's delete.retention.ms: local state not confirmed for longer is wiped.
	StateMaxAge time.Duration
	// MemTableBytes and CacheBytes are Pebble's: the first per task, the second shared by all.
	MemTableBytes, CacheBytes int64
	// AbortsMax is how many transactions in a row may abort before the session gives up and the process ends.
	AbortsMax int
	// Embedded says that the broker is the embedded one: its transaction version is known and not worth a warning.
	Embedded bool
}

// DefaultConfig returns the settings of production. StateDir has no default.
func DefaultConfig() Config {
	return Config{
		Kafka: kafka.DefaultConfig(), Group: "attributor", Sessions: 1,
		CommitInterval: 50 * time.Millisecond, BatchRecords: 20_000, BatchBytes: 16 << 20, PollRecords: 2000, RawBytesMax: 64 << 10,
		SessionTimeout: 15 * time.Second, StopTimeout: 5 * time.Second, LockWait: 30 * time.Second, StateMaxAge: 84 * time.Hour,
		MemTableBytes: 16 << 20, CacheBytes: 64 << 20, AbortsMax: 50,
	}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	errs := []error{c.Kafka.Validate()}
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("attributor: "+format, args...))
		}
	}
	need(c.StateDir != "", "a state folder is needed")
	need(c.Group != "", "a group is needed")
	need(c.Ordinal >= 0, "ordinal %d is negative", c.Ordinal)
	need(c.Sessions >= 1 && c.Sessions <= 256, "%d sessions, not 1 to 256", c.Sessions)
	need(c.CommitInterval > 0 && c.CommitInterval < kafka.TransactionTimeout/2,
		"commit interval %s is not between 0 and half the transaction timeout of %s", c.CommitInterval, kafka.TransactionTimeout)
	need(c.BatchRecords >= 1 && c.BatchBytes >= 1 && c.PollRecords >= 1, "batch and poll limits are at least 1")
	need(c.RawBytesMax >= 0 && c.RawBytesMax <= kafka.MaxMessageBytes/2, "%d bytes of a rejected record do not fit a message", c.RawBytesMax)
	need(c.StopTimeout > 0 && c.LockWait > 0 && c.StateMaxAge > 0, "stop timeout, lock wait and state age are positive")
	need(c.MemTableBytes > 0 && c.CacheBytes >= 0, "memtable and cache sizes are positive")
	need(c.AbortsMax >= 1, "at least one abort must be allowed: every rebalance may cause one")
	return errors.Join(errs...)
}

// Operator is what a session feeds: *operator.Operator, or another with the same protocol (see package operator).
type Operator interface {
	Apply(in operator.Input) error
	Flush(nowUS int64) (operator.Result, error)
	Commit()
	Abort()
	Release(partition int32)
	NextWake(partitions []int32) (dueUS int64, err error)
}

var _ Operator = (*operator.Operator)(nil)

// Dependencies are what a Runner uses and does not own.
type Dependencies struct {
	// NewOperator makes the operator of one session over that session's committed state. Required.
	NewOperator func(store operator.Store) (Operator, error)
	// Logger takes lines about tasks and transactions, never about records. Nil: silent.
	Logger *zap.Logger
	// Registry takes tributary_attributor_*. Nil: none.
	Registry prometheus.Registerer
	// Now is the wall clock. Nil: time.Now.
	Now func() time.Time
}

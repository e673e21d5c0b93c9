package sink

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// Group is the sink's consumer group; the Kafka configuration's prefix is added.
const Group = "sink"

// Config configures the sink.
type Config struct {
	Kafka      kafka.Config
	ClickHouse clickhouse.Config
	// InstanceID names this member of the group for good, so that a restart gets its partitions back at once. Two running sinks must not have the same. Empty:
	// none, and after a crash the group waits for SessionTimeout.
	InstanceID string
	// SessionTimeout is how long a silent member keeps its partitions.
	SessionTimeout time.Duration
	// Migrate applies the migrations before the first insert. Off, somebody else must have done so.
	Migrate bool
	// FlushInterval is the least time between two inserts into a table, unless a batch is full. Shorter is fresher and makes
	// more parts for the server to merge.
	FlushInterval time.Duration
	// BatchRows and BatchBytes (of records) end a batch before that.
	BatchRows, BatchBytes int
	// QueueBytes is how much of one topic may wait for its batch before fetching it is paused.
	QueueBytes int
	// CommitInterval is the time between offset commits: what a crash repeats. Repeating is harmless.
	CommitInterval time.Duration
	// RetryMin and RetryMax bound the pause after a failed insert. Retries never end.
	RetryMin, RetryMax time.Duration
	// StopTimeout bounds writing out what is queued when stopping. What is left then is written after the next start.
	StopTimeout time.Duration
	// ErasurePatience is how long current rows that name an erased person may wait for what replaces them before they are compared with the topics: what those do not have any more
	// goes. Zero: two minutes.
	ErasurePatience time.Duration
	// Models are shown in channel_performance_daily for every workspace, credit or not: spend must appear under a model.
	Models []string
	// Rates replace the rates in currency_rates. Empty leaves the table as it is.
	Rates []Rate
}

// Rate is the worth of one unit of a currency in a workspace's base currency, from a day on until the next rate.
type Rate struct {
	Workspace, Currency string
	Day                 time.Time
	// Rate is positive. The base currency itself has rate 1 from 1970-01-01 on.
	Rate float64
}

// DefaultConfig is for engines on this machine's default ports.
func DefaultConfig() Config {
	return Config{
		Kafka: kafka.DefaultConfig(), ClickHouse: clickhouse.DefaultConfig(), Migrate: true, SessionTimeout: 10 * time.Second,
		FlushInterval: 200 * time.Millisecond, BatchRows: 25_000, BatchBytes: 4 << 20, QueueBytes: 4 << 20,
		CommitInterval: 500 * time.Millisecond, RetryMin: 100 * time.Millisecond, RetryMax: 10 * time.Second, StopTimeout: 6 * time.Second,
		Models: []string{
			"first_touch", "last_touch", "last_non_direct", "lead_creation", "linear", "position_based", "time_decay", "u_shaped", "w_shaped",
			"full_path", "shapley",
		},
	}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	errs := []error{c.Kafka.Validate(), c.ClickHouse.Validate()}
	for _, n := range []struct {
		name string
		ok   bool
	}{
		{"flush_interval must not be negative", c.FlushInterval >= 0},
		{"batch_rows must be positive", c.BatchRows > 0},
		{"batch_bytes must be positive", c.BatchBytes > 0},
		{"queue_bytes must be positive", c.QueueBytes > 0},
		{"commit_interval must be positive", c.CommitInterval > 0},
		{"retry_min must be positive and not above retry_max", c.RetryMin > 0 && c.RetryMin <= c.RetryMax},
		{"stop_timeout must be positive", c.StopTimeout > 0},
		{"session_timeout must be positive", c.SessionTimeout > 0},
	} {
		if !n.ok {
			errs = append(errs, errors.New("sink."+n.name))
		}
	}
	for i, r := range c.Rates {
		if r.Workspace == "" || len(r.Currency) != 3 || r.Rate <= 0 {
			errs = append(errs, fmt.Errorf("sink.rates[%d]: a workspace, a currency and a positive rate are needed", i))
		}
	}
	return errors.Join(errs...)
}

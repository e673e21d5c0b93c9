// Package consumer reads the sink's topics from Kafka and commits their offsets. It is the sink's only user of the Kafka client.
//
// Offsets follow what is stored: pipelines say which records are stored, and the consumer commits that from time to time, before partitions go to
// another member, and at the end. A crash repeats what was stored since the last commit; rows are idempotent, so that does not show.
package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/sink/internal/metrics"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
)

// pollRecords bounds one poll: the unit in which records are handed on.
const pollRecords = 20_000

// Config says what to read.
type Config struct {
	Kafka kafka.Config
	// Group is the consumer group.
	Group string
	// Topics are contract names.
	Topics []string
	// CommitInterval is the time between offset commits.
	CommitInterval time.Duration
	// InstanceID makes this a static member, which gets its partitions back at once after a restart. Empty: a dynamic one.
	InstanceID string
	// SessionTimeout is how long a silent member keeps its partitions.
	SessionTimeout time.Duration
}

// Offer takes the records of one topic, in order. False asks to stop fetching that topic until Resume.
type Offer func(topic string, records []rows.Record) bool

// Consumer is one member of the sink's group.
type Consumer struct {
	cfg     Config
	client  *kgo.Client
	offer   Offer
	metrics *metrics.Metrics
	log     *zap.Logger
	offsets offsets
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// New connects nothing yet.
func New(cfg Config, offer Offer, m *metrics.Metrics, log *zap.Logger) *Consumer {
	return &Consumer{cfg: cfg, offer: offer, metrics: m, log: log, offsets: newOffsets()}
}

// Start joins the group and begins to poll.
func (c *Consumer) Start(ctx context.Context) error {
	client, err := kafka.NewConsumer(c.cfg.Kafka, c.cfg.Group, c.cfg.Topics, c.options()...)
	if err != nil {
		return fmt.Errorf("open consumer of group %s: %w", c.cfg.Group, err)
	}
	c.client = client
	ctx, c.cancel = context.WithCancel(ctx)
	c.wg.Add(2)
	go c.poll(ctx)
	go c.commitLoop(ctx)
	return nil
}

// options are what differs from any other consumer of ours.
func (c *Consumer) options() []kgo.Opt {
	opts := []kgo.Opt{
		kgo.SessionTimeout(c.cfg.SessionTimeout),
		// Markers take offsets too. With them the position reaches the end of the log, and a lag of 0 means that everything is visible.
		kgo.KeepControlRecords(),
		// A topic that was made anew, or whose old records have expired, is read from its start: for idempotent rows that is always right, and what
		// has expired is gone either way.
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// Nine topics in one process: what is fetched ahead is bounded tighter than for the attributor, whose work per record is larger.
		kgo.FetchMaxBytes(8 << 20),
		kgo.FetchMaxPartitionBytes(1 << 20),
		kgo.MaxConcurrentFetches(2),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, a map[string][]int32) { c.offsets.assign(a) }),
		kgo.OnPartitionsRevoked(c.revoked),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, l map[string][]int32) { c.offsets.drop(l) }),
	}
	if c.cfg.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(c.cfg.InstanceID))
	}
	return opts
}

// Stored notes that everything before the given offsets of a topic is stored.
func (c *Consumer) Stored(topic string, next map[int32]int64) {
	c.offsets.stored(c.cfg.Kafka.Topic(topic), next)
	c.metrics.Lag(topic, c.offsets.lag(c.cfg.Kafka.Topic(topic)))
}

// Assigned is how many partitions this member has. 0 until the group has taken it in.
func (c *Consumer) Assigned() int { return c.offsets.assigned() }

// Resume fetches a topic again.
func (c *Consumer) Resume(topic string) { c.client.ResumeFetchTopics(c.cfg.Kafka.Topic(topic)) }

// StopFetching ends polling. What was polled has been offered when it returns.
func (c *Consumer) StopFetching() {
	c.cancel()
	c.wg.Wait()
}

// Close commits what is stored and leaves the group.
func (c *Consumer) Close(ctx context.Context) error {
	err := c.commit(ctx)
	if leave := c.client.LeaveGroupContext(ctx); err == nil && leave != nil {
		err = fmt.Errorf("leave group %s: %w", c.cfg.Group, leave)
	}
	c.client.Close()
	return err
}

func (c *Consumer) poll(ctx context.Context) {
	defer c.wg.Done()
	for {
		fetches := c.client.PollRecords(ctx, pollRecords)
		if ctx.Err() != nil || fetches.IsClientClosed() {
			// What this poll returned is dropped with the client's position: nothing of it was stored, so nothing of it is committed.
			return
		}
		fetches.EachError(c.fetchError)
		fetches.EachTopic(c.topic)
	}
}

func (c *Consumer) fetchError(topic string, partition int32, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	name := c.cfg.Kafka.Contract(topic)
	c.metrics.FetchError(name)
	c.log.Warn("fetch", zap.String("topic", name), zap.Int32("partition", partition), zap.Error(err))
}

func (c *Consumer) topic(t kgo.FetchTopic) {
	name := c.cfg.Kafka.Contract(t.Topic)
	var out []rows.Record
	for _, p := range t.Partitions {
		if len(p.Records) > 0 {
			c.offsets.fetched(t.Topic, p.Partition, p.Records[0].Offset, p.HighWatermark)
		}
		for _, r := range p.Records {
			out = append(out, record(name, r))
		}
	}
	if len(out) > 0 && !c.offer(name, out) {
		c.client.PauseFetchTopics(t.Topic)
		c.metrics.Paused(name)
	}
	c.metrics.Lag(name, c.offsets.lag(t.Topic))
}

// record copies a record's face. A marker of a transaction becomes one without a value: it has an offset and says nothing.
func record(topic string, r *kgo.Record) rows.Record {
	out := rows.Record{Topic: topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Time: r.Timestamp}
	if r.Attrs.IsControl() {
		out.Key, out.Value = nil, nil
	}
	return out
}

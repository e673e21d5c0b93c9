// Package kafka is the only constructor of Kafka clients: every setting is made here, once, each with its reason. It also creates and
// checks the topics of the contract (schemas/topics.yaml) and knows which partition a key belongs to.
//
// Delivery rests on these settings. A client built elsewhere, or with one of them changed, may lose or repeat events without any error.
package kafka

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kzap"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// MaxMessageBytes is the largest record batch, as topics.yaml sets it on every topic (max.message.bytes).
const MaxMessageBytes = 8 << 20

// TransactionTimeout is how long the brokers keep an open transaction of a dead attributor; others wait for it in read_committed.
const TransactionTimeout = 10 * time.Second

// SessionOptions say who a transactional session is and what it reads.
type SessionOptions struct {
	// Group is the consumer group; the configured prefix is added.
	Group string
	// TransactionalID fences an older instance of the same ordinal; the configured prefix is added.
	TransactionalID string
	// InstanceID is the static member id, from the same ordinal as TransactionalID. A restart within SessionTimeout keeps its partitions.
	InstanceID string
	// Topics are contract names to consume.
	Topics []string
	// SessionTimeout is how long a silent member keeps its partitions. 0: 15 s.
	SessionTimeout time.Duration
	// ExplicitPartition lists contract names whose records carry their partition; records of all other topics go by key hash.
	ExplicitPartition []string
}

// NewProducer returns an idempotent producer whose acknowledgement means every in-sync replica has the record. The client retries for as
// long as it lives; bound a single wait with a context around the *wait*, never with one given to Produce (a cancelled produce may or may not
// have been written). The caller closes it.
func NewProducer(cfg Config, opts ...kgo.Opt) (*kgo.Client, error) {
	return newClient(cfg, "producer", append(producerOpts(), opts...))
}

// NewConsumer returns a member of a consumer group (the configured prefix is added to group and topics) that reads committed records
// only and commits only what the caller commits. The caller closes it.
func NewConsumer(cfg Config, group string, topics []string, opts ...kgo.Opt) (*kgo.Client, error) {
	own := append(consumerOpts(cfg, topics),
		kgo.ConsumerGroup(cfg.TopicPrefix+group),
		kgo.DisableAutoCommit(),                        // an offset is committed after the effect is durable, which only the caller knows
		kgo.Balancers(kgo.CooperativeStickyBalancer()), // members that keep a partition go on reading it during a rebalance
	)
	return newClient(cfg, group, append(own, opts...))
}

// NewReader returns a consumer outside any group that reads the partitions the caller adds (changelog restore, verify): committed
// records only, markers included, so that the position reaches the end offset even when the tail is a marker.
func NewReader(cfg Config, role string, opts ...kgo.Opt) (*kgo.Client, error) {
	own := append(consumerOpts(cfg, nil), kgo.KeepControlRecords())
	return newClient(cfg, role, append(own, opts...))
}

// NewTransactSession returns a consumer and producer in one, for consume-transform-produce in transactions. It joins the group at once.
//
// The caller must call Client().ProducerID before the first poll: otherwise a transaction that a killed predecessor left open is
// only ended by its timeout, and the restarted process waits that long for its offsets.
func NewTransactSession(cfg Config, o SessionOptions, opts ...kgo.Opt) (*kgo.GroupTransactSession, error) {
	if o.Group == "" || o.TransactionalID == "" || o.InstanceID == "" || len(o.Topics) == 0 {
		return nil, errors.New("a transactional session needs a group, a transactional id, an instance id and topics")
	}
	if o.SessionTimeout == 0 {
		o.SessionTimeout = 15 * time.Second
	}
	own := append(producerOpts(), consumerOpts(cfg, o.Topics)...)
	own = append(own,
		kgo.ConsumerGroup(cfg.TopicPrefix+o.Group),
		kgo.TransactionalID(cfg.TopicPrefix+o.TransactionalID),
		kgo.TransactionTimeout(TransactionTimeout), // the default of 40 s would stall every reader behind a dead instance for as long
		kgo.InstanceID(o.InstanceID),               // static: a restart gets its partitions, and so its local state, back without a rebalance
		kgo.SessionTimeout(o.SessionTimeout),
		kgo.Balancers(kgo.RangeBalancer()), // keeps equal partition numbers of events and subjects on one member; sticky ones do not
		kgo.RecordPartitioner(Partitioner(cfg.Topics(o.ExplicitPartition...)...)),
	)
	base, err := clientOpts(cfg, o.TransactionalID)
	if err != nil {
		return nil, err
	}
	return kgo.NewGroupTransactSession(append(append(base, own...), opts...)...)
}

// NewAdmin returns a client for topics, groups and offsets. The caller closes it.
func NewAdmin(cfg Config) (*kadm.Client, error) {
	cl, err := newClient(cfg, "admin", nil)
	if err != nil {
		return nil, err
	}
	return kadm.NewClient(cl), nil
}

func newClient(cfg Config, role string, opts []kgo.Opt) (*kgo.Client, error) {
	base, err := clientOpts(cfg, role)
	if err != nil {
		return nil, err
	}
	return kgo.NewClient(append(base, opts...)...)
}

// clientOpts are what every client has, whatever its role.
func clientOpts(cfg Config, role string) ([]kgo.Opt, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	id := cfg.ClientID + "-" + role
	opts := []kgo.Opt{
		kgo.SeedBrokers(cfg.Brokers...),
		kgo.ClientID(id),                           // quotas, broker logs and our metrics can tell clients of one process apart
		kgo.DialTimeout(5 * time.Second),           // a broker host that is gone drops packets; the default of 10 s delays the next broker
		kgo.MetadataMinAge(250 * time.Millisecond), // the default of 5 s would delay the first record to a topic just created, and every failover
		kgo.MetadataMaxAge(time.Minute),            // new brokers are seen within a minute instead of five
		kgo.DisableClientMetrics(),                 // metrics are ours, on /metrics; nothing is pushed into the cluster (KIP-714)
	}
	if cfg.Logger != nil {
		// One level above our own: the client's info lines are per request to a broker, ours are per event of the service.
		quiet := cfg.Logger.Named("kgo").WithOptions(zap.IncreaseLevel(zapcore.WarnLevel))
		opts = append(opts, kgo.WithLogger(kzap.New(quiet)))
	}
	if cfg.TLS.Enabled {
		t, err := cfg.TLS.config()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(t))
	}
	if cfg.SASL.Mechanism != "" {
		m, err := cfg.SASL.mechanism()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	hook, err := metricsHook(cfg.Registry, id)
	if err != nil {
		return nil, err
	}
	if hook != nil {
		opts = append(opts, kgo.WithHooks(hook))
	}
	return opts, nil
}

func producerOpts() []kgo.Opt {
	return []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()),                                      // "acknowledged" means it survives the loss of a broker
		kgo.ProducerLinger(5 * time.Millisecond),                                // many small events share a batch; more only adds to freshness
		kgo.ProducerBatchMaxBytes(MaxMessageBytes),                              // as the topics allow
		kgo.ProducerBatchCompression(kgo.Lz4Compression(), kgo.NoCompression()), // cheapest per byte in the hot path; zstd costs several times the CPU
		kgo.MaxBufferedRecords(100_000),                                         // a stalled broker shows as back pressure, not as memory
		kgo.MaxBufferedBytes(128 << 20),                                         // the same for large records
		kgo.RecordPartitioner(Partitioner()),                                    // by key hash: one subject, one partition, one order
		kgo.UnknownTopicRetries(20),                                             // metadata may lag behind a topic created a moment ago
		// No RecordDeliveryTimeout and no RecordRetries: a record given up after it was sent may still be in the log, and the gap in its sequence
		// numbers makes the client either fail the partition or acknowledge what was never written.
	}
}

func consumerOpts(cfg Config, topics []string) []kgo.Opt {
	opts := []kgo.Opt{
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),      // an aborted transaction's records never happened
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), // a new group takes the whole history
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),       // an offset that is gone is data loss: an error, not a silent jump
		kgo.FetchMaxWait(500 * time.Millisecond),          // how long a broker holds an empty fetch; new data answers at once
		kgo.FetchMaxBytes(16 << 20),                       // bounds the memory of one fetch per broker
		kgo.FetchMaxPartitionBytes(2 << 20),               // so that one busy partition does not fill the fetch; a larger batch still comes
		kgo.MaxConcurrentFetches(4),                       // bounds buffered memory at 4 x 16 MiB, whatever the number of brokers
		kgo.MaxDecompressBatchBytes(64 << 20),             // a small batch that unpacks to gigabytes is an error, not an outage
	}
	if len(topics) > 0 {
		opts = append(opts, kgo.ConsumeTopics(cfg.Topics(topics...)...))
	}
	return opts
}

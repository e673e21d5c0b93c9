package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// TopicErasures is where erasures are ordered and reported done.
const TopicErasures = "erasures-v1"

// Orders are the erasures that wait for ClickHouse. A member of their group reads its partitions of erasures-v1 from the start and commits nothing: an order is
// open until a later record of its key says that it is done, so what a crash interrupts is found again.
type Orders struct {
	cfg      Config
	client   *kgo.Client
	producer *kgo.Client

	mu   sync.Mutex
	open map[int32]map[string]*pb.Erasure
}

// OpenOrders joins the group. The caller closes it.
func OpenOrders(cfg Config) (*Orders, error) {
	o := &Orders{cfg: cfg, open: make(map[int32]map[string]*pb.Erasure)}
	gone := func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { o.drop(lost) }
	opts := []kgo.Opt{
		kgo.SessionTimeout(cfg.SessionTimeout), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxBytes(4 << 20), kgo.MaxConcurrentFetches(1),
		kgo.OnPartitionsRevoked(gone), kgo.OnPartitionsLost(gone),
	}
	if cfg.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(cfg.InstanceID))
	}
	var err error
	if o.client, err = kafka.NewConsumer(cfg.Kafka, cfg.Group+"-erasures", []string{TopicErasures}, opts...); err != nil {
		return nil, fmt.Errorf("follow erasures: %w", err)
	}
	if o.producer, err = kafka.NewProducer(cfg.Kafka); err != nil {
		o.client.Close()
		return nil, fmt.Errorf("open the producer of erasures: %w", err)
	}
	return o, nil
}

// Close leaves the group.
func (o *Orders) Close(ctx context.Context) {
	_ = o.client.LeaveGroupContext(ctx) // who cannot say good-bye is missed after the session timeout
	o.client.Close()
	o.producer.Close()
}

func (o *Orders) drop(lost map[string][]int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, partitions := range lost {
		for _, p := range partitions {
			delete(o.open, p)
		}
	}
}

// Poll takes what has come, waiting for it as long as the context lasts, and returns the orders that are open.
func (o *Orders) Poll(ctx context.Context) ([]*pb.Erasure, error) {
	fetches := o.client.PollRecords(ctx, pollRecords)
	var failed error
	fetches.EachError(func(_ string, _ int32, err error) {
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			failed = fmt.Errorf("fetch orders: %w", err)
		}
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	fetches.EachRecord(o.take)
	var out []*pb.Erasure
	for _, orders := range o.open {
		for _, e := range orders {
			out = append(out, e)
		}
	}
	return out, failed
}

func (o *Orders) take(r *kgo.Record) {
	orders := o.open[r.Partition]
	if orders == nil {
		orders = make(map[string]*pb.Erasure)
		o.open[r.Partition] = orders
	}
	e := &pb.Erasure{}
	if len(r.Value) == 0 || e.UnmarshalVT(r.Value) != nil || e.State != pb.ErasureState_ERASURE_STATE_APPLIED {
		delete(orders, string(r.Key))
		return
	}
	orders[string(r.Key)] = e
}

// Done reports an order done, in the place of the one that names the person.
func (o *Orders) Done(ctx context.Context, e *pb.Erasure) error {
	value, err := e.MarshalVT()
	if err != nil {
		return fmt.Errorf("encode an erasure: %w", err)
	}
	rec := &kgo.Record{Topic: o.cfg.Kafka.Topic(TopicErasures), Key: []byte(e.Workspace + "|" + e.ErasureId), Value: value}
	if err := o.producer.ProduceSync(ctx, rec).FirstErr(); err != nil {
		return fmt.Errorf("report an erasure done: %w", err)
	}
	return nil
}

// Ends are where the sink's topics ended at a moment.
type Ends struct{ listed kadm.ListedOffsets }

// Ends asks where the sink's topics end now.
func (o *Orders) Ends(ctx context.Context) (*Ends, error) {
	ends, err := kadm.NewClient(o.producer).ListCommittedOffsets(ctx, o.cfg.Kafka.Topics(o.cfg.Topics...)...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the ends of the sink's topics: %w", err)
	}
	return &Ends{listed: ends}, nil
}

// IsStored tells whether the sink's group has stored everything before the ends: what a crash of any member repeats comes after them.
func (o *Orders) IsStored(ctx context.Context, ends *Ends) (bool, error) {
	committed, err := kadm.NewClient(o.producer).FetchOffsets(ctx, o.cfg.Kafka.TopicPrefix+o.cfg.Group)
	if err != nil {
		return false, fmt.Errorf("look up what the sink has stored: %w", err)
	}
	stored := true
	ends.listed.Each(func(end kadm.ListedOffset) {
		at, ok := committed.Lookup(end.Topic, end.Partition)
		stored = stored && (end.Offset == 0 || ok && at.At >= end.Offset)
	})
	return stored, nil
}

package plans

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// topic of the contract.
const topic = "plans-v1"

// ackTimeout is how long a change waits for Kafka. The producer goes on trying after it, so an unacknowledged change may be kept all the same.
const ackTimeout = 10 * time.Second

// Kafka is a log in plans-v1.
type Kafka struct {
	client *kgo.Client
	topic  string
}

var _ Log = (*Kafka)(nil)

// NewKafka returns a log. It dials nothing before the first change; the caller closes it.
func NewKafka(cfg kafka.Config) (*Kafka, error) {
	client, err := kafka.NewProducer(cfg)
	if err != nil {
		return nil, fmt.Errorf("open the log of plans: %w", err)
	}
	return &Kafka{client: client, topic: cfg.Topics(topic)[0]}, nil
}

// Append implements Log.
func (k *Kafka) Append(ctx context.Context, records []Record) error {
	batch := make([]*kgo.Record, len(records))
	for i, r := range records {
		plan := &pb.Plan{
			Workspace: r.Workspace, Kind: r.Kind, PlanId: r.ID, Body: r.Body, Version: r.Version, UpdatedUs: r.UpdatedAt.UnixMicro(), IsDeleted: r.IsDeleted,
		}
		value, err := plan.MarshalVT()
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", r.Kind, r.ID, err)
		}
		batch[i] = &kgo.Record{Topic: k.topic, Key: []byte(r.Workspace + "|" + r.Kind + "|" + r.ID), Value: value}
	}
	done := make(chan error, len(batch))
	for _, record := range batch {
		// Without the request's context: a produce that is cancelled may or may not have been written, and would break the producer's order.
		k.client.Produce(context.WithoutCancel(ctx), record, func(_ *kgo.Record, err error) { done <- err })
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	var errs []error
	for range batch {
		select {
		case err := <-done:
			errs = append(errs, err)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNotKept, ctx.Err())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	return nil
}

// Close gives what is under way up and ends the connections.
func (k *Kafka) Close() { k.client.Close() }

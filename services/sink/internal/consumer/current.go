package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// Each reads the committed records of topics from their start to where they end now. It belongs to no group and commits nothing.
func (o *Orders) Each(ctx context.Context, topics []string, fn func(topic string, key, value []byte)) error {
	ends, err := o.Ends(ctx)
	if err != nil {
		return err
	}
	from, left := map[string]map[int32]kgo.Offset{}, map[string]map[int32]int64{}
	names := map[string]string{}
	for _, topic := range topics {
		name := o.cfg.Kafka.Topic(topic)
		names[name] = topic
		from[name], left[name] = map[int32]kgo.Offset{}, map[int32]int64{}
		for p, end := range ends.listed[name] {
			if end.Offset > 0 {
				from[name][p], left[name][p] = kgo.NewOffset().AtStart(), end.Offset
			}
		}
	}
	client, err := kafka.NewReader(o.cfg.Kafka, "cleaner", kgo.ConsumePartitions(from), kgo.FetchMaxBytes(4<<20))
	if err != nil {
		return fmt.Errorf("open a reader of %v: %w", topics, err)
	}
	defer client.Close()
	for missing(left) {
		fetches := client.PollFetches(ctx)
		if err := errors.Join(fetches.Err(), ctx.Err()); err != nil {
			return fmt.Errorf("read %v: %w", topics, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if end, ok := left[r.Topic][r.Partition]; ok && r.Offset+1 >= end {
				delete(left[r.Topic], r.Partition)
			}
			if !r.Attrs.IsControl() {
				fn(names[r.Topic], r.Key, r.Value)
			}
		})
	}
	return nil
}

func missing(left map[string]map[int32]int64) bool {
	for _, partitions := range left {
		if len(partitions) > 0 {
			return true
		}
	}
	return false
}

package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// idsTimeout bounds the reading of one partition.
const idsTimeout = 2 * time.Minute

// eventsTopic is the contract's name of the topic that holds what was acknowledged.
const eventsTopic = "events-v1"

// EventIDs counts the records of each event id on events-v1, from its first record to the last at the time of the call. An id may be there more than once: what
// a collector cannot know to have arrived it sends again, and the attributor counts it once.
func (w *Watcher) EventIDs(ctx context.Context) (map[string]int, error) {
	topic := w.cfg.Topic(eventsTopic)
	starts, err := w.admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("ask where %s starts: %w", topic, err)
	}
	ends, err := w.admin.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("ask where %s ends: %w", topic, err)
	}
	ids := map[string]int{}
	var failed error
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(topic, end.Partition)
		failed = errors.Join(failed, end.Err, w.partitionIDs(ctx, end, start.Offset, ids))
	})
	return ids, failed
}

func (w *Watcher) partitionIDs(ctx context.Context, end kadm.ListedOffset, next int64, ids map[string]int) error {
	reader, err := kafka.NewReader(w.cfg, "ids", kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{end.Topic: {end.Partition: kgo.NewOffset().At(next)}}))
	if err != nil {
		return err
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(ctx, idsTimeout)
	defer cancel()
	for next < end.Offset {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return fmt.Errorf("read %s/%d at %d: %w", end.Topic, end.Partition, next, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if id, ok := eventID(r.Key); ok && r.Value != nil {
				ids[id]++
			}
		})
	}
	return nil
}

// eventID is the id in a record's key, as identity.RecordKey has put it there.
func eventID(key []byte) (string, bool) {
	parts := strings.Split(string(key), "\x00")
	if len(parts) < 3 {
		return "", false
	}
	return parts[1], true
}

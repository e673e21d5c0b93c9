// Package readlog reads partitions of a topic from given positions to where they ended when the reading began. The attributor restores its
// state this way, and verify reads all events this way.
//
// It reads committed records only, and to the *high watermark*: the end of everything written, committed or not. Both halves matter.
// Without read_committed, what a killed instance wrote and never committed becomes state. And the last stable offset is not the end:
// behind the open transaction of a dead or slow instance lie transactions that are committed already, and a restore that stops before
// them loses no output record and still has the state wrong. At the high watermark the reader waits until that transaction is resolved.
package readlog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// Batch is a run of one partition's records.
type Batch struct {
	Partition int32
	// Records are in offset order, markers of transactions left out. They may be none.
	Records []*kgo.Record
	// Next is the offset after the batch: reading on from there continues it.
	Next int64
}

// Bounds are where a topic's partitions begin and end.
type Bounds struct {
	// TopicID changes when a topic is made anew under its old name.
	TopicID [16]byte
	// Start is the first offset still there, End the high watermark.
	Start, End map[int32]int64
}

// OutOfRangeError is a position that the partition does not have: the log was cut, or made anew.
type OutOfRangeError struct {
	Topic                  string
	Partition              int32
	Position, Start, Ended int64
}

func (e *OutOfRangeError) Error() string {
	return fmt.Sprintf("%s/%d has offsets %d to %d, not %d", e.Topic, e.Partition, e.Start, e.Ended, e.Position)
}

// Find asks where a topic begins and ends now.
func Find(ctx context.Context, cfg kafka.Config, topic string) (Bounds, error) {
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		return Bounds{}, fmt.Errorf("find the bounds of %s: %w", topic, err)
	}
	defer adm.Close()
	name := cfg.Topic(topic)
	details, err := adm.ListTopics(ctx, name)
	if err != nil {
		return Bounds{}, fmt.Errorf("look up topic %s: %w", name, err)
	}
	if err := details[name].Err; err != nil {
		return Bounds{}, fmt.Errorf("look up topic %s: %w", name, err)
	}
	b := Bounds{TopicID: details[name].ID}
	// End after start: a record that is written in between is found, one that is deleted in between is an error of the fetch.
	if b.Start, err = offsets(ctx, adm.ListStartOffsets, name); err != nil {
		return Bounds{}, fmt.Errorf("list the first offsets of %s: %w", name, err)
	}
	if b.End, err = offsets(ctx, adm.ListEndOffsets, name); err != nil {
		return Bounds{}, fmt.Errorf("list the end offsets of %s: %w", name, err)
	}
	return b, nil
}

type list func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error)

func offsets(ctx context.Context, list list, topic string) (map[int32]int64, error) {
	listed, err := list(ctx, topic)
	if err != nil {
		return nil, err
	}
	if err := listed.Error(); err != nil {
		return nil, err
	}
	out := make(map[int32]int64, len(listed[topic]))
	for p, o := range listed[topic] {
		out[p] = o.Offset
	}
	return out, nil
}

// Read hands the records of the partitions in positions to handle, from those positions to bounds.End, and returns when all are there. It may
// hand over records beyond the end. It never gives up on its own: brokers come back, open transactions end. warn is told, every few
// seconds, which partitions have not moved since; it may be nil.
func Read(ctx context.Context, cfg kafka.Config, topic string, positions map[int32]int64, bounds Bounds, handle func(Batch) error, warn func(stuck map[int32]int64)) error {
	name := cfg.Topic(topic)
	r := &reader{topic: name, position: map[int32]int64{}, end: bounds.End, handle: handle}
	from := map[int32]kgo.Offset{}
	for p, at := range positions {
		start, ok := bounds.Start[p]
		if end := bounds.End[p]; !ok || at < start || at > end {
			return &OutOfRangeError{Topic: name, Partition: p, Position: at, Start: start, Ended: end}
		}
		if at < bounds.End[p] {
			r.position[p] = at
			from[p] = kgo.NewOffset().At(at)
		}
	}
	if len(from) == 0 {
		return nil
	}
	cl, err := kafka.NewReader(cfg, "reader", kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: from}))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer cl.Close()
	return r.run(ctx, cl, warn)
}

// reader is one Read.
type reader struct {
	topic    string
	position map[int32]int64 // of the partitions that are not at their end yet
	end      map[int32]int64
	handle   func(Batch) error
}

// quiet is how long nothing may come before the reader looks whether anything is left to come.
const quiet = time.Second

func (r *reader) run(ctx context.Context, cl *kgo.Client, warn func(map[int32]int64)) error {
	for len(r.position) > 0 {
		pollCtx, cancel := context.WithTimeout(ctx, quiet)
		fetches := cl.PollFetches(pollCtx)
		cancel()
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", r.topic, err)
		}
		if err := r.take(cl, fetches); err != nil {
			return err
		}
		if fetches.NumRecords() > 0 {
			continue
		}
		if err := r.skipEmpty(ctx, cl); err != nil {
			return err
		}
		if warn != nil && len(r.position) > 0 {
			warn(maps.Clone(r.position))
		}
	}
	return nil
}

func (r *reader) take(cl *kgo.Client, fetches kgo.Fetches) (err error) {
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if err != nil {
			return
		}
		if f.Err != nil {
			if err = fatal(f.Err); err != nil {
				err = fmt.Errorf("read %s/%d: %w", r.topic, f.Partition, err)
				return
			}
		}
		if len(f.Records) > 0 {
			err = r.deliver(cl, f.Partition, f.Records)
		}
	})
	return err
}

func (r *reader) deliver(cl *kgo.Client, p int32, records []*kgo.Record) error {
	if _, ok := r.position[p]; !ok {
		return nil // fetched before the partition was dropped
	}
	next := records[len(records)-1].Offset + 1
	data := slices.DeleteFunc(records, func(rec *kgo.Record) bool { return rec.Attrs.IsControl() })
	if err := r.handle(Batch{Partition: p, Records: data, Next: next}); err != nil {
		return err
	}
	r.advance(cl, p, next)
	return nil
}

func (r *reader) advance(cl *kgo.Client, p int32, next int64) {
	r.position[p] = next
	if next >= r.end[p] {
		delete(r.position, p)
		cl.PauseFetchPartitions(map[string][]int32{r.topic: {p}})
	}
}

// fatal tells errors that will not go away from those that the client keeps retrying and only reports in passing.
func fatal(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || kerr.IsRetriable(err) {
		return nil
	}
	return err
}

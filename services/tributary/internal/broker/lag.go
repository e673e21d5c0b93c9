// Package broker asks Kafka how far the pipeline has come. It is this program's only user of the Kafka client.
package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// tailMax is how many offsets past a group's commit are looked at to find out whether they are only transaction markers.
const tailMax = 64

// Stage is a consumer group with the topics it reads, by their names in the contract.
type Stage struct {
	Group  string
	Topics []string
}

// Pipeline is how events become rows: the attributor's topics, then the sink's.
func Pipeline() []Stage {
	return []Stage{
		{Group: "attributor", Topics: []string{"events-v1", "subjects-v1"}},
		{Group: "sink", Topics: []string{
			"credits-v1", "cells-v1", "touchpoints-v1", "conversions-v1", "opportunities-v1", "ledger-v1", "models-v1", "spend-v1",
			"rejected-v1",
		}},
	}
}

// Watcher asks for the lag of consumer groups.
type Watcher struct {
	cfg   kafka.Config
	admin *kadm.Client
}

// NewWatcher connects lazily; Close lets go.
func NewWatcher(cfg kafka.Config) (*Watcher, error) {
	admin, err := kafka.NewAdmin(cfg)
	if err != nil {
		return nil, err
	}
	return &Watcher{cfg: cfg, admin: admin}, nil
}

// Close ends its connections.
func (w *Watcher) Close() { w.admin.Close() }

// Lag is how many offsets of each topic, by contract name, wait for their group. Markers at the end of a log do not count.
type Lag map[string]int64

// Total is the sum.
func (l Lag) Total() int64 {
	total := int64(0)
	for _, n := range l {
		total += n
	}
	return total
}

// String names the topics that wait.
func (l Lag) String() string {
	text := ""
	for _, s := range Pipeline() {
		for _, t := range s.Topics {
			if l[t] > 0 {
				text += fmt.Sprintf(" %s %d", t, l[t])
			}
		}
	}
	if text == "" {
		return "none"
	}
	return text[1:]
}

// Lag asks once.
func (w *Watcher) Lag(ctx context.Context, stages ...Stage) (Lag, error) {
	lag := Lag{}
	for _, s := range stages {
		if err := w.stage(ctx, s, lag); err != nil {
			return nil, fmt.Errorf("lag of group %s: %w", s.Group, err)
		}
	}
	return lag, nil
}

// Events is how many records events-v1 has ever had, markers included. It grows while anybody sends.
func (w *Watcher) Events(ctx context.Context) (int64, error) {
	ends, err := w.admin.ListCommittedOffsets(ctx, w.cfg.Topic("events-v1"))
	if err != nil {
		return 0, fmt.Errorf("end of events-v1: %w", err)
	}
	total := int64(0)
	ends.Each(func(o kadm.ListedOffset) { total += max(o.Offset, 0) })
	return total, ends.Error()
}

func (w *Watcher) stage(ctx context.Context, s Stage, lag Lag) error {
	topics := w.cfg.Topics(s.Topics...)
	// The committed offsets first: what is produced in between then counts as lag, never the other way round.
	committed, err := w.admin.FetchOffsets(ctx, w.cfg.TopicPrefix+s.Group)
	if err != nil && !errors.Is(err, context.Canceled) {
		committed = nil // A group that does not exist yet has committed nothing.
	}
	starts, err := w.admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return err
	}
	ends, err := w.admin.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return err
	}
	var failed error
	ends.Each(func(end kadm.ListedOffset) {
		if end.Err != nil {
			failed = errors.Join(failed, end.Err)
			return
		}
		from := int64(0)
		if start, ok := starts.Lookup(end.Topic, end.Partition); ok {
			from = start.Offset
		}
		if o, ok := committed.Lookup(end.Topic, end.Partition); ok {
			from = max(from, o.At)
		}
		behind := end.Offset - from
		if behind > 0 && behind <= tailMax {
			behind, err = w.records(ctx, end.Topic, end.Partition, from, end.Offset)
			failed = errors.Join(failed, err)
		}
		lag[w.cfg.Contract(end.Topic)] += max(behind, 0)
	})
	return failed
}

// records counts what lies between two offsets, markers and aborted records left out.
func (w *Watcher) records(ctx context.Context, topic string, partition int32, from, to int64) (int64, error) {
	reader, err := kafka.NewReader(w.cfg, "lag", kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}}))
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	count, next := int64(0), from
	for next < to {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return 0, fmt.Errorf("read %s/%d at %d: %w", topic, partition, next, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() && r.Offset < to {
				count++
			}
		})
	}
	return count, nil
}

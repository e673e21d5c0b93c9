package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// restored is the end of one restore.
type restored struct {
	epoch int
	err   error
}

// restorer brings the stores of several tasks to the end of the changelog. While it runs, the stores are its own.
type restorer struct {
	kafka kafka.Config
	tasks []*task
	open  func(*task) error // opens or reopens a task's store
	wipe  func(*task) error
	now   func() time.Time
	log   *zap.Logger
	m     *metrics

	// changed are the tasks to which a record was applied: what the operator remembers of them is out of date.
	changed map[int32]bool
}

// run restores. Corrupted local state is wiped and restored from the beginning.
func (r *restorer) run(ctx context.Context) error {
	start := r.now()
	r.changed = map[int32]bool{}
	// The end is read here, after the assignment. Whatever a former owner committed was flushed to the log before its offsets were accepted, and offsets
	// of a former generation are not accepted after the assignment: so it lies before this end, though it may still be an open transaction.
	bounds, err := readlog.Find(ctx, r.kafka, TopicState)
	if err != nil {
		return err
	}
	positions := map[int32]int64{}
	for _, t := range r.tasks {
		if positions[t.partition], err = r.position(t, bounds); err != nil {
			return err
		}
	}
	if err := r.read(ctx, positions, bounds, start); err != nil {
		return err
	}
	for _, t := range r.tasks {
		cp := state.Checkpoint{Changelog: bounds.TopicID, Offset: max(t.store.Checkpoint().Offset, bounds.End[t.partition]), At: r.now()}
		if err := t.store.Apply(nil, cp); err != nil {
			return fmt.Errorf("restore task %d: %w", t.partition, err)
		}
		t.changelog = bounds.TopicID
	}
	r.m.restoreSeconds.Observe(r.now().Sub(start).Seconds())
	return nil
}

// position is where a task's store goes on in the changelog; a store that cannot go on is wiped.
func (r *restorer) position(t *task, bounds readlog.Bounds) (int64, error) {
	if err := r.openOrWipe(t); err != nil {
		return 0, err
	}
	cp := t.store.Checkpoint()
	begin, end := bounds.Start[t.partition], bounds.End[t.partition]
	switch fresh := cp == (state.Checkpoint{}); {
	case fresh:
		return begin, nil
	case cp.Changelog == bounds.TopicID && cp.Offset >= begin && cp.Offset <= end:
		return cp.Offset, nil
	}
	why := fmt.Errorf("offset %d of changelog %x, which is now %x with %d to %d", cp.Offset, cp.Changelog, bounds.TopicID, begin, end)
	if err := r.wipeStore(t, &state.CorruptedError{Dir: t.dir, Err: why}); err != nil {
		return 0, err
	}
	return begin, nil
}

func (r *restorer) openOrWipe(t *task) error {
	if t.store != nil {
		return nil
	}
	err := r.open(t)
	var corrupted *state.CorruptedError
	if errors.As(err, &corrupted) {
		return r.wipeStore(t, corrupted)
	}
	return err
}

func (r *restorer) wipeStore(t *task, why *state.CorruptedError) error {
	r.log.Warn("local state is wiped and restored from the changelog", zap.Int32("task", t.partition), zap.Error(why))
	r.m.wipes.Inc()
	r.changed[t.partition] = true
	if err := r.wipe(t); err != nil {
		return fmt.Errorf("wipe task %d: %w", t.partition, err)
	}
	return r.open(t)
}

// read applies the changelog from the positions on. Until the end is reached the checkpoint keeps its old time, or takes the time at which
// this reading began: a tombstone not seen yet is kept by the changelog for its retention from then on, not from the last chunk on.
func (r *restorer) read(ctx context.Context, positions map[int32]int64, bounds readlog.Bounds, start time.Time) error {
	byPartition := map[int32]*task{}
	at := map[int32]time.Time{}
	for _, t := range r.tasks {
		byPartition[t.partition] = t
		if at[t.partition] = t.store.Checkpoint().At; at[t.partition].IsZero() {
			at[t.partition] = start
		}
	}
	handle := func(b readlog.Batch) error {
		t := byPartition[b.Partition]
		changes := make([]state.Change, len(b.Records))
		for i, rec := range b.Records {
			changes[i] = state.Change{Key: rec.Key, Value: rec.Value}
		}
		if len(changes) > 0 {
			r.changed[b.Partition] = true
			r.m.restoredRecords.Add(float64(len(changes)))
		}
		cp := state.Checkpoint{Changelog: bounds.TopicID, Offset: b.Next, At: at[b.Partition]}
		if err := t.store.Apply(changes, cp); err != nil {
			return fmt.Errorf("restore task %d: %w", b.Partition, err)
		}
		return nil
	}
	warn := func(stuck map[int32]int64) {
		r.log.Warn("restore waits: the changelog's end is behind an open transaction, or brokers are away", zap.Any("position_by_task", stuck))
	}
	return readlog.Read(ctx, r.kafka, TopicState, positions, bounds, handle, warn)
}

package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
)

// revokeTimeout bounds the commit that a rebalance waits for.
const revokeTimeout = 3 * time.Second

// commitLoop commits what is stored, every interval.
func (c *Consumer) commitLoop(ctx context.Context) {
	defer c.wg.Done()
	tick := time.NewTicker(c.cfg.CommitInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := c.commit(ctx); err != nil && ctx.Err() == nil {
				c.log.Warn("commit offsets; the next commit covers them", zap.Error(err))
			}
		}
	}
}

// commit commits what has been stored since the last successful commit.
func (c *Consumer) commit(ctx context.Context) error {
	pending := c.offsets.take()
	if len(pending) == 0 {
		return nil
	}
	var answer error
	c.client.CommitOffsetsSync(ctx, pending, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		answer = commitError(resp, err)
	})
	c.metrics.Committed(answer)
	if answer != nil {
		c.offsets.putBack(pending)
		return fmt.Errorf("commit offsets of group %s: %w", c.cfg.Group, answer)
	}
	return nil
}

func commitError(resp *kmsg.OffsetCommitResponse, err error) error {
	if err != nil || resp == nil {
		return err
	}
	var errs []error
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if e := kerr.ErrorForCode(p.ErrorCode); e != nil {
				errs = append(errs, fmt.Errorf("%s/%d: %w", t.Topic, p.Partition, e))
			}
		}
	}
	return errors.Join(errs...)
}

// revoked runs before partitions go to another member, which will start from what is committed now. What is on its way to ClickHouse it will
// store again.
func (c *Consumer) revoked(ctx context.Context, _ *kgo.Client, revoked map[string][]int32) {
	ctx, cancel := context.WithTimeout(ctx, revokeTimeout)
	defer cancel()
	if err := c.commit(ctx); err != nil {
		c.log.Warn("commit offsets before a rebalance; the next owner repeats some records", zap.Error(err))
	}
	c.offsets.drop(revoked)
}

// offsets tracks, for the partitions this member has, what is stored and not yet committed.
type offsets struct {
	mu         *sync.Mutex
	partitions map[string]map[int32]*position
}

type position struct {
	next  int64 // the first record that is not stored; -1 before the first fetch
	end   int64 // the end of the log as of the last fetch
	dirty bool  // next has not been committed
}

func newOffsets() offsets {
	return offsets{mu: &sync.Mutex{}, partitions: map[string]map[int32]*position{}}
}

func (o *offsets) assign(assigned map[string][]int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for topic, ps := range assigned {
		if o.partitions[topic] == nil {
			o.partitions[topic] = map[int32]*position{}
		}
		for _, p := range ps {
			o.partitions[topic][p] = &position{next: -1}
		}
	}
}

func (o *offsets) drop(gone map[string][]int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for topic, ps := range gone {
		for _, p := range ps {
			delete(o.partitions[topic], p)
		}
	}
}

// stored ignores partitions that this member no longer has: their new owner may be further, and a commit would set it back. An offset lower
// than before is taken: the topic was made anew and read from its start.
func (o *offsets) stored(topic string, next map[int32]int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for p, n := range next {
		if pos := o.partitions[topic][p]; pos != nil {
			pos.next, pos.dirty = n, true
		}
	}
}

// fetched notes the end of the log as a fetch saw it, and with the first fetch where this member begins.
func (o *offsets) fetched(topic string, partition int32, first, end int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if pos := o.partitions[topic][partition]; pos != nil {
		pos.end = end
		if pos.next < 0 {
			pos.next = first
		}
	}
}

// lag sums the records of a topic that are on the log and not stored, as of the last fetches.
func (o *offsets) lag(topic string) (n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, pos := range o.partitions[topic] {
		if pos.next >= 0 {
			n += max(0, pos.end-pos.next)
		}
	}
	return n
}

// take returns what is to be committed and marks it committed.
func (o *offsets) take() map[string]map[int32]kgo.EpochOffset {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]map[int32]kgo.EpochOffset{}
	for topic, ps := range o.partitions {
		for p, pos := range ps {
			if !pos.dirty {
				continue
			}
			if out[topic] == nil {
				out[topic] = map[int32]kgo.EpochOffset{}
			}
			out[topic][p] = kgo.EpochOffset{Epoch: -1, Offset: pos.next}
			pos.dirty = false
		}
	}
	return out
}

// putBack marks offsets whose commit failed as not committed.
func (o *offsets) putBack(failed map[string]map[int32]kgo.EpochOffset) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for topic, ps := range failed {
		for p := range ps {
			if pos := o.partitions[topic][p]; pos != nil {
				pos.dirty = true
			}
		}
	}
}

// assigned counts the partitions of this member.
func (o *offsets) assigned() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, ps := range o.partitions {
		n += len(ps)
	}
	return n
}

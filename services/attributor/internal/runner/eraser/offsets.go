package eraser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
)

// group is the eraser's own: it holds a position and has no members.
func (e *Eraser) group() string { return e.cfg.Kafka.TopicPrefix + e.cfg.Group + "-eraser" }

// position is where the last round ended, and where the log ends now.
func (e *Eraser) position(ctx context.Context) (map[int32]int64, readlog.Bounds, error) {
	bounds, err := readlog.Find(ctx, e.cfg.Kafka, TopicEvents)
	if err != nil {
		return nil, bounds, err
	}
	committed, err := e.committed(ctx, e.group(), TopicEvents)
	if err != nil {
		return nil, bounds, err
	}
	from := make(map[int32]int64, len(bounds.Start))
	for p, start := range bounds.Start {
		// A log that is made anew is shorter than the position: it is read from its start.
		if from[p] = max(start, committed[p]); from[p] > bounds.End[p] {
			from[p] = start
		}
	}
	return from, bounds, nil
}

func (e *Eraser) admin(fn func(*kadm.Client) error) error {
	adm, err := kafka.NewAdmin(e.cfg.Kafka)
	if err != nil {
		return err
	}
	defer adm.Close()
	return fn(adm)
}

// committed are a group's offsets of a topic; none when the group does not exist.
func (e *Eraser) committed(ctx context.Context, group, topic string) (map[int32]int64, error) {
	out := make(map[int32]int64)
	err := e.admin(func(adm *kadm.Client) error {
		resp, err := adm.FetchOffsets(ctx, group)
		if errors.Is(err, kerr.GroupIDNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look up the offsets of group %s: %w", group, err)
		}
		resp.Each(func(o kadm.OffsetResponse) {
			if o.Topic == e.cfg.Kafka.Topic(topic) && o.Err == nil {
				out[o.Partition] = o.At
			}
		})
		return nil
	})
	return out, err
}

func (e *Eraser) commit(ctx context.Context, next map[int32]int64) error {
	if len(next) == 0 {
		return nil
	}
	offsets := kadm.Offsets{}
	for p, at := range next {
		offsets.AddOffset(e.cfg.Kafka.Topic(TopicEvents), p, at, -1)
	}
	return e.admin(func(adm *kadm.Client) error {
		if err := adm.CommitAllOffsets(ctx, e.group(), offsets); err != nil {
			return fmt.Errorf("keep the position: %w", err)
		}
		return nil
	})
}

// look again after this long.
const pause = 100 * time.Millisecond

// hopsMax is how many subjects a touch passes at most: e-mail, user, user by alias, contact, contact by merge, account of a domain, account, account by merge.
const hopsMax = 8

// awaitMessages waits until the attributor has worked off what an edit made its subjects tell each other, hop by hop: nobody writes a touchpoint of what was
// removed after that.
func (e *Eraser) awaitMessages(ctx context.Context) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for range hopsMax {
		bounds, err := readlog.Find(ctx, e.cfg.Kafka, topicSubjects)
		for err == nil {
			var waiting bool
			if waiting, err = e.hasMessages(ctx, bounds); err != nil || !waiting {
				break
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				err = fmt.Errorf("wait for the attributor: %w", ctx.Err())
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasMessages tells whether messages wait for the attributor below the bounds. Offsets do not tell: those at the end of an idle log are of markers.
func (e *Eraser) hasMessages(ctx context.Context, bounds readlog.Bounds) (bool, error) {
	at, err := e.committed(ctx, e.cfg.Kafka.TopicPrefix+e.cfg.Group, topicSubjects)
	if err != nil {
		return false, err
	}
	from := make(map[int32]int64)
	for p, end := range bounds.End {
		if next := max(at[p], bounds.Start[p]); next < end {
			from[p] = next
		}
	}
	if len(from) == 0 {
		return false, nil
	}
	found := false
	err = readlog.Read(ctx, e.cfg.Kafka, topicSubjects, from, bounds, func(b readlog.Batch) error {
		for _, rec := range b.Records {
			found = found || rec.Offset < bounds.End[b.Partition]
		}
		return nil
	}, nil)
	return found, err
}

// awaitAttributor waits until the attributor has committed beyond the offsets of a topic.
func (e *Eraser) awaitAttributor(ctx context.Context, topic string, ends map[int32]int64) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		at, err := e.committed(ctx, e.cfg.Kafka.TopicPrefix+e.cfg.Group, topic)
		if err != nil {
			return err
		}
		behind := false
		for p, end := range ends {
			behind = behind || at[p] < end
		}
		if !behind {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for the attributor: %w", ctx.Err())
		}
	}
}

// requireUnique refuses a log from before keys were unique: what shares a key cannot be removed, and compaction would keep one event of each subject.
func (e *Eraser) requireUnique(ctx context.Context) error {
	topic := e.cfg.Kafka.Topic(TopicEvents)
	isOld := false
	err := e.admin(func(adm *kadm.Client) error {
		found, err := adm.DescribeTopicConfigs(ctx, topic)
		if err != nil {
			return fmt.Errorf("read the settings of %s: %w", topic, err)
		}
		rc, err := found.On(topic, nil)
		for _, c := range rc.Configs {
			isOld = isOld || c.Key == "cleanup.policy" && c.MaybeValue() == "delete"
		}
		return err
	})
	if err == nil && isOld {
		err = fmt.Errorf("%s has cleanup.policy delete, and so records that share keys: nothing is erased; send the events into a new, compacted topic first", topic)
	}
	return err
}

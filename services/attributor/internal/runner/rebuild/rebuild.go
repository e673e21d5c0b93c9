// Package rebuild drops everything that follows from events-v1, so that an attributor started afterwards computes it again: the consumer
// group, the topics between subjects, of state and of outputs, and local state. What came from outside stays: events-v1, spend-v1, plans-v1
// and rejected-v1.
package rebuild

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// derived are the topics that only the attributor writes.
var derived = []string{
	"subjects-v1", "state-v1", "credits-v1", "cells-v1", "touchpoints-v1", "conversions-v1", "opportunities-v1", "ledger-v1", "models-v1",
}

// Derived returns the contract names of the topics that Run empties.
func Derived() []string { return slices.Clone(derived) }

// Options say what to rebuild.
type Options struct {
	Kafka kafka.Config
	// Group is the attributor's consumer group.
	Group string
	// Members are the static member ids of the attributors whose state is in StateDir. A stopped attributor stays a member until its session
	// times out; holding the locks of its state proves that it is stopped, so these are removed at once. Others are waited for.
	Members  []string
	StateDir string
}

// pause between two looks at something that takes the brokers a moment.
const pause = 100 * time.Millisecond

// Run drops everything derived. No attributor of the group may run: it is an error when one holds local state, and Run waits, within ctx, until
// the group has no members. It can be run again after an error, and must be then.
//
// Topics are deleted and made anew: a compacted topic cannot be truncated. Local state elsewhere (another machine's disk) need not be
// deleted: its checkpoint names a changelog that is no more, and it is wiped when it is opened.
func Run(ctx context.Context, o Options) error {
	if err := wipeState(o.StateDir); err != nil {
		return err
	}
	adm, err := kafka.NewAdmin(o.Kafka)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	defer adm.Close()
	if err := dropGroup(ctx, adm, o); err != nil {
		return err
	}
	return remakeTopics(ctx, adm, o.Kafka)
}

func wipeState(dir string) error {
	tasks, err := filepath.Glob(filepath.Join(dir, "task-*"))
	if err != nil {
		return fmt.Errorf("look for state in %s: %w", dir, err)
	}
	for _, task := range tasks {
		if err := state.Wipe(task); err != nil {
			var fenced *state.FencedError
			if errors.As(err, &fenced) {
				return fmt.Errorf("stop the attributor first: %w", err)
			}
			return fmt.Errorf("wipe %s: %w", task, err)
		}
		if err := os.RemoveAll(task); err != nil {
			return fmt.Errorf("remove %s: %w", task, err)
		}
	}
	return nil
}

// dropGroup deletes the group with its offsets, so that events-v1 is read from its start.
func dropGroup(ctx context.Context, adm *kadm.Client, o Options) error {
	group := o.Kafka.TopicPrefix + o.Group
	if len(o.Members) > 0 {
		if _, err := adm.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs(o.Members...)); err != nil && !gone(err) {
			return fmt.Errorf("remove members from group %s: %w", group, err)
		}
	}
	return await(ctx, "group "+group+" still has members", func() (bool, error) {
		resp, err := adm.DeleteGroup(ctx, group)
		if err == nil {
			err = resp.Err
		}
		switch {
		case err == nil || gone(err):
			return true, nil
		case errors.Is(err, kerr.NonEmptyGroup) || kerr.IsRetriable(err):
			return false, nil
		}
		return false, fmt.Errorf("delete group %s: %w", group, err)
	})
}

func gone(err error) bool {
	return errors.Is(err, kerr.GroupIDNotFound) || errors.Is(err, kerr.UnknownMemberID)
}

// remakeTopics deletes the derived topics and creates them as events-v1 is: same partitions, same replication.
func remakeTopics(ctx context.Context, adm *kadm.Client, cfg kafka.Config) error {
	events := cfg.Topic("events-v1")
	topics := cfg.Topics(derived...)
	found, err := adm.ListTopics(ctx, append(slices.Clone(topics), events)...)
	if err == nil {
		err = found[events].Err
	}
	if err != nil {
		return fmt.Errorf("look up the topics to make anew: %w", err)
	}
	partitions := found[events].Partitions
	answers, err := adm.DeleteTopics(ctx, topics...)
	if err != nil {
		return fmt.Errorf("delete derived topics: %w", err)
	}
	for _, a := range answers {
		if a.Err != nil && !errors.Is(a.Err, kerr.UnknownTopicOrPartition) {
			return fmt.Errorf("delete topic %s: %w", a.Topic, a.Err)
		}
	}
	err = await(ctx, "deleted topics are still there", func() (bool, error) {
		left, err := adm.ListTopics(ctx, topics...)
		if err != nil {
			return false, fmt.Errorf("look whether topics are deleted: %w", err)
		}
		return !slices.ContainsFunc(topics, left.Has), nil
	})
	if err != nil {
		return err
	}
	if err := kafka.EnsureTopics(ctx, cfg, int32(len(partitions)), int16(partitions.NumReplicas())); err != nil {
		return fmt.Errorf("make derived topics anew: %w", err)
	}
	return nil
}

func await(ctx context.Context, waiting string, done func() (bool, error)) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("rebuild: %s: %w", waiting, ctx.Err())
		}
	}
}

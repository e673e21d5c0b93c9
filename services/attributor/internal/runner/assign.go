package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// startRestore brings tasks to the changelog's end in the background, so that the session goes on answering the group.
func (s *session) startRestore(ctx context.Context, tasks []*task, epoch int) error {
	for _, t := range tasks {
		if err := s.move(t, taskRestoring); err != nil {
			return err
		}
	}
	if len(tasks) == 0 {
		s.ready.Store(s.allRunning())
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	run := &restoreRun{
		restorer: &restorer{kafka: s.cfg.Kafka, tasks: tasks, open: func(t *task) error { return s.open(ctx, t) }, wipe: s.wipe, now: s.now, log: s.log, m: s.m},
		epoch:    epoch, cancel: cancel, done: make(chan struct{}),
	}
	s.restoring = run
	go func() {
		defer close(run.done)
		s.inbox.addRestored(restored{epoch: epoch, err: run.run(ctx)})
	}()
	return nil
}

// stopRestore cancels a restore and waits until it has let go of the stores.
func (s *session) stopRestore() {
	if s.restoring == nil {
		return
	}
	s.restoring.cancel()
	<-s.restoring.done
	s.forgetChanged()
}

// forgetChanged makes the operator read again what the restore has changed under it.
func (s *session) forgetChanged() {
	for p := range s.restoring.changed {
		s.op.Release(p)
	}
	s.restoring = nil
}

func (s *session) finishRestore(r restored) error {
	run := s.restoring
	if run == nil || run.epoch != r.epoch {
		return nil // stopped since; its note was on the way
	}
	<-run.done
	run.cancel()
	s.forgetChanged()
	if r.err != nil {
		return fmt.Errorf("restore: %w", r.err)
	}
	partitions := make([]int32, 0, len(run.tasks))
	for _, t := range run.tasks {
		partitions = append(partitions, t.partition)
	}
	if !s.inbox.resume(s.client.Client(), partitions, r.epoch) {
		return nil // a rebalance is in the inbox and will suspend these tasks
	}
	for _, t := range run.tasks {
		if err := s.move(t, taskRunning); err != nil {
			return err
		}
		s.m.stateBytes.WithLabelValues(label(t.partition)).Set(float64(t.store.SizeBytes()))
	}
	s.ready.Store(s.allRunning())
	s.log.Info("tasks restored and running", zap.Int32s("tasks", partitions))
	return nil
}

func (s *session) allRunning() bool {
	for _, t := range s.tasks {
		if t.state != taskRunning {
			return false
		}
	}
	return true
}

// recoverCorrupted wipes one running task's store and restores it; the others go on.
func (s *session) recoverCorrupted(ctx context.Context, t *task, cause error) error {
	p := t.partition
	if s.restoring != nil {
		return fmt.Errorf("task %d while others are restored: %w", p, cause)
	}
	s.log.Error("local state is corrupted: it is wiped and restored", zap.Int32("task", p), zap.Error(cause))
	s.ready.Store(false)
	s.client.Client().PauseFetchPartitions(map[string][]int32{s.topic(TopicEvents): {p}, s.topic(TopicSubjects): {p}})
	if err := s.move(t, taskCorrupted); err != nil {
		return err
	}
	s.op.Release(p)
	s.m.wipes.Inc()
	if err := s.wipe(t); err != nil {
		return fmt.Errorf("wipe task %d: %w", p, errors.Join(err, cause))
	}
	s.inbox.mu.Lock()
	epoch := s.inbox.epoch
	s.inbox.mu.Unlock()
	return s.startRestore(ctx, []*task{t}, epoch)
}

func (s *session) wipe(t *task) error {
	if t.store != nil {
		if err := t.store.Close(); err != nil {
			s.log.Warn("closing a store to wipe it", zap.Int32("task", t.partition), zap.Error(err))
		}
		t.store = nil
	}
	return state.Wipe(t.dir)
}

// open opens a task's store. The folder may still be locked by another session of this process that has not seen the rebalance yet, or by a
// process about to end: that is waited for.
func (s *session) open(ctx context.Context, t *task) error {
	cfg := state.DefaultConfig(t.dir)
	cfg.MemTableBytes, cfg.MaxAge, cfg.Cache, cfg.Now, cfg.Logger = s.cfg.MemTableBytes, s.cfg.StateMaxAge, s.cache, s.now, s.log
	ctx, cancel := context.WithTimeout(ctx, s.cfg.LockWait)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		store, err := state.Open(cfg)
		var fenced *state.FencedError
		if !errors.As(err, &fenced) {
			t.store = store
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("open task %d: %w", t.partition, errors.Join(ctx.Err(), err))
		}
	}
}

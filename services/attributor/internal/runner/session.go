package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// idlePoll is how long a poll waits without records: it bounds nothing but how often idle checkpoints are looked at.
const idlePoll = time.Second

// session is one member of the group with one operator: everything in it belongs to the goroutine of run, but for inbox and ready.
type session struct {
	id     string
	cfg    Config
	client *kgo.GroupTransactSession
	op     Operator
	cache  *state.Cache
	m      *metrics
	now    func() time.Time
	log    *zap.Logger

	inbox     inbox
	ready     atomic.Bool
	tasks     map[int32]*task
	awake     []int32 // the running tasks, as untilWake last found them
	restoring *restoreRun
	aborts    int
	pace      pace
	topics    map[string]string // contract name -> name on this cluster
	// ending outlives the stop by StopTimeout: a transaction is ended even when the process is asked to stop in it.
	ending context.Context
}

// restoreRun is a restore under way.
type restoreRun struct {
	*restorer
	epoch  int
	cancel context.CancelFunc
	done   chan struct{}
}

// run works until ctx ends (nil) or something is wrong that only a new process can mend.
func (s *session) run(ctx context.Context) (err error) {
	ending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.ending = ending
	defer context.AfterFunc(ctx, func() { time.AfterFunc(s.cfg.StopTimeout, cancel) })()
	defer func() { err = errors.Join(err, s.close(err == nil)) }()

	// Before the first poll: this ends the transaction that a killed predecessor left open. Otherwise the brokers would hold back our offsets, and
	// read_committed readers their records, until its timeout.
	if _, _, err := s.client.Client().ProducerID(ctx); err != nil {
		return s.ended(ctx, fmt.Errorf("initialise transactional id %s: %w", s.id, fencing(s.id, err)))
	}
	for ctx.Err() == nil {
		if err := s.attend(ctx); err != nil {
			return s.ended(ctx, err)
		}
		if err := s.transact(ctx); err != nil {
			return s.ended(ctx, err)
		}
	}
	return nil
}

// ended drops the error of a wait that was cut short by the stop itself.
func (s *session) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	s.log.Error("session ends", zap.Error(err))
	return err
}

// attend does what the group and the restores have left in the inbox. No transaction is open here.
func (s *session) attend(ctx context.Context) error {
	rebalances, done := s.inbox.take()
	for _, r := range rebalances {
		if err := s.rebalance(ctx, r); err != nil {
			return err
		}
	}
	for _, r := range done {
		if err := s.finishRestore(r); err != nil {
			return err
		}
	}
	return s.refresh()
}

func (s *session) rebalance(ctx context.Context, r rebalance) error {
	s.ready.Store(false)
	s.stopRestore()
	switch r.kind {
	case rebalanceRevoked:
		return s.suspend(r.partitions)
	case rebalanceLost:
		s.log.Warn("partitions lost: the group went on without this member", zap.Int32s("tasks", r.partitions))
		return s.releaseAllBut(nil)
	case rebalanceAssigned:
		s.log.Info("partitions assigned", zap.Int32s("tasks", r.partitions))
		return s.assign(ctx, r)
	}
	return fmt.Errorf("rebalance of unknown kind %d", r.kind)
}

func (s *session) suspend(partitions []int32) error {
	for _, t := range s.tasks {
		if !slices.Contains(partitions, t.partition) || t.state == taskSuspended {
			continue
		}
		if err := s.move(t, taskSuspended); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) assign(ctx context.Context, r rebalance) error {
	if err := s.releaseAllBut(r.partitions); err != nil {
		return err
	}
	tasks := make([]*task, 0, len(r.partitions))
	for _, p := range r.partitions {
		t, ok := s.tasks[p]
		if !ok {
			t = &task{partition: p, dir: taskDir(s.cfg.StateDir, p)}
			s.tasks[p] = t
			s.m.tasks.WithLabelValues(t.state.String()).Inc()
		}
		tasks = append(tasks, t)
	}
	return s.startRestore(ctx, tasks, r.epoch)
}

func (s *session) releaseAllBut(keep []int32) error {
	for p, t := range s.tasks {
		if slices.Contains(keep, p) {
			continue
		}
		if err := s.release(t); err != nil {
			return err
		}
	}
	return nil
}

// release gives a task up: the operator forgets it, the store is closed and its folder unlocked.
func (s *session) release(t *task) error {
	s.op.Release(t.partition)
	delete(s.tasks, t.partition)
	s.m.forget(t.partition)
	err := s.move(t, taskClosed)
	if t.store != nil {
		err = errors.Join(err, t.store.Close())
		t.store = nil
	}
	if err != nil {
		return fmt.Errorf("release task %d: %w", t.partition, err)
	}
	return nil
}

func (s *session) move(t *task, to taskState) error {
	from := t.state
	if err := t.transition(to); err != nil {
		return err
	}
	s.m.tasks.WithLabelValues(from.String()).Dec()
	if to != taskClosed {
		s.m.tasks.WithLabelValues(to.String()).Inc()
	}
	s.log.Debug("task", zap.Int32("task", t.partition), zap.Stringer("from", from), zap.Stringer("to", to))
	return nil
}

// refresh confirms the checkpoints of tasks that have nothing to write: they are as good as new, and must not look stale after a restart.
func (s *session) refresh() error {
	now := s.now()
	for _, t := range s.tasks {
		if t.state != taskRunning || now.Sub(t.store.Checkpoint().At) < s.cfg.StateMaxAge/8 {
			continue
		}
		cp := t.store.Checkpoint()
		cp.At = now
		if err := t.store.Apply(nil, cp); err != nil {
			return fmt.Errorf("confirm the checkpoint of task %d: %w", t.partition, err)
		}
	}
	return nil
}

// close releases everything. A clean end confirms the checkpoints once more.
func (s *session) close(clean bool) error {
	s.ready.Store(false)
	s.stopRestore()
	var errs []error
	for _, t := range s.tasks {
		if clean && t.state == taskRunning {
			cp := t.store.Checkpoint()
			cp.At = s.now()
			errs = append(errs, t.store.Apply(nil, cp))
		}
		errs = append(errs, s.release(t))
	}
	s.client.CloseAllowingRebalance()
	return errors.Join(errs...)
}

// fencing names the errors by which the brokers say that another instance has taken our identity.
func fencing(id string, err error) error {
	for _, fenced := range []error{kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.FencedInstanceID} {
		if errors.Is(err, fenced) {
			return &state.FencedError{What: "session " + id, Err: err}
		}
	}
	return err
}

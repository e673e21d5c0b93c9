// Package runner runs the attributor's tasks: it reads events and messages between subjects, feeds them to the operator, and commits what follows
// (outputs, messages, changelog, offsets) in one Kafka transaction, then in the task's store.
//
// The commit protocol, one transaction, on the one goroutine that owns the session:
//
//  1. Poll, read_committed, and only then Begin: an empty transaction costs the client half a second (it cannot know that the broker is new
//     enough to need no pause).
//  2. Apply records to the operator, in memory, until the commit interval or a batch limit is reached. A poison record becomes a record on rejected-v1.
//  3. Flush the operator; produce outputs by key hash and the changelog to the partition of its input; wait for all acknowledgements.
//  4. End with the offsets. It says whether the transaction was committed; a rebalance aborts it.
//  5. Only if committed: one batch to each task's store, values and changelog offset together; then the operator keeps what it has in memory.
//     If aborted: the operator forgets what it touched, the client goes back to the committed offsets, and the records come again.
//
// An error of End is never retried: whether the transaction was committed is unknown then. The session ends, the process with it, and the
// supervisor starts another, which finds out from the log. Killed at any instruction, the same thing happens: the store is whole and lies behind at
// most, and the changelog says what was committed.
//
// On start, and whenever it is assigned partitions, a session reads the changelog from the store's offset to the high watermark (package readlog says
// why there and nowhere else) before the first record of a task is polled.
package runner

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// Runner runs the sessions of one process. New is inert; Start opens; Stop ends the running transactions and releases everything.
type Runner struct {
	cfg   Config
	deps  Dependencies
	log   *zap.Logger
	m     *metrics
	cache *state.Cache

	sessions []*session
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	done     chan struct{}

	mu  sync.Mutex
	err error
}

// New checks the configuration and returns a runner that is not started.
func New(cfg Config, deps Dependencies) (*Runner, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.NewOperator == nil {
		return nil, errors.New("attributor: an operator is needed")
	}
	if deps.Logger == nil {
		deps.Logger = zap.NewNop()
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	r := &Runner{cfg: cfg, deps: deps, log: deps.Logger, done: make(chan struct{})}
	var err error
	if r.m, err = newMetrics(deps.Registry, r.cacheBytes); err != nil {
		return nil, fmt.Errorf("register the attributor's metrics: %w", err)
	}
	return r, nil
}

func (r *Runner) cacheBytes() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cache == nil {
		return 0
	}
	return float64(r.cache.SizeBytes())
}

// Start opens the sessions and returns; tasks are assigned and restored in the background (see Ready).
func (r *Runner) Start(ctx context.Context) error {
	cache := state.NewCache(r.cfg.CacheBytes)
	r.setCache(cache)
	for i := range r.cfg.Sessions {
		s, err := r.newSession(i)
		if err != nil {
			for _, opened := range r.sessions {
				opened.client.CloseAllowingRebalance()
			}
			r.setCache(nil)
			cache.Close()
			return fmt.Errorf("open session %d: %w", i, err)
		}
		r.sessions = append(r.sessions, s)
	}
	// The sessions outlive the context of the start; Stop ends them.
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	for _, s := range r.sessions {
		r.wg.Go(func() { r.fail(s.run(run)) })
	}
	r.wg.Go(func() { r.warnAboutTransactions(run) })
	go func() {
		r.wg.Wait()
		r.setCache(nil)
		cache.Close()
		close(r.done)
	}()
	return nil
}

func (r *Runner) setCache(c *state.Cache) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cache = c
}

func (r *Runner) newSession(i int) (*session, error) {
	id := SessionID(r.cfg.Group, r.cfg.Ordinal, i)
	s := &session{
		id: id, cfg: r.cfg, m: r.m, now: r.deps.Now, log: r.log.With(zap.String("session", id)),
		cache: r.cache, tasks: map[int32]*task{}, topics: map[string]string{}, inbox: inbox{cfg: r.cfg.Kafka}, pace: newPace(r.cfg.BatchRecords),
	}
	op, err := r.deps.NewOperator((*taskStore)(s))
	if err != nil {
		return nil, err
	}
	s.op = op
	s.client, err = kafka.NewTransactSession(r.cfg.Kafka, kafka.SessionOptions{
		Group: r.cfg.Group, TransactionalID: id, InstanceID: id,
		Topics: []string{TopicEvents, TopicSubjects}, ExplicitPartition: []string{TopicState}, SessionTimeout: r.cfg.SessionTimeout,
	}, append(s.inbox.opts(), kgo.HeartbeatInterval(r.cfg.SessionTimeout/5))...) // a few may be lost; also how soon a member hears of a rebalance
	return s, err
}

// fail keeps the first error and ends all sessions: what is wrong with one transaction may be wrong with the process.
func (r *Runner) fail(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	if r.err == nil {
		r.err = err
	}
	r.mu.Unlock()
	r.cancel()
}

// Stop ends the running transactions, closes the stores and leaves. It returns when all is closed, or with ctx's error.
func (r *Runner) Stop(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the attributor: %w", ctx.Err())
	}
}

// Done is closed when all sessions have ended, by Stop or by an error (Err). A runner that ended is not started again: the process is.
func (r *Runner) Done() <-chan struct{} { return r.done }

// Err is the error that ended the sessions, nil while they run or after Stop.
func (r *Runner) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Ready is nil when every session has its assignment and all assigned tasks are restored and running.
func (r *Runner) Ready() error {
	if err := r.Err(); err != nil {
		return err
	}
	if len(r.sessions) == 0 {
		return errors.New("attributor is not started")
	}
	for _, s := range r.sessions {
		if !s.ready.Load() {
			return fmt.Errorf("session %s has no assignment yet or is restoring it", s.id)
		}
	}
	return nil
}

// warnAboutTransactions says once when the cluster cannot promise what the protocol rests on.
func (r *Runner) warnAboutTransactions(ctx context.Context) {
	if r.cfg.Embedded {
		return
	}
	version, err := kafka.TransactionVersion(ctx, r.cfg.Kafka)
	switch {
	case err != nil:
		r.log.Debug("the cluster's transaction version is unknown", zap.Error(err))
	case version < 2:
		r.log.Warn("the cluster's transaction.version is below 2: a delayed commit may hit a later transaction, so exactly-once is not certain. Use Kafka 4.0 or later",
			zap.Int16("transaction_version", version))
	}
}

// SessionID is the transactional id and the static member id of a process's i-th session.
func SessionID(group string, ordinal, i int) string {
	return group + "-" + strconv.Itoa(ordinal) + "-" + strconv.Itoa(i)
}

func taskDir(stateDir string, partition int32) string {
	return filepath.Join(stateDir, "task-"+strconv.Itoa(int(partition)))
}

// Package sink writes what the attributor and the collector say into ClickHouse.
//
// Every topic has a pipeline of its own: records become rows, rows become batches, a batch is inserted until it is acknowledged, and only
// then its offsets count as stored. Rows are idempotent (current values by key and version, postings by deterministic id), so a
// replay of anything, in any order, changes nothing. DESIGN.md says why it is so and where things are.
package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/sink/internal/cleaner"
	"github.com/tributary-attribution/tributary/services/sink/internal/consumer"
	"github.com/tributary-attribution/tributary/services/sink/internal/metrics"
	"github.com/tributary-attribution/tributary/services/sink/internal/pipeline"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
	"github.com/tributary-attribution/tributary/services/sink/internal/store"
)

// leaveTimeout bounds the last commit and leaving the group.
const leaveTimeout = 2 * time.Second

// Dependencies are what the sink is given.
type Dependencies struct {
	// Logger is required.
	Logger *zap.Logger
	// Registry takes the sink's metrics. Required.
	Registry prometheus.Registerer
}

// Service is the sink. It is a lifecycle.Component.
type Service struct {
	cfg       Config
	log       *zap.Logger
	metrics   *metrics.Metrics
	store     *store.Store
	consumer  *consumer.Consumer
	cleaner   *cleaner.Cleaner
	pipelines map[string]*pipeline.Pipeline
	giveUp    context.CancelFunc // ends inserts and retries
	prepared  chan struct{}      // closed when prepare has ended

	mu       sync.Mutex
	started  bool
	prepErr  error
	consumes bool
}

// New checks the configuration and builds the sink. Nothing is opened before Start.
func New(cfg Config, deps Dependencies) (*Service, error) {
	if deps.Logger == nil || deps.Registry == nil {
		return nil, errors.New("sink: a logger and a registry are required")
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	m, err := metrics.New(deps.Registry)
	if err != nil {
		return nil, fmt.Errorf("sink: register metrics: %w", err)
	}
	// Every pipeline may have an insert under way, the cleaner a statement, and none should wait for another's connection.
	cfg.ClickHouse.MaxConns = max(cfg.ClickHouse.MaxConns, len(rows.Topics())+2)
	s := &Service{cfg: cfg, log: deps.Logger, metrics: m, pipelines: map[string]*pipeline.Pipeline{}, prepared: make(chan struct{})}
	if s.store, err = store.Open(cfg.ClickHouse); err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	shipped, err := channelfile.Shipped()
	if err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	book := rulebook.New(shipped)
	s.store.UseRules(book, s.rulesRefused)
	member := consumer.Config{
		Kafka: cfg.Kafka, Group: Group, Topics: rows.Topics(), CommitInterval: cfg.CommitInterval, InstanceID: cfg.InstanceID,
		SessionTimeout: cfg.SessionTimeout,
	}
	s.consumer = consumer.New(member, s.offer, m, deps.Logger)
	s.cleaner = cleaner.New(member, s.store, cfg.ErasurePatience, m, deps.Logger)
	for _, topic := range rows.Topics() {
		p, err := pipeline.New(topic, cfg.pipeline(book), s.store, s.consumer.Stored, func() { s.consumer.Resume(topic) }, m, deps.Logger)
		if err != nil {
			return nil, fmt.Errorf("sink: %w", err)
		}
		s.pipelines[topic] = p
	}
	return s, nil
}

// rulesRefused tells of channel rules that this build cannot read: their workspace's costs stay where they are.
func (s *Service) rulesRefused(err error) {
	s.metrics.RulesRefused()
	s.log.Warn("costs stay in their channels", zap.Error(err))
}

func (c Config) pipeline(book *rulebook.Book) pipeline.Config {
	return pipeline.Config{
		BatchRows: c.BatchRows, BatchBytes: c.BatchBytes, FlushInterval: c.FlushInterval, QueueBytes: c.QueueBytes,
		RetryMin: c.RetryMin, RetryMax: c.RetryMax, Models: c.Models, Rules: book,
	}
}

// Start begins to work and returns at once. A ClickHouse that is away does not fail it: nothing is consumed, and Ready says so, until the
// migrations could be applied.
func (s *Service) Start(ctx context.Context) error {
	// The work outlives the start's context and ends with Stop.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.giveUp = cancel
	for _, p := range s.pipelines {
		p.Start(ctx)
	}
	s.mu.Lock()
	s.started = true
	s.mu.Unlock()
	go s.prepare(ctx)
	return nil
}

// prepare makes ClickHouse ready for inserts, however long that takes, and then starts to consume.
func (s *Service) prepare(ctx context.Context) {
	defer close(s.prepared)
	for pause := s.cfg.RetryMin; ; pause = min(2*pause, s.cfg.RetryMax) {
		err := s.prepareOnce(ctx)
		s.mu.Lock()
		s.prepErr = err
		s.consumes = err == nil
		s.mu.Unlock()
		if err == nil || ctx.Err() != nil {
			return
		}
		s.log.Warn("sink waits for its engines", zap.Error(err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (s *Service) prepareOnce(ctx context.Context) error {
	if s.cfg.Migrate {
		if err := clickhouse.Migrate(ctx, s.cfg.ClickHouse, s.log); err != nil {
			return err
		}
	}
	if err := s.storeRates(ctx); err != nil {
		return err
	}
	if err := s.store.ClassifySpend(ctx); err != nil {
		return err
	}
	if err := s.cleaner.Start(ctx); err != nil {
		return err
	}
	return s.consumer.Start(ctx)
}

// storeRates makes currency_rates equal to the configured rates: the new rows first, under a version of their own, then the older ones go.
func (s *Service) storeRates(ctx context.Context) error {
	if len(s.cfg.Rates) == 0 {
		return nil
	}
	version := uint64(time.Now().UnixMicro())
	t := rows.NewRates(version)
	for _, r := range s.cfg.Rates {
		t.Add(r.Workspace, r.Currency, r.Day, r.Rate)
	}
	if err := s.store.Insert(ctx, t.Table(), fmt.Sprintf("rates/%d", version)); err != nil {
		return fmt.Errorf("store currency rates: %w", err)
	}
	if err := s.store.Exec(ctx, fmt.Sprintf("DELETE FROM currency_rates WHERE version < %d", version)); err != nil {
		return fmt.Errorf("remove former currency rates: %w", err)
	}
	return nil
}

func (s *Service) offer(topic string, records []rows.Record) bool {
	return s.pipelines[topic].Offer(records)
}

// Ready says why the sink does not make progress: its engines are not prepared, or an insert is being retried.
func (s *Service) Ready() error {
	s.mu.Lock()
	started, consumes, prepErr := s.started, s.consumes, s.prepErr
	s.mu.Unlock()
	switch {
	case !started:
		return errors.New("sink is not started")
	case prepErr != nil:
		return fmt.Errorf("sink waits for its engines: %w", prepErr)
	case !consumes:
		return errors.New("sink is preparing its tables")
	case s.consumer.Assigned() == 0:
		return errors.New("sink has no partitions yet")
	}
	for topic, p := range s.pipelines {
		if err := p.Err(); err != nil {
			return fmt.Errorf("sink retries an insert of %s: %w", topic, err)
		}
	}
	return nil
}

// Stop stops fetching, writes what was fetched, commits its offsets and leaves the group. What cannot be written in time is written after the
// next start: its offsets are not committed.
func (s *Service) Stop(ctx context.Context) error {
	consumes := s.unprepare()
	if consumes {
		s.consumer.StopFetching()
	}
	s.stopCleaner(ctx)
	s.drain(ctx)
	var errs []error
	if consumes {
		// The pipelines may have used all the time there was; saying good-bye gets its own, or others would wait for this member.
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
		errs = append(errs, s.consumer.Close(bye))
		cancel()
	}
	errs = append(errs, s.store.Close())
	return errors.Join(errs...)
}

// unprepare ends prepare if it is still at it, and reports whether the sink consumes.
func (s *Service) unprepare() bool {
	s.mu.Lock()
	s.started = false
	preparing := !s.consumes
	s.mu.Unlock()
	if preparing {
		s.giveUp()
	}
	<-s.prepared
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.consumes
}

func (s *Service) stopCleaner(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	s.cleaner.Stop(ctx)
}

// drain waits for the pipelines, and gives the rest up when the context ends.
func (s *Service) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.StopTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, s.giveUp)
	defer stop()
	var wg sync.WaitGroup
	for _, p := range s.pipelines {
		wg.Go(p.Drain)
	}
	wg.Wait()
	s.giveUp()
}

// Package collector takes events from browsers, servers and CRMs over HTTP and answers 2xx only when Kafka has acknowledged every one of them, or, while it is away, when
// they are synced to the disk.
//
// DESIGN.md has the map of its packages and what is not obvious about them.
package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/services/collector/internal/httpapi"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/pixel"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
	"github.com/tributary-attribution/tributary/services/collector/internal/receipt"
	"github.com/tributary-attribution/tributary/services/collector/internal/spool"
)

// Dependencies are what the collector is given. All may be nil.
type Dependencies struct {
	// Logger takes the service's log lines. Nil: silent.
	Logger *zap.Logger
	// Registry takes the metrics, Gatherer serves /metrics (usually the same registry). Nil: none.
	Registry prometheus.Registerer
	Gatherer prometheus.Gatherer
	// Now is the clock of receipt. Nil: the system's.
	Now func() time.Time
}

// Service is a collector: a lifecycle component that may end by itself.
type Service struct {
	log      *zap.Logger
	from     *senders
	reloads  *prometheus.CounterVec
	producer *produce.Producer
	spool    *spool.Spool
	server   *httpx.Server
}

// New returns a collector, not yet listening. The error names every setting that cannot work.
func New(cfg Config, dep Dependencies) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("collector: %w", err)
	}
	if dep.Logger == nil {
		dep.Logger = zap.NewNop()
	}
	if dep.Now == nil {
		dep.Now = time.Now
	}
	from, err := cfg.build()
	if err != nil {
		return nil, fmt.Errorf("collector: %w", err)
	}
	cfg.Kafka.ClientID += "-collector"
	producer, err := produce.New(cfg.Produce, cfg.Kafka, dep.Registry)
	if err != nil {
		return nil, fmt.Errorf("collector: %w", err)
	}
	s := &Service{log: dep.Logger, producer: producer, from: from, reloads: newReloads(dep.Registry)}
	if s.spool, err = spool.New(cfg.Spool, producer, dep.Logger, dep.Registry); err != nil {
		return nil, fmt.Errorf("collector: %w", err)
	}
	handler, err := httpapi.New(cfg.Limits, httpapi.Dependencies{
		Intake: intake.New(receipt.New(dep.Now), cfg.FutureMax.Microseconds(), dep.Registry),
		Sender: s.spool, Keys: from.keys, Webhooks: from.webhooks, CRMs: from.crms, Checks: httpx.Checks{"kafka": s.spool.Ready},
		Logger: dep.Logger, Registry: dep.Registry, Gatherer: dep.Gatherer, Now: dep.Now, PublicURL: cfg.PublicURL,
	})
	if err != nil {
		return nil, fmt.Errorf("collector: limits: %w", err)
	}
	if handler, err = pixel.Wrap(handler, pixel.Options{Demo: cfg.DemoPage, Key: cfg.demoKey()}); err != nil {
		return nil, fmt.Errorf("collector: %w", err)
	}
	if s.server, err = httpx.NewServer(cfg.HTTP, handler, dep.Logger); err != nil {
		return nil, fmt.Errorf("collector: %w", err)
	}
	return s, nil
}

// Start opens the producer and the spool, and listens. Kafka may be away: requests then go to the spool; without one they are answered 503, and Ready says so.
func (s *Service) Start(ctx context.Context) error {
	if err := s.producer.Start(ctx); err != nil {
		return fmt.Errorf("start collector: %w", err)
	}
	if err := s.spool.Start(ctx); err != nil {
		return errors.Join(fmt.Errorf("start collector: %w", err), s.producer.Stop(ctx))
	}
	if err := s.server.Start(ctx); err != nil {
		return errors.Join(fmt.Errorf("start collector: %w", err), s.spool.Stop(ctx), s.producer.Stop(ctx))
	}
	s.log.Info("collector listens", zap.String("addr", s.server.Addr()))
	return nil
}

// Stop takes no more requests, lets running ones finish and waits for their acknowledgements, at most until ctx ends. What was answered 2xx is in Kafka
// already, or on the disk for the next start; what was not is the sender's to repeat.
func (s *Service) Stop(ctx context.Context) error {
	return errors.Join(s.server.Stop(ctx), s.spool.Stop(ctx), s.producer.Stop(ctx))
}

// Ready says whether requests can be expected to succeed.
func (s *Service) Ready() error { return s.spool.Ready() }

// Addr is where the collector listens, with its real port.
func (s *Service) Addr() string { return s.server.Addr() }

// Done is closed when the collector has ended; Err then says why, nil after Stop.
func (s *Service) Done() <-chan struct{} { return s.server.Done() }

// Err says why the collector ended by itself.
func (s *Service) Err() error { return s.server.Err() }

// Package attributor is the service that turns events into credit and keeps it current: tasks over the partitions of events-v1 and subjects-v1, state in
// local stores with a changelog, everything committed in transactions. DESIGN.md says how.
//
// Besides the service there is what other commands need of it: Recompute, the same credit computed in one batch, to compare with; and Rebuild,
// which drops everything derived so that it is computed again.
package attributor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/eraser"
)

// Dependencies are what the service uses and does not own.
type Dependencies struct {
	// Logger takes lines about tasks and transactions, never about records. Nil: silent.
	Logger *zap.Logger
	// Registry takes tributary_attributor_*. Nil: none.
	Registry prometheus.Registerer
}

// Service is a running attributor. New is inert; Start opens; Stop ends the running transactions and releases everything.
type Service struct {
	runner *runner.Runner
	// eraser is nil where it does not run.
	eraser *eraser.Eraser
	cfg    Config
}

// New checks the configuration and returns a service that is not started.
func New(cfg Config, deps Dependencies) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.ConfiguredAt.IsZero() {
		cfg.ConfiguredAt = time.Now()
	}
	metrics, err := operator.NewMetrics(deps.Registry)
	if err != nil {
		return nil, fmt.Errorf("register the operator's metrics: %w", err)
	}
	needed := rebuildNeeded(deps.Logger)
	r, err := runner.New(cfg.runner(), runner.Dependencies{
		NewOperator: func(store operator.Store) (runner.Operator, error) {
			o := cfg.operator()
			o.RebuildNeeded = needed
			return operator.New(o, store, metrics)
		},
		Logger: deps.Logger, Registry: deps.Registry,
	})
	if err != nil {
		return nil, err
	}
	s := &Service{runner: r, cfg: cfg}
	if len(cfg.ErasureSecret) > 0 && cfg.Ordinal == 0 {
		if s.eraser, err = eraser.New(cfg.eraser(), deps.Logger, deps.Registry); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// rebuildNeeded says once of each workspace that its configuration asks for a rebuild.
func rebuildNeeded(log *zap.Logger) func(workspace string) {
	var said sync.Map
	return func(workspace string) {
		if _, again := said.LoadOrStore(workspace, true); !again && log != nil {
			log.Warn("conversions, forms or the session gap have changed: what came before stays as it was computed, and what comes now may contradict it; run: tributary rebuild",
				zap.String("workspace", workspace))
		}
	}
}

// Start opens the sessions and returns; tasks are assigned and restored in the background (see Ready). The topics exist already.
func (s *Service) Start(ctx context.Context) error {
	if err := s.runner.Start(ctx); err != nil {
		return err
	}
	if err := lookAtRules(ctx, s.cfg); err != nil {
		return errors.Join(err, s.runner.Stop(context.WithoutCancel(ctx)))
	}
	if s.eraser != nil {
		s.eraser.Start(ctx)
	}
	return nil
}

// Stop ends the running transactions, closes the stores and leaves. It returns when all is closed, or with ctx's error.
func (s *Service) Stop(ctx context.Context) error {
	if s.eraser != nil {
		s.eraser.Stop()
	}
	return s.runner.Stop(ctx)
}

// Ready is nil when all tasks assigned to this process are restored and running.
func (s *Service) Ready() error { return s.runner.Ready() }

// Done is closed when the service has ended, by Stop or by an error (Err). An ended service is not started again: the process is, because only a
// new one knows what was committed.
func (s *Service) Done() <-chan struct{} { return s.runner.Done() }

// Err is the error that ended the service, nil while it runs and after Stop.
func (s *Service) Err() error { return s.runner.Err() }

// ErasureID is the name under which erasures-v1 reports a request to erase: it says nothing about whom it is about to those who do not have the secret.
func ErasureID(secret []byte, workspace, requestID string) string {
	return eraser.OrderID(secret, workspace, requestID)
}

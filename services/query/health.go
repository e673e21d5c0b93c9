package query

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
)

// healthInterval is how often ClickHouse is asked for a sign of life, and healthTimeout how long it may take to give one. Together they bound how
// long readiness is wrong.
const (
	healthInterval = 2 * time.Second
	healthTimeout  = 2 * time.Second
)

// pinger is what health watches.
type pinger interface {
	Ping(ctx context.Context) error
}

// health knows whether ClickHouse answers, so that a probe need not ask.
type health struct {
	db   pinger
	log  *zap.Logger
	mu   sync.Mutex
	err  error
	quit context.CancelFunc
	done chan struct{}
}

// errNotStarted is before the first sign of life was asked for.
var errNotStarted = errors.New("not started")

func newHealth(db pinger, log *zap.Logger) *health {
	return &health{db: db, log: log, err: errNotStarted}
}

// Ready says why ClickHouse could not be asked; nil when it answered last time.
func (h *health) Ready() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// start asks once, so that readiness is true from the beginning, then regularly. The watch outlives the context of the start.
func (h *health) start(ctx context.Context) {
	ctx, h.quit = context.WithCancel(context.WithoutCancel(ctx))
	h.done = make(chan struct{})
	h.ask(ctx)
	go h.watch(ctx)
}

func (h *health) stop() {
	if h.quit != nil {
		h.quit()
		<-h.done
	}
}

func (h *health) watch(ctx context.Context) {
	defer close(h.done)
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.ask(ctx)
		}
	}
}

func (h *health) ask(ctx context.Context) {
	asked, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	err := h.db.Ping(asked)
	h.mu.Lock()
	before := h.err
	h.err = err
	h.mu.Unlock()
	switch {
	case ctx.Err() != nil:
	case err != nil && (before == nil || errors.Is(before, errNotStarted)):
		h.log.Warn("ClickHouse is away", zap.Error(err))
	case err == nil && before != nil:
		h.log.Info("ClickHouse answers")
	}
}

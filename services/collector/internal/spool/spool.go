// Package spool keeps records on the disk while Kafka is away, so that their senders need not wait for it.
//
// As long as Kafka answers it is not in the way: Send passes records on. When Kafka does not acknowledge in time, or has no room, or is known to be away, the
// request's records are written to the journal, synced, and that is what Send answers for. From then on everything goes through the journal, in order, until it
// is delivered: so the order of each key's records is kept. Records may reach Kafka twice (a produce whose wait ended may still arrive; a killed process does not know
// its last deliveries); they are the same bytes with the same id, and count once.
package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// Errors of Send besides those of the producer. The records are neither in Kafka nor on the disk.
var (
	ErrFull   = errors.New("kafka is away and the spool is full")
	ErrClosed = errors.New("the collector is stopping")
)

// Config bounds the spool.
type Config struct {
	// Dir is its folder, of one collector alone. Empty: no spool, requests are answered 503 while Kafka is away.
	Dir string `yaml:"dir"`
	// MaxBytes is how much it may hold.
	MaxBytes int64 `yaml:"max_bytes"`
	// SegmentBytes is how long one file gets; delivered files are removed whole.
	SegmentBytes int64 `yaml:"segment_bytes"`
	// After is how long a request waits for Kafka's acknowledgement before it goes to the spool.
	After time.Duration `yaml:"after"`
}

// DefaultConfig holds 1 GiB: about two million events.
func DefaultConfig() Config {
	return Config{MaxBytes: 1 << 30, SegmentBytes: 16 << 20, After: 2 * time.Second}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	if c.Dir == "" {
		return nil
	}
	if c.SegmentBytes < 4<<10 || c.MaxBytes < c.SegmentBytes {
		return fmt.Errorf("spool: max_bytes (%d) must be at least segment_bytes (%d), and that at least 4096", c.MaxBytes, c.SegmentBytes)
	}
	if c.After <= 0 {
		return errors.New("spool: after must be positive")
	}
	return nil
}

// Kafka is the way that the spool stands in for.
type Kafka interface {
	// Send is produce.Producer's.
	Send(ctx context.Context, records []produce.Record) error
	// Deliver waits for the acknowledgement however long it takes.
	Deliver(ctx context.Context, records []produce.Record) error
	// Reachable says whether Kafka answers; nil as well as long as nobody knows.
	Reachable() error
	Ready() error
}

var _ Kafka = (*produce.Producer)(nil)

// Spool sends records, to Kafka or to the disk. It is a lifecycle component.
type Spool struct {
	cfg     Config
	kafka   Kafka
	log     *zap.Logger
	metrics *metrics

	journal *journal
	lock    *os.File
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New returns a spool in front of k, not yet open. A nil logger is silent.
func New(cfg Config, k Kafka, log *zap.Logger, reg prometheus.Registerer) (*Spool, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = zap.NewNop()
	}
	return &Spool{cfg: cfg, kafka: k, log: log, metrics: newMetrics(reg)}, nil
}

// Start locks the folder, takes up what an earlier process left, and begins to deliver it.
func (s *Spool) Start(ctx context.Context) error {
	if s.cfg.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("create the spool: %w", err)
	}
	var err error
	if s.lock, err = lock(s.cfg.Dir); err != nil {
		return err
	}
	if s.journal, err = openJournal(s.cfg, s.metrics); err != nil {
		return errors.Join(err, s.lock.Close())
	}
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.running.Go(func() { s.write(loop) })
	s.running.Go(func() { s.deliver(loop) })
	return nil
}

// Stop takes no more records. What is not delivered stays on the disk for the next start.
func (s *Spool) Stop(context.Context) error {
	if s.journal == nil {
		return nil
	}
	s.cancel()
	s.running.Wait()
	s.journal.close()
	return s.lock.Close()
}

// Ready says whether requests can be expected to be taken: by Kafka, or by the disk while it is away.
func (s *Spool) Ready() error {
	err := s.kafka.Ready()
	if err != nil && s.journal != nil && s.journal.room() {
		return nil
	}
	return err
}

// Send returns when the records are acknowledged by Kafka, or on the disk.
func (s *Spool) Send(ctx context.Context, records []produce.Record) error {
	if s.journal == nil {
		return s.kafka.Send(ctx, records)
	}
	if !s.journal.holds() && s.kafka.Reachable() == nil {
		wait, cancel := context.WithTimeout(ctx, s.cfg.After)
		err := s.kafka.Send(wait, records)
		cancel()
		if !errors.Is(err, produce.ErrBusy) && !errors.Is(err, produce.ErrTimeout) {
			return err
		}
	}
	// Also for a client that has gone: what it sent is as good as before.
	return s.journal.append(records)
}

func (s *Spool) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.journal.wake:
			s.journal.write()
		}
	}
}

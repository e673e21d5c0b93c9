// Package eraser acts on requests to erase a person: it edits events-v1 (package erasure says how), waits until the attributor has worked the edit off,
// removes the records for good, and hands the rest to the sink through erasures-v1.
//
// It follows events-v1 behind the attributor, for requests and for events that come late. One process of a cluster runs it. Killed at any instruction it
// begins the same request again: its position is committed last, an edit is one transaction, and editing an edited log changes nothing.
package eraser

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/erasure"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
)

// Contract names of the topics it reads and writes.
const (
	TopicEvents      = "events-v1"
	TopicErasures    = "erasures-v1"
	topicSubjects    = "subjects-v1"
	topicTouchpoints = "touchpoints-v1"
)

// Config is how an eraser works.
type Config struct {
	Kafka kafka.Config
	// Group is the attributor's consumer group: the eraser waits for it.
	Group string
	// Partitions is the partition count of events-v1.
	Partitions int32
	// Rules decide who is who.
	Rules *rules.Set
	// Secret keys what is left of erased ids. Changing it makes late events of those erased before unrecognisable.
	Secret []byte
	// Interval is the pause between two looks at the log.
	Interval time.Duration
}

// Validate names what is missing.
func (c Config) Validate() error {
	var errs []error
	if len(c.Secret) < 16 {
		errs = append(errs, errors.New("eraser: the secret must have at least 16 bytes"))
	}
	if c.Partitions < 1 || c.Rules == nil || c.Group == "" || c.Interval <= 0 {
		errs = append(errs, errors.New("eraser: partitions, rules, a group and an interval are needed"))
	}
	return errors.Join(errs...)
}

// Eraser follows the log. New is inert; Start opens; Stop ends what is under way, to be begun again by the next start.
type Eraser struct {
	cfg    Config
	log    *zap.Logger
	m      *metrics
	marks  *erasure.Marks
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// New checks the configuration.
func New(cfg Config, log *zap.Logger, reg prometheus.Registerer) (*Eraser, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = zap.NewNop()
	}
	m, err := newMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("register the eraser's metrics: %w", err)
	}
	return &Eraser{cfg: cfg, log: log, m: m, marks: erasure.NewMarks(cfg.Secret)}, nil
}

// Start follows the log in the background. An error there is logged and tried again: nothing else of the attributor depends on it.
func (e *Eraser) Start(ctx context.Context) {
	ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.wg.Go(func() { e.run(ctx) })
}

// Stop ends the work and waits for its end.
func (e *Eraser) Stop() {
	if e.cancel != nil {
		e.cancel()
		e.wg.Wait()
	}
}

func (e *Eraser) run(ctx context.Context) {
	tick := time.NewTicker(e.cfg.Interval)
	defer tick.Stop()
	known := false
	for {
		var err error
		if !known {
			err = e.learn(ctx)
			known = err == nil
		}
		if known {
			err = e.round(ctx)
		}
		if err != nil && ctx.Err() == nil {
			e.m.errors.Inc()
			e.log.Warn("erasing is tried again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// learn reads the marks of everything erased so far.
func (e *Eraser) learn(ctx context.Context) error {
	bounds, err := readlog.Find(ctx, e.cfg.Kafka, TopicErasures)
	if err != nil {
		return err
	}
	return readlog.Read(ctx, e.cfg.Kafka, TopicErasures, bounds.Start, bounds, func(b readlog.Batch) error {
		for _, rec := range b.Records {
			m := &pb.Erasure{}
			if len(rec.Value) > 0 && m.UnmarshalVT(rec.Value) == nil && m.State == pb.ErasureState_ERASURE_STATE_MARK {
				e.marks.Add(m.ErasureId, m.UntilUs, m.RequestedUs)
			}
		}
		e.m.marks.Set(float64(e.marks.Len()))
		return nil
	}, nil)
}

// round reads what is new in the log and erases what that asks for.
func (e *Eraser) round(ctx context.Context) error {
	from, bounds, err := e.position(ctx)
	if err != nil {
		return err
	}
	next := make(map[int32]int64, len(from))
	var requests []erasure.Request
	err = readlog.Read(ctx, e.cfg.Kafka, TopicEvents, from, bounds, func(b readlog.Batch) error {
		for _, rec := range b.Records {
			if q, err := e.look(rec); err != nil {
				return err
			} else if q != nil {
				requests = append(requests, *q)
			}
		}
		next[b.Partition] = b.Next
		return nil
	}, nil)
	if err != nil {
		return err
	}
	if len(requests) > 0 {
		start := time.Now()
		if err := e.erase(ctx, requests); err != nil {
			return fmt.Errorf("erase for %d requests: %w", len(requests), err)
		}
		e.m.seconds.Observe(time.Since(start).Seconds())
	}
	return e.commit(ctx, next)
}

// look reads one record for what it asks.
func (e *Eraser) look(rec *kgo.Record) (*erasure.Request, error) {
	ev, err := operator.DecodeEvent(rec.Key, rec.Value)
	var poison *operator.PoisonError
	if errors.As(err, &poison) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if q := erasure.RequestOf(rec.Key, ev); q != nil {
		e.m.requests.WithLabelValues("asked").Inc()
		return q, nil
	}
	q := e.marks.Late(ev)
	if q != nil {
		e.m.requests.WithLabelValues("late").Inc()
	}
	return q, nil
}

package spool

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
)

const (
	// deliverBytes is how much goes to Kafka at a time.
	deliverBytes = 1 << 20
	// retryEvery is how long a failed delivery waits for the next try.
	retryEvery = 500 * time.Millisecond
)

// deliver brings the journal to Kafka, oldest first, whenever something is in it.
func (s *Spool) deliver(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.journal.more:
		}
		if !s.journal.holds() {
			continue
		}
		s.log.Warn("kafka is away: records go to the spool", zap.String("dir", s.cfg.Dir))
		sent, err := s.drain(ctx)
		if err != nil {
			return // the process is stopping; the rest stays on the disk
		}
		s.log.Info("the spool is delivered", zap.Int("records", sent))
	}
}

// drain delivers until the journal is empty and released. Its only error is that of ctx.
func (s *Spool) drain(ctx context.Context) (int, error) {
	sent, told := 0, false
	for {
		n, err := s.step(ctx)
		sent, told = sent+n, told && err != nil
		switch {
		case ctx.Err() != nil:
			return sent, ctx.Err()
		case err != nil:
			s.metrics.failed.Inc()
			if !told { // once per outage, not twice a second
				s.log.Warn("cannot deliver the spool, will try again", zap.Error(err))
			}
			told = true
			if !pause(ctx, retryEvery) {
				return sent, ctx.Err()
			}
		case n == 0 && s.journal.release():
			return sent, nil
		case n == 0: // something is being written
			select {
			case <-ctx.Done():
				return sent, ctx.Err()
			case <-s.journal.more:
			}
		}
	}
}

// step delivers the next records and returns how many.
func (s *Spool) step(ctx context.Context) (int, error) {
	if err := s.kafka.Reachable(); err != nil {
		return 0, err
	}
	records, next, err := s.journal.read(deliverBytes)
	if err != nil && len(records) == 0 {
		if errors.Is(err, errTorn) {
			// Damaged on the disk after it was synced. The file is kept; everything behind it must not wait for ever.
			s.metrics.errors.Inc()
			s.log.Error("a segment of the spool is damaged and put aside", zap.Error(err))
			return 0, s.journal.skip(next)
		}
		return 0, err
	}
	if len(records) == 0 {
		return 0, nil
	}
	if err := s.kafka.Deliver(ctx, records); err != nil {
		return 0, err
	}
	s.metrics.out.Add(float64(len(records)))
	return len(records), s.journal.delivered(next)
}

// pause waits; false when ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

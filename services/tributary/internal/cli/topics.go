package cli

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/lifecycle"
)

const (
	// topicsPatience is how long a collector's start waits for Kafka: in a new cluster the topics have to be there before the first event.
	topicsPatience = 3 * time.Second
	topicsEvery    = 2 * time.Second
)

// topicsInTheBackground makes missing topics like ensureTopics, but does not keep a collector from starting while Kafka is away: what it accepts goes to its spool, and
// a collector that was restarted has to send what is there.
func (s *surroundings) topicsInTheBackground() lifecycle.Component {
	var running sync.WaitGroup
	cancel := func() {}
	return lifecycle.Funcs{
		OnStart: func(ctx context.Context) error {
			first, done := context.WithTimeout(ctx, topicsPatience)
			err := s.ensureTopics(first)
			done()
			if err == nil {
				return nil
			}
			s.log.Warn("kafka is away: the collector starts all the same", zap.Error(err))
			loop, stop := context.WithCancel(context.WithoutCancel(ctx))
			cancel = stop
			running.Go(func() { s.retryTopics(loop) })
			return nil
		},
		OnStop: func(context.Context) error {
			cancel()
			running.Wait()
			return nil
		},
	}
}

func (s *surroundings) retryTopics(ctx context.Context) {
	tick := time.NewTicker(topicsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if s.ensureTopics(ctx) == nil {
				return
			}
		}
	}
}

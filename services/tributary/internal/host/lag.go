package host

import (
	"context"
	"time"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
)

// lagTimeout bounds a question to Kafka on behalf of somebody who looks at the pipeline's health.
const lagTimeout = 2 * time.Second

// groupLag tells how many records wait for each consumer group; nil when Kafka does not answer. A connection for each question: they are rare.
func groupLag(cfg kafka.Config) func(context.Context) map[string]int64 {
	return func(ctx context.Context) map[string]int64 {
		ctx, cancel := context.WithTimeout(ctx, lagTimeout)
		defer cancel()
		w, err := broker.NewWatcher(cfg)
		if err != nil {
			return nil
		}
		defer w.Close()
		lag := map[string]int64{}
		for _, stage := range broker.Pipeline() {
			waiting, err := w.Lag(ctx, stage)
			if err != nil {
				return nil
			}
			lag[stage.Group] = waiting.Total()
		}
		return lag
	}
}

// GroupLag is groupLag of brokers that are given; nil without any, which means that nobody can be asked.
func GroupLag(cfg kafka.Config) func(context.Context) map[string]int64 {
	if len(cfg.Brokers) == 0 {
		return nil
	}
	return groupLag(cfg)
}

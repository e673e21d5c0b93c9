package host

import (
	"context"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// Prepare makes the topics and tables that are missing, and checks those that are there.
func Prepare(ctx context.Context, cfg *config.Config, engines *Engines, log *zap.Logger) error {
	steps, ctx := errgroup.WithContext(ctx)
	steps.Go(func() error {
		return kafka.EnsureTopics(ctx, engines.Kafka, cfg.Engines.Kafka.PartitionCount(), cfg.Engines.Kafka.Replication)
	})
	steps.Go(func() error { return clickhouse.Migrate(ctx, engines.ClickHouse, log.Named("clickhouse")) })
	return steps.Wait()
}

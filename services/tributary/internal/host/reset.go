package host

import (
	"context"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/sink"
)

// Reset drops everything that follows from events-v1: the attributor's topics, offsets and local state, then the tables and the sink's
// offsets. No attributor and no sink may run. After an error it must be run again: what is left then is neither old nor new.
func Reset(ctx context.Context, cfg *config.Config, engines *Engines) error {
	attributorConfig, err := AttributorConfig(cfg, engines.Kafka)
	if err != nil {
		return err
	}
	sinkConfig, err := SinkConfig(cfg, engines.Kafka, engines.ClickHouse)
	if err != nil {
		return err
	}
	if err := attributor.Rebuild(ctx, attributorConfig); err != nil {
		return fmt.Errorf("drop the attributor's topics and state: %w", err)
	}
	// After the topics, so that rows of before cannot come back; before any sink, which would insert rows of both.
	if err := sink.TruncateDerived(ctx, sinkConfig); err != nil {
		return fmt.Errorf("empty the tables: %w", err)
	}
	return engines.Recovered()
}

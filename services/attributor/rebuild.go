package attributor

import (
	"context"

	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/rebuild"
)

// Rebuild drops everything that follows from events-v1: local state, the consumer group with its offsets, and the topics subjects-v1, state-v1, credits-v1,
// cells-v1, touchpoints-v1, conversions-v1, opportunities-v1, ledger-v1 and models-v1, which are made anew and empty. events-v1, spend-v1, plans-v1 and rejected-v1
// stay. An attributor started afterwards computes everything again.
//
// No attributor of the group may run; with one, Rebuild fails or waits until ctx ends. After an error it must be run again.
//
// Versions of rows begin at 1 again. So the ClickHouse side must be emptied as well, with no sink running, after Rebuild and before the attributor starts:
// sink.TruncateDerived, which also makes the sink read the new topics from their start (its offsets belong to the old ones).
func Rebuild(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	members := make([]string, cfg.Sessions)
	for i := range members {
		members[i] = runner.SessionID(cfg.Group, cfg.Ordinal, i)
	}
	return rebuild.Run(ctx, rebuild.Options{Kafka: cfg.Kafka, Group: cfg.Group, Members: members, StateDir: cfg.StateDir})
}

package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/sink/internal/consumer"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
)

// derivedTables are the tables of what the attributor computes. Spend, plans and refused input come from outside and stay.
func derivedTables() []string {
	return []string{
		"shadow_credits_rows", "shadow_cells_rows", "standings_rows",
		"credits_rows", "ledger_rows", "cells_rows", "touchpoints_rows", "conversions_rows", "opportunities_rows", "opportunity_stages_rows",
		"opportunity_versions_rows",
	}
}

// derivedTopics are the topics those tables come from.
func derivedTopics() []string {
	return []string{
		rows.TopicCredits, rows.TopicLedger, rows.TopicCells, rows.TopicTouchpoints, rows.TopicConversions, rows.TopicOpportunities,
		rows.TopicModels,
	}
}

// TruncateDerived empties the tables of what the attributor computes and makes the sink read their topics from the start, as part of a rebuild. No
// sink of the group may run: one that did would write rows of before after the tables are empty, and commit its offsets again.
//
// A rebuild has emptied the topics before; otherwise the current rows come back, which is the way to put right what the sink missed in a long outage.
func TruncateDerived(ctx context.Context, cfg Config) error {
	if err := truncate(ctx, cfg.ClickHouse); err != nil {
		return err
	}
	return consumer.ForgetOffsets(ctx, cfg.Kafka, Group, derivedTopics())
}

func truncate(ctx context.Context, cfg clickhouse.Config) (err error) {
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, table := range derivedTables() {
		stmt := "TRUNCATE TABLE IF EXISTS " + table
		if cfg.Cluster != "" {
			stmt += " ON CLUSTER '" + cfg.Cluster + "'"
		}
		if err := conn.Exec(ctx, stmt+" SYNC"); err != nil {
			return fmt.Errorf("empty table %s: %w", table, err)
		}
	}
	return nil
}

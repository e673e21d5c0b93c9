package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// withdrawn are the current costs of some days with the first statement that came after them and withdraws them. GLOBAL sends the statements to the shards of a cluster; on one server it means nothing.
const withdrawn = `
FROM %[1]s AS s FINAL
GLOBAL INNER JOIN (SELECT workspace, day, platform, account_id, version, received_at FROM %[2]s WHERE day BETWEEN {from:Date} AND {to:Date}) AS d
    ON d.workspace = s.workspace AND d.day = s.day AND d.platform = s.platform AND d.account_id = s.account_id
WHERE s.day BETWEEN {from:Date} AND {to:Date} AND s.version < d.version
ORDER BY d.version LIMIT 1 BY s.workspace, s.day, s.spend_key`

// withdraw takes costs back that were received before their day was stated anew. The row that takes a cost back has the statement's version, so a cost that the statement
// itself repeats, which has a higher one, stays. Doing it again changes nothing.
//
// The history comes first: after a crash between the two the costs are still current, and both are done again.
func (s *Store) withdraw(ctx context.Context, from, to time.Time) error {
	settings := insertSettings("")
	delete(settings, "insert_deduplication_token") // what is to be withdrawn depends on the moment
	settings["insert_deduplicate"] = 0
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings), clickhouse.WithParameters(clickhouse.Parameters{
		"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly),
	}))
	source := fmt.Sprintf(withdrawn, s.cfg.Table("spend_rows"), s.cfg.Table("spend_days_rows"))
	same := "channel, campaign, source, medium, currency, exponent, rules_version"
	history := "INSERT INTO " + s.cfg.Table("spend_versions_rows") + " (workspace, day, spend_key, version, " + same + ", spend_minor, impressions, clicks, received_at)\n" +
		"SELECT s.workspace, s.day, s.spend_key, d.version, " + of(same) + ", 0, 0, 0, d.received_at" + source
	same += ", platform, account_id, campaign_id, ad_group, ad, spend_minor, impressions, clicks, platform_campaign, given_source, given_medium, given_campaign, given_channel, given_rules"
	current := "INSERT INTO " + s.cfg.Table("spend_rows") + " (workspace, day, spend_key, version, is_deleted, " + same + ", received_at)\n" +
		"SELECT s.workspace, s.day, s.spend_key, d.version, 1, " + of(same) + ", d.received_at" + source
	for _, stmt := range []string{history, current} {
		if err := s.conn.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("withdraw costs of days that were stated anew: %w", err)
		}
	}
	return nil
}

// of qualifies columns as those of the cost.
func of(columns string) string { return "s." + strings.ReplaceAll(columns, ", ", ", s.") }

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

// rememberedText tells the history of costs of one workspace and year of which it knows another place last than they stand at. GLOBAL sends the statement to the shards of a cluster;
// on one server it means nothing.
const rememberedText = `INSERT INTO %[1]s
    (workspace, day, spend_key, version, classified, received_at, cause_event_id, currency, exponent, spend_minor, impressions, clicks, channel, campaign, source, medium, rules_version)
SELECT s.workspace, s.day, s.spend_key, s.version, %[3]d, greatest(s.received_at, fromUnixTimestamp64Milli(%[4]d, 'UTC')), %[6]s, s.currency, s.exponent, s.spend_minor, s.impressions, s.clicks,
    s.channel, s.campaign, s.source, s.medium, s.rules_version
FROM %[2]s AS s FINAL
GLOBAL INNER JOIN (
    SELECT day, spend_key, version,
        argMax((toString(channel), toString(campaign), toString(source), toString(medium), toString(rules_version)), classified) AS known
    FROM %[1]s FINAL WHERE workspace = %[5]s AND day BETWEEN {from:Date} AND {to:Date} GROUP BY day, spend_key, version
) AS h ON h.day = s.day AND h.spend_key = s.spend_key AND h.version = s.version
WHERE s.workspace = %[5]s AND s.day BETWEEN {from:Date} AND {to:Date}
    AND h.known != (toString(s.channel), toString(s.campaign), toString(s.source), toString(s.medium), toString(s.rules_version))`

// remember makes the history end where costs stand. It does not when a sink ended between writing the history of a move and moving, and the rules then went back to those of
// before: nothing stands at a wrong place, so nothing is moved again, and the history would end with a place where no cost ever stood.
func (s *Store) remember(ctx context.Context) error {
	s.mu.Lock()
	standings := sorted(s.standings)
	s.mu.Unlock()
	for _, standing := range standings {
		r := s.book.Of(standing.Workspace)
		if r == nil {
			continue
		}
		years, err := s.yearsOfCosts(ctx, r.Workspace)
		if err != nil {
			return err
		}
		for _, year := range years {
			if err := s.rememberYear(ctx, r, int(year)); err != nil {
				return fmt.Errorf("bring the history of costs to where they stand: %w", err)
			}
		}
	}
	return nil
}

// yearsOfCosts are the partitions to look at, one at a time, so that the memory needed does not grow with the years.
func (s *Store) yearsOfCosts(ctx context.Context, workspace string) (years []uint16, err error) {
	stmt := "SELECT arraySort(groupUniqArray(toYear(day))) FROM " + s.cfg.Table("spend_rows") + " WHERE workspace = " + quote(workspace)
	if err := s.conn.QueryRow(ctx, stmt).Scan(&years); err != nil {
		return nil, fmt.Errorf("list the years of costs: %w", err)
	}
	return years, nil
}

func (s *Store) rememberYear(ctx context.Context, r *rulebook.Rules, year int) error {
	from, to := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)
	if _, last := everyDay(); to.After(last) {
		to = last
	}
	settings := insertSettings("")
	delete(settings, "insert_deduplication_token") // what is missing depends on the moment
	settings["insert_deduplicate"] = 0
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings), clickhouse.WithParameters(days(from, to)))
	return s.conn.Exec(ctx, fmt.Sprintf(rememberedText, s.cfg.Table("spend_versions_rows"), s.cfg.Table("spend_rows"), r.Classified(), r.Seq/1000, quote(r.Workspace), quote(r.Cause)))
}

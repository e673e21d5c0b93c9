package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// WeekQuery compares a week with the weeks before it.
type WeekQuery struct {
	Workspace, Model string
	Week, Before     performance.Period
}

// TypeCount is how often a conversion type happened.
type TypeCount struct {
	Type         string
	Week, Before int64
}

// StageExit is how often opportunities left a stage, and how often to be lost.
type StageExit struct {
	Stage                                      string
	WeekLeft, WeekLost, BeforeLeft, BeforeLost int64
}

// Restatement is what postings recorded in the week changed of days before it, of one reason and currency.
type Restatement struct {
	Reason, Currency   string
	Day                performance.Day
	Moved, Net         int64
	Postings, Journeys int64
}

const (
	typeCountsText = `SELECT type, toInt64(countIf(day >= {week_from:Date})), toInt64(countIf(day < {week_from:Date})) FROM conversions
WHERE workspace = {workspace:String} AND day BETWEEN {before_from:Date} AND {week_to:Date} GROUP BY type ORDER BY type`
	// An opportunity that is lost left its last stage but one, or its last when that has no successor, to be lost.
	stageExitsText = `SELECT v.1 AS stage, toInt64(countIf(toDate(v.3) >= {week_from:Date})), toInt64(countIf(toDate(v.3) >= {week_from:Date} AND ends)),
    toInt64(countIf(toDate(v.3) < {week_from:Date})), toInt64(countIf(toDate(v.3) < {week_from:Date} AND ends))
FROM (
    SELECT v, o.is_lost AND place >= length(s.visits) - 1 AS ends
    FROM (SELECT opportunity_id, groupArray((stage, entered_at, left_at)) AS visits FROM opportunity_stages WHERE workspace = {workspace:String} GROUP BY opportunity_id) AS s
    INNER JOIN (SELECT opportunity_id, is_closed = 1 AND is_won = 0 AS is_lost FROM opportunities WHERE workspace = {workspace:String}) AS o ON o.opportunity_id = s.opportunity_id
    ARRAY JOIN arraySort(x -> x.2, s.visits) AS v, arrayEnumerate(s.visits) AS place
    WHERE toUnixTimestamp64Milli(v.3) > 0 AND toDate(v.3) BETWEEN {before_from:Date} AND {week_to:Date}
) GROUP BY stage ORDER BY stage`
	restatementsText = `SELECT reason, currency, toDate(effective_at) AS day, sum(greatest(delta_minor, 0)), sum(delta_minor), toInt64(count()), toInt64(uniqExact(journey_id))
FROM %s FINAL
WHERE workspace = {workspace:String} AND model = {model:String} AND toDate(recorded_at) BETWEEN {week_from:Date} AND {week_to:Date}
  AND effective_at < toDateTime64({week_from:Date}, 3, 'UTC') AND measure IN ('revenue', 'conversion_value')
GROUP BY reason, currency, day`
)

func (q WeekQuery) args() []any {
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("week_from", q.Week.From.String()), ch.Named("week_to", q.Week.To.String()),
		ch.Named("before_from", q.Before.From.String()),
	}
}

// TypeCounts reads how often each conversion type happened.
func (s *Store) TypeCounts(ctx context.Context, q WeekQuery) ([]TypeCount, error) {
	counts := []TypeCount{}
	err := s.run(ctx, statement{name: "weekly_types", text: typeCountsText, args: q.args()}, func(rows driver.Rows) error {
		var c TypeCount
		err := rows.Scan(&c.Type, &c.Week, &c.Before)
		counts = append(counts, c)
		return err
	})
	return counts, err
}

// StageExits reads how opportunities left their stages.
func (s *Store) StageExits(ctx context.Context, q WeekQuery) ([]StageExit, error) {
	exits := []StageExit{}
	err := s.run(ctx, statement{name: "weekly_stages", text: stageExitsText, args: q.args()}, func(rows driver.Rows) error {
		var e StageExit
		err := rows.Scan(&e.Stage, &e.WeekLeft, &e.WeekLost, &e.BeforeLeft, &e.BeforeLost)
		exits = append(exits, e)
		return err
	})
	return exits, err
}

// Restatements reads what became known in the week about the time before it.
func (s *Store) Restatements(ctx context.Context, q WeekQuery) ([]Restatement, error) {
	all := []Restatement{}
	st := statement{name: "weekly_restatements", text: fmt.Sprintf(restatementsText, s.db.Table("ledger_rows")), args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var r Restatement
		var day time.Time
		err := rows.Scan(&r.Reason, &r.Currency, &day, &r.Moved, &r.Net, &r.Postings, &r.Journeys)
		r.Day = performance.DayOf(day)
		all = append(all, r)
		return err
	})
	return all, err
}

package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// Lag is how long an outcome takes after the touches that earn it, in days, weighed by credit.
type Lag struct {
	Measure             string
	MedianDays, P90Days int
	// Nano is the credit that the lag was taken from.
	Nano int64
}

// lagText looks at outcomes by their own date: among those of recent touches the slow ones have not come yet, and the lag would seem short.
const lagText = `SELECT measure, quantileExactWeighted(0.5)(days, nano) AS median, quantileExactWeighted(0.9)(days, nano) AS p90, toInt64(sum(nano)) AS samples
FROM (
    SELECT measure, dateDiff('day', toDate(touched_at), if(measure = 'opportunities', opened_date, close_date)) AS days,
        toUInt64(greatest(multiIf(measure = 'conversions', conversions_nano, measure = 'opportunities', opportunities_nano, customers_nano), 0)) AS nano
    FROM %[1]s FINAL
    ARRAY JOIN ['conversions', 'opportunities', 'customers'] AS measure
    WHERE workspace = {workspace:String} AND model = {model:String} AND touchpoint_id != '' AND nano != 0
      AND if(measure = 'opportunities', opened_date, close_date) BETWEEN {from:Date} AND {to:Date}
      AND (measure != 'conversions' OR empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type))
)
GROUP BY measure ORDER BY measure`

// LagQuery asks for the lag of outcomes that happened in a period.
type LagQuery struct {
	Workspace, Model string
	Period           performance.Period
	ConversionTypes  []string
}

func (q LagQuery) statement(t tables) statement {
	return statement{name: "lag", text: fmt.Sprintf(lagText, t.credits), args: []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()),
		ch.Named("types", append([]string{}, q.ConversionTypes...)),
	}}
}

// Lags reads how long outcomes take.
func (s *Store) Lags(ctx context.Context, q LagQuery) ([]Lag, error) {
	lags := []Lag{}
	err := s.run(ctx, q.statement(s.tables()), func(rows driver.Rows) error {
		var l Lag
		var median, p90 int64
		err := rows.Scan(&l.Measure, &median, &p90, &l.Nano)
		l.MedianDays, l.P90Days = int(median), int(p90)
		lags = append(lags, l)
		return err
	})
	return lags, err
}

// lastDayText reads one column of the roll-up, per model and day: cheap on any size.
const lastDayText = `SELECT max(day) FROM %s WHERE workspace = {workspace:String} AND basis = 'touch'`

// LastDay is the last day with any touch or outcome; false when there is none.
func (s *Store) LastDay(ctx context.Context, workspace string) (performance.Day, bool, error) {
	var day time.Time
	st := statement{name: "last_day", text: fmt.Sprintf(lastDayText, s.tables().cells), args: []any{ch.Named("workspace", workspace)}}
	err := s.run(ctx, st, func(rows driver.Rows) error { return rows.Scan(&day) })
	return performance.DayOf(day), day.Unix() > 0, err
}

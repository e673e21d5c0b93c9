package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// PathsQuery asks for the channels that journeys went through.
type PathsQuery struct {
	Workspace, Model, Kind, Channel, Collapse string
	ConversionTypes                           []string
	Basis                                     performance.Basis
	Value                                     performance.ValueBasis
	Period                                    performance.Period
	MaxSteps                                  int
	// AsOf leaves out what was recorded later. Zero: nothing.
	AsOf time.Time
	// Convert and Currency are as in FactsQuery.
	Convert  bool
	Currency string
}

// Path is a sequence of channels with the journeys that took it.
type Path struct {
	Channels                         []string
	Journeys, Conversions, Customers int64
	MedianDays                       float64
}

// PathValue is what the journeys of a path are worth, in one currency.
type PathValue struct {
	Channels []string
	Currency string
	Day      performance.Day
	Minor    int64
}

// PathLength is the journeys with so many touches, in one currency.
type PathLength struct {
	Touches, Journeys int64
	Currency          string
	Day               performance.Day
	Minor             int64
}

// Paths are the paths with what is said of them. The empty path is of journeys without a touch.
type Paths struct {
	Paths   []Path
	Values  []PathValue
	Lengths []PathLength
}

// Ellipsis stands for the steps that a long path leaves out.
const Ellipsis = "…"

// maxPaths bounds how many different paths are looked at.
const maxPaths = 500_000

// journeyPaths have one row per journey of the period. On basis touch a journey counts on the day of its first touch, on basis close on the
// day of the conversion or close, or of the creation while open; without a touch always on the latter.
const journeyPaths = `SELECT *, arrayMap(t -> t.3, arraySort(steps)) AS raw, toInt64(length(raw)) AS touches,
        multiIf({collapse:String} = 'exposure', arrayCompact(raw), {collapse:String} = 'unique', arrayDistinct(raw), raw) AS collapsed,
        if(length(collapsed) > {max_steps:UInt32}, arrayConcat(arraySlice(collapsed, 1, {max_steps:UInt32} - 2), ['` + Ellipsis + `'], arraySlice(collapsed, -1)), collapsed) AS path,
        toFloat64(greatest(0, dateDiff('day', toDate(first_touch), if(closed = toDate(0), today(), closed)))) AS days,
        if({convert:Bool} AND currency NOT IN ('', {currency:String}), outcome, toDate(0)) AS rate_day
    FROM (
        SELECT journey_id, groupArrayIf((touched_at, touchpoint_id, toString(channel)), touchpoint_id != '') AS steps, minIf(touched_at, touchpoint_id != '') AS first_touch,
            any(close_date) AS closed, if(closed = toDate(0), any(opened_date), closed) AS outcome, toString(any(c.currency)) AS currency,
            sum(conversions_nano) != 0 AS converted, sum(customers_nano) != 0 AS won,
            if({value:String} = 'conversion_value', 0, sum(revenue_minor)) + if({value:String} = 'revenue', 0, sum(conversion_value_minor)) AS minor
        FROM %[1]s
        WHERE workspace = {workspace:String} AND model = {model:String} AND ({kind:String} = '' OR journey_kind = {kind:String})
          AND (empty({types:Array(String)}) OR journey_kind != 'conversion' OR has({types:Array(String)}, conversion_type))
        GROUP BY journey_id
    )
    WHERE if({basis:String} = 'touch' AND notEmpty(steps), toDate(first_touch), outcome) BETWEEN {from:Date} AND {to:Date}
      AND ({channel:String} = '' OR has(raw, {channel:String}))`

// pathsText has a row per path, number of touches, currency and day of the rate, from which everything else follows: journeys are put together once,
// which is nearly all of the work. The days come as how many journeys took so many.
const pathsText = `SELECT path, touches, currency, rate_day, toInt64(count()), toInt64(countIf(converted)), toInt64(countIf(won)), sum(minor),
    tupleElement(sumMap([toInt64(days)], [toInt64(1)]) AS took, 1), tupleElement(took, 2)
FROM (%[1]s) GROUP BY path, touches, currency, rate_day`

func (q PathsQuery) statement(t tables) statement {
	credits := t.credits + " AS c FINAL"
	if !q.AsOf.IsZero() {
		credits = t.creditsAt(q.AsOf) + " AS c"
	}
	return statement{name: "paths", text: fmt.Sprintf(pathsText, fmt.Sprintf(journeyPaths, credits)), rows: maxPaths, args: []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("kind", q.Kind), ch.Named("channel", q.Channel), ch.Named("collapse", q.Collapse),
		ch.Named("types", append([]string{}, q.ConversionTypes...)), ch.Named("basis", string(q.Basis)), ch.Named("value", string(q.Value)),
		ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()), ch.Named("max_steps", q.MaxSteps),
		ch.Named("convert", q.Convert), ch.Named("currency", q.Currency), asOfArg(q.AsOf),
	}}
}

// Paths reads the paths, those of most journeys first, what they are worth, and the journeys by number of touches.
func (s *Store) Paths(ctx context.Context, q PathsQuery) (*Paths, error) {
	sums := newPathSums()
	err := s.run(ctx, q.statement(s.tables()), func(rows driver.Rows) error {
		var r pathRow
		var day time.Time
		err := rows.Scan(&r.channels, &r.touches, &r.currency, &day, &r.journeys, &r.conversions, &r.customers, &r.minor, &r.days, &r.taking)
		r.day = performance.DayOf(day)
		sums.add(r)
		return err
	})
	return sums.paths(), err
}

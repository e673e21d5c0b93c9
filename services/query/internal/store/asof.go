package store

import (
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
)

// Moment says what was known: postings, touchpoints and spend up to a moment, and whose books take what came after a month was closed. The zero
// value is what is known now, which is read from cells.
type Moment struct {
	// AsOf leaves out what was recorded later. Zero: nothing.
	AsOf time.Time
	// Books counts what changed in a month after it was closed on the first day of the first open month.
	Books bool
}

// IsNow says that nothing is asked but what is known now.
func (m Moment) IsNow() bool { return m.AsOf.IsZero() && !m.Books }

func (m Moment) millis() int64 {
	if m.AsOf.IsZero() {
		return farFuture
	}
	return m.AsOf.UnixMilli()
}

// What was recorded up to a moment, each with the day it counts on and when it was recorded: postings, touchpoints, and versions of spend, of which
// the next takes the one before back. %[1]s is the table; of postings, %[2]s is the condition under which conversions count.
const (
	knownPostings = `
        SELECT if({basis:String} = 'touch', touch_date, close_date) AS known_day, recorded_at AS known_at, model, channel, campaign, currency,
            if(measure = 'conversions'%[2]s, delta_minor, 0) AS conversions, if(measure = 'conversion_value'%[2]s, delta_minor, 0) AS conversion_value,
            if(measure = 'opportunities', delta_minor, 0) AS opportunities, if(measure = 'pipeline', delta_minor, 0) AS pipeline,
            if(measure = 'customers', delta_minor, 0) AS customers, if(measure = 'revenue', delta_minor, 0) AS revenue
        FROM %[1]s FINAL
        WHERE workspace = {workspace:String} AND model IN {models:Array(String)} AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})`
	knownTouches = `
        SELECT toDate(occurred_at) AS known_day, received_at AS known_at, channel, campaign, toInt64(1) AS touchpoints
        FROM %[1]s FINAL
        WHERE workspace = {workspace:String} AND is_bot = 0 AND received_at <= fromUnixTimestamp64Milli({as_of:Int64})`
	knownSpend = `
        SELECT day AS known_day, change.2 AS known_at, channel, campaign, currency, change.1 * spend_minor AS spend, change.1 * v.impressions AS impressions, change.1 * v.clicks AS clicks
        FROM (
            SELECT day, channel, campaign, currency, spend_minor, impressions, clicks, received_at,
                leadInFrame(received_at) OVER (PARTITION BY day, spend_key ORDER BY version, classified ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS replaced_at
            FROM %[1]s FINAL
            WHERE workspace = {workspace:String}
        ) AS v
        ARRAY JOIN arrayConcat([(1, received_at)], if(replaced_at > fromUnixTimestamp64Milli(0), [(-1, replaced_at)], [])) AS change
        WHERE change.2 <= fromUnixTimestamp64Milli({as_of:Int64})`
)

// knownByDay counts everything on its own day.
const knownByDay = `
    SELECT *, known_day AS day FROM (%s
    )
    WHERE day BETWEEN {from:Date} AND {to:Date}
`

// knownByBooks counts what came after the close of its month on the first day of the month that took it.
const knownByBooks = `
    SELECT k.*, if(b.booked_month > toDate(0) AND b.booked_month != toStartOfMonth(k.known_day), b.booked_month, k.known_day) AS day
    FROM (%s
    ) AS k
    ASOF LEFT JOIN (
        SELECT month, after, booked_month FROM booking_rules WHERE workspace = {workspace:String} AND after <= fromUnixTimestamp64Milli({as_of:Int64})
    ) AS b ON b.month = toStartOfMonth(k.known_day) AND k.known_at > b.after
    WHERE day BETWEEN {from:Date} AND {to:Date}
`

func (q FactsQuery) knownStatement(t tables) statement {
	args, typed := append(q.args(), ch.Named("as_of", q.Moment.millis())), ""
	if len(q.ConversionTypes) > 0 {
		typed = " AND has({types:Array(String)}, conversion_type)"
		args = append(args, ch.Named("types", q.ConversionTypes))
	}
	counted := knownByDay
	if q.Moment.Books {
		counted = knownByBooks
	}
	of := func(text string, values ...any) string { return fmt.Sprintf(counted, fmt.Sprintf(text, values...)) }
	return statement{name: "known_facts", args: args, text: q.summed([]branch{
		{text: of(knownPostings, t.ledger, typed), model: true, currency: true, figures: outcomes},
		{text: of(knownTouches, t.touchpoints), figures: []string{"touchpoints"}},
		{text: of(knownSpend, t.spendVersions), currency: true, figures: []string{"spend", "impressions", "clicks"}},
	})}
}

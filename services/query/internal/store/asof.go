package store

import (
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
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

// known is everything that was recorded up to a moment, each with the day it counts on and when it was recorded: postings, touchpoints, and
// versions of spend, of which the next takes the one before back. %[1]s is the ledger, %[2]s touchpoints, %[3]s spend's versions, %[4]s the
// condition under which a posting's conversions count.
const known = `
        SELECT if({basis:String} = 'touch', touch_date, close_date) AS known_day, recorded_at AS known_at, model, channel, campaign, currency,
            toInt64(0) AS spend, toInt64(0) AS impressions, toInt64(0) AS clicks, toInt64(0) AS touchpoints,
            if(measure = 'conversions'%[4]s, delta_minor, 0) AS conversions, if(measure = 'conversion_value'%[4]s, delta_minor, 0) AS conversion_value,
            if(measure = 'opportunities', delta_minor, 0) AS opportunities, if(measure = 'pipeline', delta_minor, 0) AS pipeline,
            if(measure = 'customers', delta_minor, 0) AS customers, if(measure = 'revenue', delta_minor, 0) AS revenue
        FROM %[1]s FINAL
        WHERE workspace = {workspace:String} AND model IN {models:Array(String)} AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})
        UNION ALL
        SELECT toDate(occurred_at), received_at, '', channel, campaign, '', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
        FROM %[2]s FINAL
        WHERE workspace = {workspace:String} AND is_bot = 0 AND received_at <= fromUnixTimestamp64Milli({as_of:Int64})
        UNION ALL
        SELECT day, change.2, '', channel, campaign, currency, change.1 * spend_minor, change.1 * impressions, change.1 * clicks, 0, 0, 0, 0, 0, 0, 0
        FROM (
            SELECT day, channel, campaign, currency, spend_minor, impressions, clicks, received_at,
                leadInFrame(received_at) OVER (PARTITION BY day, spend_key ORDER BY version, classified ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS replaced_at
            FROM %[3]s FINAL
            WHERE workspace = {workspace:String}
        )
        ARRAY JOIN arrayConcat([(1, received_at)], if(replaced_at > fromUnixTimestamp64Milli(0), [(-1, replaced_at)], [])) AS change
        WHERE change.2 <= fromUnixTimestamp64Milli({as_of:Int64})`

// knownByDay counts everything on its own day.
const knownByDay = `
    SELECT known_day AS day, model, channel, campaign, currency, spend, impressions, clicks, touchpoints, conversions, conversion_value, opportunities,
        pipeline, customers, revenue
    FROM (%s
    )
    WHERE known_day BETWEEN {from:Date} AND {to:Date}`

// knownByBooks counts what came after the close of its month on the first day of the month that took it.
const knownByBooks = `
    SELECT if(b.booked_month > toDate(0) AND b.booked_month != toStartOfMonth(k.known_day), b.booked_month, k.known_day) AS day,
        k.model AS model, k.channel AS channel, k.campaign AS campaign, k.currency AS currency, spend, impressions, clicks, touchpoints, conversions,
        conversion_value, opportunities, pipeline, customers, revenue
    FROM (%s
    ) AS k
    ASOF LEFT JOIN (
        SELECT month, after, booked_month FROM booking_rules WHERE workspace = {workspace:String} AND after <= fromUnixTimestamp64Milli({as_of:Int64})
    ) AS b ON b.month = toStartOfMonth(k.known_day) AND k.known_at > b.after
    WHERE day BETWEEN {from:Date} AND {to:Date}`

func (q FactsQuery) knownStatement(t tables) statement {
	args, typed := append(q.args(), ch.Named("as_of", q.Moment.millis())), ""
	if len(q.ConversionTypes) > 0 {
		typed = " AND has({types:Array(String)}, conversion_type)"
		args = append(args, ch.Named("types", q.ConversionTypes))
	}
	source := knownByDay
	if q.Moment.Books {
		source = knownByBooks
	}
	source = fmt.Sprintf(source, fmt.Sprintf(known, t.ledger, t.touchpoints, t.spendVersions, typed))
	campaigns := byChannel
	if q.GroupBy == performance.GroupByCampaign {
		campaigns = byCampaign
	}
	return statement{name: "known_facts", text: fmt.Sprintf(factsText, source, campaigns, "''", q.step()), args: args}
}

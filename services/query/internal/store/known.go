package store

import (
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
)

// knownCredits are credits as they were known at a moment, under one model, with the columns of credits that questions use: postings up to the
// moment added up. A touch that lost its credit by then is gone, one that moved to another channel is in that. The day of a measure is that of its
// latest posting that stands. What the ledger does not name is as it is now: the time of a touch within its day, accounts and persons.
// %[1]s is the ledger, %[2]s touchpoints.
const knownCredits = `(
    SELECT l.workspace AS workspace, l.journey_id AS journey_id, l.kind AS journey_kind, l.model AS model, l.touchpoint_id AS touchpoint_id, l.channel AS channel,
        l.campaign AS campaign, l.of_type AS conversion_type, l.conversions_nano AS conversions_nano, l.conversion_value_minor AS conversion_value_minor,
        l.opportunities_nano AS opportunities_nano, l.pipeline_minor AS pipeline_minor, l.customers_nano AS customers_nano, l.revenue_minor AS revenue_minor,
        l.of_currency AS currency, l.opened AS opened_date, l.closed AS close_date, l.recorded AS recorded_at,
        if(t.id != '', t.occurred, toDateTime64(l.touch_day, 3, 'UTC')) AS touched_at
    FROM (
        SELECT workspace, journey_id, any(journey_kind) AS kind, model, touchpoint_id, channel, campaign, max(conversion_type) AS of_type,
            sumIf(delta_minor, measure = 'conversions') AS conversions_nano, sumIf(delta_minor, measure = 'conversion_value') AS conversion_value_minor,
            sumIf(delta_minor, measure = 'opportunities') AS opportunities_nano, sumIf(delta_minor, measure = 'pipeline') AS pipeline_minor,
            sumIf(delta_minor, measure = 'customers') AS customers_nano, sumIf(delta_minor, measure = 'revenue') AS revenue_minor,
            argMaxIf(currency, version, currency != '' AND is_departure = 0) AS of_currency, max(touch_date) AS touch_day,
            argMaxIf(close_date, version, measure IN ('conversions', 'opportunities') AND is_departure = 0) AS opened,
            argMaxIf(close_date, version, measure IN ('conversions', 'customers') AND is_departure = 0 AND delta_minor > 0) AS closed,
            max(recorded_at) AS recorded
        FROM %[1]s FINAL
        WHERE workspace = {workspace:String} AND model = {model:String} AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})
        GROUP BY workspace, journey_id, model, touchpoint_id, channel, campaign
        HAVING conversions_nano != 0 OR conversion_value_minor != 0 OR opportunities_nano != 0 OR pipeline_minor != 0 OR customers_nano != 0 OR revenue_minor != 0
    ) AS l
    LEFT JOIN (
        SELECT touchpoint_id AS id, occurred_at AS occurred FROM %[2]s FINAL WHERE workspace = {workspace:String} AND received_at <= fromUnixTimestamp64Milli({as_of:Int64})
    ) AS t ON t.id = l.touchpoint_id
)`

// creditsAt is the table of credits to read from: what is known now, or what was known at a moment, for which the parameter as_of is needed.
func (t tables) creditsAt(asOf time.Time) string {
	if asOf.IsZero() {
		return t.credits + " FINAL"
	}
	return fmt.Sprintf(knownCredits, t.ledger, t.touchpoints)
}

func asOfArg(asOf time.Time) any { return ch.Named("as_of", Moment{AsOf: asOf}.millis()) }

// knownJourneys are conversions received and deals recorded by a moment, in the columns of presentJourneys. %[1]s are the deals, see knownDeals. Who a
// conversion belongs to is told as it is now.
const knownJourneys = `SELECT 'c:' || conversion_id AS journey_id, 'conversion' AS kind, type AS conversion_type, 'converted' AS state, day AS opened_on, day AS closed_on,
            account_id, if(person_id != '', person_id, visitor_id) AS person_id, '' AS pipeline, '' AS stage, has_value AS has_amount,
            value_minor AS amount_minor, value AS amount, currency, received_at AS known_at, toInt64(0) AS has_probability, toFloat64(0) AS probability, toInt64(0) AS weighted_minor
        FROM conversions WHERE workspace = {workspace:String} AND received_at <= fromUnixTimestamp64Milli({as_of:Int64})
        UNION ALL
        SELECT 'o:' || opportunity_id, 'opportunity', '', multiIf(is_won = 1, 'won', is_closed = 1, 'lost', 'open'), toDate(created_at), toDate(closed_at),
            account_id, '', pipeline, stage, has_amount, amount_minor, amount, currency, greatest(created_at, closed_at), has_probability, probability, weighted_minor
        FROM (%[1]s)`

// The sources of contributions as they were known, with the columns of those of now: postings, versions of spend and touchpoints up to the moment.
const (
	knownJourneyParts = `SELECT id, day, channel, campaign, describes, touch, currency, ` + unitsOf + ` AS units, ` + valueOf + ` AS value FROM (
    SELECT if({basis:String} = 'touch', touch_date, close_date) AS day, journey_id AS id, channel, campaign,
        if(journey_kind = 'conversion', conversion_type, 'opportunity') AS describes, touchpoint_id AS touch, currency,
        empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type) AS of_type,
        if(measure = 'conversions' AND of_type, delta_minor, 0) AS conversions, if(measure = 'conversion_value' AND of_type, delta_minor, 0) AS conversion_value,
        if(measure = 'opportunities', delta_minor, 0) AS opportunities, if(measure = 'pipeline', delta_minor, 0) AS pipeline,
        if(measure = 'customers', delta_minor, 0) AS customers, if(measure = 'revenue', delta_minor, 0) AS revenue
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND model = {model:String} AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})
      AND day BETWEEN {from:Date} AND {to:Date}%[2]s)`
	knownSpendParts = `SELECT spend_key AS id, day, channel, campaign, platform AS describes, '' AS touch, if({measure:String} = 'spend', currency, '') AS currency,
        multiIf({measure:String} = 'spend', spend_minor, {measure:String} = 'clicks', clicks, impressions) AS units, toInt64(0) AS value
    FROM (
        SELECT spend_key, day, 'spend' AS platform, toString(argMax(v.channel, (version, classified))) AS channel, toString(argMax(v.campaign, (version, classified))) AS campaign,
            toString(argMax(v.source, (version, classified))) AS source, toString(argMax(v.medium, (version, classified))) AS medium, toString(argMax(v.currency, (version, classified))) AS currency,
            argMax(v.spend_minor, (version, classified)) AS spend_minor, argMax(v.clicks, (version, classified)) AS clicks, argMax(v.impressions, (version, classified)) AS impressions
        FROM %[1]s AS v FINAL
        WHERE workspace = {workspace:String} AND received_at <= fromUnixTimestamp64Milli({as_of:Int64}) AND day BETWEEN {from:Date} AND {to:Date}
        GROUP BY spend_key, day
    )
    WHERE 1%[2]s`
	knownTouchParts = touchParts + "\n      AND received_at <= fromUnixTimestamp64Milli({as_of:Int64})"
)

// knownCreditsText are a journey's credits at a moment. What the ledger does not name is empty: positions, sources, the account and the person.
const knownCreditsText = `SELECT any(journey_kind), model, argMax(model_version, version), measure, max(conversion_type), touchpoint_id, '', channel, '', '', campaign,
    sum(delta_weight), sum(delta_minor) AS minor, currency, toDate(0), argMaxIf(close_date, version, is_departure = 0), '', '', max(recorded_at)
FROM %s FINAL
WHERE workspace = {workspace:String} AND journey_id = {journey:String} AND ({model:String} = '' OR model = {model:String})
  AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})
GROUP BY model, measure, touchpoint_id, channel, campaign, currency
HAVING minor != 0
ORDER BY model, measure, touchpoint_id = '', max(touch_date), touchpoint_id`

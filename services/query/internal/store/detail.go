package store

import (
	"fmt"

	ch "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// credited reads credits as cells count them: opportunities and pipeline on the day of creation, the rest on the day of the conversion or the
// close; on basis touch on the day of the touch, if there is one. Hence two lines of one credit. %[1]s is the table, %[2]s the detail.
const credited = `
    SELECT if({basis:String} = 'touch' AND touchpoint_id != '', toDate(touched_at), if(opening, opened_date, close_date)) AS day,
        model, channel, campaign, currency, %[2]s AS detail, touchpoint_id,
        toInt64(0) AS spend, toInt64(0) AS impressions, toInt64(0) AS clicks, toInt64(0) AS touchpoints,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversions_nano) AS conversions,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversion_value_minor) AS conversion_value,
        if(opening, opportunities_nano, 0) AS opportunities, if(opening, pipeline_minor, 0) AS pipeline,
        if(opening, 0, customers_nano) AS customers, if(opening, 0, revenue_minor) AS revenue
    FROM %[1]s FINAL
    ARRAY JOIN [false, true] AS opening
    WHERE workspace = {workspace:String} AND model IN {models:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
      AND (conversions != 0 OR conversion_value != 0 OR opportunities != 0 OR pipeline != 0 OR customers != 0 OR revenue != 0)`

// counted reads the touch counts as cells count them, %[2]s is the detail.
const counted = `
    SELECT toDate(occurred_at) AS day, '' AS model, channel, campaign, '' AS currency, %[2]s AS detail, touchpoint_id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND is_bot = 0 AND day BETWEEN {from:Date} AND {to:Date}`

// spent reads spend, %[2]s is the detail.
const spent = `
    SELECT day, '' AS model, channel, campaign, currency, %[2]s AS detail, '' AS touchpoint_id, spend_minor, impressions, clicks, 0, 0, 0, 0, 0, 0, 0
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}`

// looked replaces the detail of credits by a column of their touchpoints, which credits do not have. %[1]s are credits, %[2]s the table, %[3]s
// the column.
const looked = `
    SELECT c.day AS day, c.model AS model, c.channel AS channel, c.campaign AS campaign, c.currency AS currency, t.value AS detail,
        c.touchpoint_id AS touchpoint_id, spend, impressions, clicks, touchpoints, conversions, conversion_value, opportunities, pipeline,
        customers, revenue
    FROM (%[1]s) AS c
    LEFT ANY JOIN (
        SELECT touchpoint_id, %[3]s AS value FROM %[2]s FINAL
        WHERE workspace = {workspace:String} AND value != ''
          AND ({basis:String} != 'touch' OR toDate(occurred_at) BETWEEN {from:Date} AND {to:Date})
    ) AS t ON t.touchpoint_id = c.touchpoint_id`

// detailed is what the sources of one grouping select: the detail in credits, touchpoints and spend. What is looked up in touchpoints has no
// spend of its own, so spend stands in rows without it.
var detailed = map[performance.GroupBy]struct {
	credits, touchpoints, spend string
	lookUp                      bool
}{
	performance.GroupBySource:      {"toString(source)", "toString(source)", "toString(source)", false},
	performance.GroupByMedium:      {"toString(medium)", "toString(medium)", "toString(medium)", false},
	performance.GroupByContent:     {"''", "content", "''", true},
	performance.GroupByLandingPage: {"''", "landing_page", "''", true},
}

// detailSource is the union of what a grouping finer than the roll-up reads.
func detailSource(t tables, groupBy performance.GroupBy) string {
	d := detailed[groupBy]
	credits := fmt.Sprintf(credited, t.credits, d.credits)
	if d.lookUp {
		credits = fmt.Sprintf(looked, credits, t.touchpoints, d.touchpoints)
	}
	return credits + "\n    UNION ALL" + fmt.Sprintf(counted, t.touchpoints, d.touchpoints) + "\n    UNION ALL" + fmt.Sprintf(spent, t.spend, d.spend)
}

func (q FactsQuery) detailStatement(t tables) statement {
	types := q.ConversionTypes
	if types == nil {
		types = []string{}
	}
	return statement{
		name: "facts_detail", text: fmt.Sprintf(factsText, detailSource(t, q.GroupBy), byChannel, "detail", q.step()),
		args: append(q.args(), ch.Named("types", types)),
	}
}

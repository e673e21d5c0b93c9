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
    SELECT toDate(occurred_at) AS day, channel, campaign, %[2]s AS detail, toInt64(1) AS touchpoints
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND is_bot = 0 AND day BETWEEN {from:Date} AND {to:Date}
`

// spent reads spend, %[2]s is the detail.
const spent = `
    SELECT day, channel, campaign, currency, %[2]s AS detail, spend_minor AS spend, impressions, clicks
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
`

// looked replaces the detail of credits by a column of their touchpoints, which credits do not have. %[1]s are credits, %[2]s the table, %[3]s
// the column.
const looked = `
    SELECT c.day AS day, c.model AS model, c.channel AS channel, c.campaign AS campaign, c.currency AS currency, t.value AS detail,
        c.touchpoint_id AS touchpoint_id, conversions, conversion_value, opportunities, pipeline, customers, revenue
    FROM (%[1]s) AS c
    LEFT ANY JOIN (
        SELECT touchpoint_id, %[3]s AS value FROM %[2]s FINAL
        WHERE workspace = {workspace:String} AND value != ''
          AND ({basis:String} != 'touch' OR toDate(occurred_at) BETWEEN {from:Date} AND {to:Date})
    ) AS t ON t.touchpoint_id = c.touchpoint_id`

// details are what the sources of one grouping select: the detail in credits, touchpoints and spend. What is looked up in touchpoints has no
// spend of its own, so spend stands in rows without it.
var details = map[performance.GroupBy]struct {
	credits, touchpoints, spend string
	lookUp                      bool
}{
	performance.GroupBySource:      {"toString(source)", "toString(source)", "toString(source)", false},
	performance.GroupByMedium:      {"toString(medium)", "toString(medium)", "toString(medium)", false},
	performance.GroupByContent:     {"''", "content", "''", true},
	performance.GroupByLandingPage: {"''", "landing_page", "''", true},
}

// detailed are the branches of a grouping finer than the roll-up.
func (q FactsQuery) detailed(t tables) []branch {
	d := details[q.GroupBy]
	credits := fmt.Sprintf(credited, t.credits, d.credits)
	if d.lookUp {
		credits = fmt.Sprintf(looked, credits, t.touchpoints, d.touchpoints)
	}
	return []branch{
		{text: credits, model: true, currency: true, detail: true, figures: outcomes},
		{text: fmt.Sprintf(counted, t.touchpoints, d.touchpoints), detail: true, figures: []string{"touchpoints"}},
		{text: fmt.Sprintf(spent, t.spend, d.spend), currency: true, detail: true, figures: []string{"spend", "impressions", "clicks"}},
	}
}

func (q FactsQuery) detailStatement(t tables) statement {
	types := q.ConversionTypes
	if types == nil {
		types = []string{}
	}
	return statement{name: "facts_detail", text: q.summed(q.detailed(t)), args: append(q.args(), ch.Named("types", types))}
}

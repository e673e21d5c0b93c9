package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// ContributionQuery asks what one figure is made of. Nil keys mean any.
type ContributionQuery struct {
	Workspace, Model string
	Basis            performance.Basis
	Value            performance.ValueBasis
	Measure          performance.Measure
	Period           performance.Period
	ConversionTypes  []string

	Channel, Campaign, Content, LandingPage, Source, Medium *string
	// AsOf leaves out what was recorded later. Zero: nothing.
	AsOf time.Time
	// After is where the page before ended; nil: at the beginning.
	After *ContributionPlace
	Limit int
}

// ContributionPlace is a place in the order of contributions: the largest first, then by id.
type ContributionPlace struct {
	Units        int64
	ID, Currency string
}

// Contribution is one thing that a figure adds up. Units are minor units of Currency, nano-units of counts that credit shares out, or whole.
type Contribution struct {
	ID, Channel, Campaign, Describes string
	Day                              time.Time
	Touches                          uint64
	Currency                         string
	Units, Value                     int64
}

// ContributionSum is what contributions in one currency add up to.
type ContributionSum struct {
	Currency string
	Units    int64
	Rows     uint64
}

// unitsOf is the number of a measure in one line of credited.
const unitsOf = `multiIf({measure:String} = 'conversions', conversions, {measure:String} = 'conversion_value', conversion_value,
        {measure:String} = 'opportunities', opportunities, {measure:String} = 'pipeline', pipeline, {measure:String} = 'customers', customers,
        {measure:String} = 'revenue', revenue, {value:String} = 'conversion_value', 0, revenue)`

// valueOf is the second part of the value, which is converted on its own.
const valueOf = `if({measure:String} = 'value' AND {value:String} != 'revenue', conversion_value, 0)`

// The sources of contributions, each with the same columns. %[1]s is the table, %[2]s the filters.
const (
	journeyParts = `SELECT id, day, channel, campaign, describes, touch, currency, ` + unitsOf + ` AS units, ` + valueOf + ` AS value FROM (
    SELECT if({basis:String} = 'touch' AND touchpoint_id != '', toDate(touched_at), if(opening, opened_date, close_date)) AS day,
        journey_id AS id, channel, campaign, if(journey_kind = 'conversion', conversion_type, 'opportunity') AS describes, touchpoint_id AS touch, currency,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversions_nano) AS conversions,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversion_value_minor) AS conversion_value,
        if(opening, opportunities_nano, 0) AS opportunities, if(opening, pipeline_minor, 0) AS pipeline,
        if(opening, 0, customers_nano) AS customers, if(opening, 0, revenue_minor) AS revenue
    FROM %[1]s FINAL
    ARRAY JOIN [false, true] AS opening
    WHERE workspace = {workspace:String} AND model = {model:String} AND day BETWEEN {from:Date} AND {to:Date}%[2]s)`
	spendParts = `SELECT spend_key AS id, day, channel, campaign, platform AS describes, '' AS touch, if({measure:String} = 'spend', currency, '') AS currency,
        multiIf({measure:String} = 'spend', spend_minor, {measure:String} = 'clicks', clicks, impressions) AS units, toInt64(0) AS value
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}%[2]s`
	touchParts = `SELECT touchpoint_id AS id, toDate(occurred_at) AS day, channel, campaign, kind AS describes, '' AS touch, '' AS currency,
        toInt64(1) AS units, toInt64(0) AS value
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND is_bot = 0 AND day BETWEEN {from:Date} AND {to:Date}%[2]s`
)

// The filters of one key, and of a key that credits do not have: by the touchpoints that do. %[1]s is the column, %[2]s the table.
const (
	keyIs    = "\n      AND %[1]s = {%[1]s:String}"
	touchHas = "\n      AND touchpoint_id IN (SELECT touchpoint_id FROM %[2]s FINAL WHERE workspace = {workspace:String} AND %[1]s = {%[1]s:String})"
	// Without the key: of a touch that has none, or of no touch.
	touchLacks = "\n      AND touchpoint_id NOT IN (SELECT touchpoint_id FROM %[2]s FINAL WHERE workspace = {workspace:String} AND %[1]s != {%[1]s:String})"
	noRows     = "\n      AND {%[1]s:String} = ''"
)

// Counts of whole things, and money, are one currency each: the id alone would add euros to dollars.
const (
	contributionsText = `SELECT id, min(day) AS on, min(channel) AS ch, min(campaign) AS ca, any(describes) AS de, uniqExactIf(touch, touch != '') AS touches, currency,
    sum(units) AS u, sum(value) AS v, if(u + v > 0, -(u + v), u + v) AS place
FROM (%[1]s)
GROUP BY id, currency
HAVING u + v != 0 AND ({first:Bool} OR (place, id, currency) > ({after_units:Int64}, {after_id:String}, {after_currency:String}))
ORDER BY place, id, currency
LIMIT {limit:UInt32}`
	contributionSumsText = `SELECT currency, sum(u), count() FROM (
    SELECT id, currency, sum(units) + sum(value) AS u FROM (%[1]s) GROUP BY id, currency HAVING u != 0
) GROUP BY currency ORDER BY currency`
	contributionDaysText = `SELECT id, day, channel, campaign, any(describes), uniqExactIf(touch, touch != ''), currency, sum(units) AS u, sum(value) AS v
FROM (%[1]s)
GROUP BY id, day, channel, campaign, currency
HAVING u != 0 OR v != 0`
)

// source is the inner statement, one of a few constant texts, and its parameters.
func (q ContributionQuery) source(t tables) (string, []any) {
	value := q.Value
	if value == "" {
		value = performance.ValueBoth
	}
	args := []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("basis", string(q.Basis)), ch.Named("measure", string(q.Measure)),
		ch.Named("value", string(value)), ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()),
		ch.Named("types", append([]string{}, q.ConversionTypes...)),
	}
	filters := ""
	text, table := q.partsText(t)
	ofSpend := performance.MeasureSpend == q.Measure || performance.MeasureImpressions == q.Measure || performance.MeasureClicks == q.Measure
	ofCredits := !ofSpend && q.Measure != performance.MeasureTouchpoints
	if !q.AsOf.IsZero() {
		args = append(args, asOfArg(q.AsOf))
	}
	for _, key := range []struct {
		name   string
		value  *string
		looked bool
	}{
		{"channel", q.Channel, false},
		{"campaign", q.Campaign, false},
		{"source", q.Source, false},
		{"medium", q.Medium, false},
		{"content", q.Content, true},
		{"landing_page", q.LandingPage, true},
	} {
		if key.value == nil {
			continue
		}
		args = append(args, ch.Named(key.name, *key.value))
		filter := keyIs
		switch {
		case key.looked && ofSpend:
			filter = noRows
		case key.looked && ofCredits && *key.value == "":
			filter = touchLacks
		case key.looked && ofCredits:
			filter = touchHas
		}
		filters += fmt.Sprintf(filter+"%.0[2]s", key.name, t.touchpoints)
	}
	return fmt.Sprintf(text, table, filters), args
}

// partsText is where a measure's parts come from, and the table.
func (q ContributionQuery) partsText(t tables) (text, table string) {
	isNow := q.AsOf.IsZero()
	switch q.Measure {
	case performance.MeasureSpend, performance.MeasureImpressions, performance.MeasureClicks:
		if isNow {
			return spendParts, t.spend
		}
		return knownSpendParts, t.spendVersions
	case performance.MeasureTouchpoints:
		if isNow {
			return touchParts, t.touchpoints
		}
		return knownTouchParts, t.touchpoints
	default:
	}
	if isNow {
		return journeyParts, t.credits
	}
	return knownJourneyParts, t.ledger
}

func (q ContributionQuery) statement(t tables) statement {
	source, args := q.source(t)
	after := ContributionPlace{}
	if q.After != nil {
		after = *q.After
	}
	return statement{name: "contributions", rows: q.Limit, text: fmt.Sprintf(contributionsText, source), args: append(args,
		ch.Named("first", q.After == nil), ch.Named("after_units", after.Units), ch.Named("after_id", after.ID),
		ch.Named("after_currency", after.Currency), ch.Named("limit", q.Limit))}
}

// Place is where a contribution stands in the order of contributions.
func (c Contribution) Place() ContributionPlace {
	return ContributionPlace{Units: -abs(c.Units + c.Value), ID: c.ID, Currency: c.Currency}
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// Contributions hands a page of what a figure adds up to each, in order.
func (s *Store) Contributions(ctx context.Context, q ContributionQuery, each func(Contribution) error) error {
	return s.run(ctx, q.statement(s.tables()), func(rows driver.Rows) error {
		var c Contribution
		var place int64
		if err := rows.Scan(&c.ID, &c.Day, &c.Channel, &c.Campaign, &c.Describes, &c.Touches, &c.Currency, &c.Units, &c.Value, &place); err != nil {
			return err
		}
		return each(c)
	})
}

// ContributionSums are what all contributions add up to, per currency.
func (s *Store) ContributionSums(ctx context.Context, q ContributionQuery) ([]ContributionSum, error) {
	source, args := q.source(s.tables())
	sums := []ContributionSum{}
	st := statement{name: "contribution_sums", text: fmt.Sprintf(contributionSumsText, source), args: args}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var sum ContributionSum
		err := rows.Scan(&sum.Currency, &sum.Units, &sum.Rows)
		sums = append(sums, sum)
		return err
	})
	return sums, err
}

// ContributionDays are all contributions per day, channel and campaign: as fine as currencies are converted.
func (s *Store) ContributionDays(ctx context.Context, q ContributionQuery) ([]Contribution, error) {
	source, args := q.source(s.tables())
	all := []Contribution{}
	st := statement{name: "contribution_days", text: fmt.Sprintf(contributionDaysText, source), args: args}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var c Contribution
		err := rows.Scan(&c.ID, &c.Day, &c.Channel, &c.Campaign, &c.Describes, &c.Touches, &c.Currency, &c.Units, &c.Value)
		all = append(all, c)
		return err
	})
	return all, err
}

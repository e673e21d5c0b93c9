package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// tables are the storage tables behind the stable views, or their distributed faces on a cluster. channel_performance_daily shows spend once
// per model of the workspace, so that reading it costs a join, and spend without any credit yet would be missing from it; the view credits
// turns measures into rows, which a question about several of them would only turn back.
type tables struct{ cells, spend, credits, touchpoints, ledger, spendVersions, versions string }

func (s *Store) tables() tables {
	return tables{
		cells: s.db.Table("cells_rows"), spend: s.db.Table("spend_rows"), credits: s.db.Table("credits_rows"), touchpoints: s.db.Table("touchpoints_rows"),
		ledger: s.db.Table("ledger_rows"), spendVersions: s.db.Table("spend_versions_rows"), versions: s.db.Table("opportunity_versions_rows"),
	}
}

const modelsText = `SELECT arraySort(groupUniqArray(model)) FROM models_rows WHERE workspace = {workspace:String}`

// Models reads the models of a workspace, in alphabetical order: those configured and those that hold credit.
func (s *Store) Models(ctx context.Context, workspace string) ([]string, error) {
	models := []string{}
	err := s.run(ctx, statement{name: "models", text: modelsText, args: []any{ch.Named("workspace", workspace)}}, func(rows driver.Rows) error {
		return rows.Scan(&models)
	})
	return models, err
}

// anyFigure keeps cells that count for something: a total that went back to zero is still a row.
const anyFigure = `(conversions_nano != 0 OR conversion_value_minor != 0 OR opportunities_nano != 0 OR pipeline_minor != 0 OR customers_nano != 0 OR revenue_minor != 0)`

// FactsQuery asks for the figures of a period.
type FactsQuery struct {
	Workspace string
	Models    []string
	Basis     performance.Basis
	GroupBy   performance.GroupBy
	Period    performance.Period
	// Interval cuts the figures into steps of time. Empty: none.
	Interval performance.Interval
	// Convert asks for currencies other than Currency per day and campaign, as they are needed to be converted. Otherwise every currency is
	// summed over the period.
	Convert  bool
	Currency string
	// ConversionTypes restricts conversions and their value. Empty: all, which cells hold; types are known to credits only.
	ConversionTypes []string
	// Moment is what was known when. Only channels and campaigns have figures of other moments than now.
	Moment Moment
}

// The branches of the roll-up: cells of the models, touch counts, which exist on basis touch only and under no model, and spend.
const (
	modelCells = `
    SELECT day, model, channel, campaign, currency, %[2]s, opportunities_nano AS opportunities, pipeline_minor AS pipeline, customers_nano AS customers, revenue_minor AS revenue
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND basis = {basis:String} AND model IN {models:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
      AND ` + anyFigure + `
    `
	touchCells = `
    SELECT day, channel, campaign, touchpoints
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND basis = 'touch' AND model = '' AND day BETWEEN {from:Date} AND {to:Date} AND touchpoints != 0
    `
	spendDays = `
    SELECT day, channel, campaign, currency, spend_minor AS spend, impressions, clicks
    FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
    `
)

// The parts of the branches. Foreign currencies keep their campaign even when grouped by channel: each fact is rounded when it is converted, and
// so channels and campaigns round alike.
const (
	byChannel         = `''`
	byForeignCampaign = `if(currency NOT IN ('', {currency:String}), campaign, '')`
	byCampaign        = `campaign`
	conversionsOfAll  = `conversions_nano AS conversions, conversion_value_minor AS conversion_value`
	conversionsOfNone = `toInt64(0) AS conversions, toInt64(0) AS conversion_value`
	// The unattributed line has no touch, so it counts on the day of the conversion on either basis, as in cells.
	conversionsOfType = `
    SELECT if({basis:String} = 'close' OR touchpoint_id = '', close_date, touch_date) AS day, model, channel, campaign, currency,
        if(measure = 'conversions', amount_minor, 0) AS conversions, if(measure = 'conversion_value', amount_minor, 0) AS conversion_value
    FROM credits
    WHERE workspace = {workspace:String} AND journey_kind = 'conversion' AND conversion_type IN {types:Array(String)}
      AND model IN {models:Array(String)} AND measure IN ('conversions', 'conversion_value') AND day BETWEEN {from:Date} AND {to:Date}
    `
)

// steps of time. An unknown interval has none.
var steps = map[performance.Interval]string{
	performance.IntervalDay: "day", performance.IntervalWeek: "toMonday(day)", performance.IntervalMonth: "toStartOfMonth(day)",
}

func (q FactsQuery) args() []any {
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("basis", string(q.Basis)),
		ch.Named("currency", q.Currency), ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()), ch.Named("models", q.Models),
	}
}

func (q FactsQuery) step() string {
	if text, ok := steps[q.Interval]; ok {
		return text
	}
	return "toDate(0)"
}

// rollUp are the branches of what is known now, in channels and campaigns.
func (q FactsQuery) rollUp(t tables) []branch {
	conversions := conversionsOfAll
	var typed []branch
	if len(q.ConversionTypes) > 0 {
		conversions = conversionsOfNone
		typed = []branch{{text: conversionsOfType, model: true, currency: true, figures: []string{"conversions", "conversion_value"}}}
	}
	return append([]branch{
		{text: fmt.Sprintf(modelCells, t.cells, conversions), model: true, currency: true, figures: outcomes},
		{text: fmt.Sprintf(touchCells, t.cells), figures: []string{"touchpoints"}},
		{text: fmt.Sprintf(spendDays, t.spend), currency: true, figures: []string{"spend", "impressions", "clicks"}},
	}, typed...)
}

func (q FactsQuery) statement(t tables) statement {
	if !q.Moment.IsNow() {
		return q.knownStatement(t)
	}
	if q.GroupBy.HasDetail() {
		return q.detailStatement(t)
	}
	args := q.args()
	if len(q.ConversionTypes) > 0 {
		args = append(args, ch.Named("types", q.ConversionTypes))
	}
	return statement{name: "facts", text: q.summed(q.rollUp(t)), args: args}
}

// Facts reads the figures of a period.
func (s *Store) Facts(ctx context.Context, q FactsQuery) ([]performance.Fact, error) {
	if facts, ok, err := s.mirrored(ctx, q); ok || err != nil {
		s.metrics.facts.WithLabelValues(fromMemory).Inc()
		return facts, err
	}
	s.metrics.facts.WithLabelValues(fromClickHouse).Inc()
	facts := []performance.Fact{}
	err := s.run(ctx, q.statement(s.tables()), func(rows driver.Rows) error {
		var f performance.Fact
		var day, step, first, last time.Time
		err := rows.Scan(&f.Channel, &f.Campaign, &f.Detail, &f.Model, &f.Currency, &day, &step, &first, &last,
			&f.Spend, &f.Impressions, &f.Clicks, &f.Touchpoints, &f.Conversions, &f.ConversionValue, &f.Opportunities, &f.Pipeline,
			&f.Customers, &f.Revenue)
		f.On = performance.DayOf(step)
		f.Day, f.Days = performance.DayOf(day), performance.Period{From: performance.DayOf(first), To: performance.DayOf(last)}
		facts = append(facts, f)
		return err
	})
	return facts, err
}

package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// FunnelQuery asks how far the people touched and the opportunities created in a period have come.
type FunnelQuery struct {
	Workspace, Model, Pipeline string
	ConversionTypes            []string
	Period                     performance.Period
	// Stages are the steps between creation and won, in order.
	Stages []string
	// AsOf is the moment up to which things are known: touchpoints and conversions received, versions of deals and credit recorded. Zero: now.
	AsOf time.Time
}

// People are the counts of one channel, or of all.
type People struct {
	Channel                   string
	Touched, Known, Converted int64
	MedianDays, P90Days       float64
}

// DealStep is how many opportunities came at least as far as a step: 0 is the creation, then the stages, the last is won.
type DealStep struct {
	Step                int
	Reached, Open, Lost int64
	// The days since the step before; NaN when nobody came.
	MedianDays, P90Days float64
}

// DealAmount is the amount of the opportunities that reached a step, in one currency, by their day of creation.
type DealAmount struct {
	Step     int
	Currency string
	Day      performance.Day
	Minor    int64
}

// DealChannel is a channel's credit for the opportunities that reached a step, in nano-units.
type DealChannel struct {
	Step    int
	Channel string
	Nano    int64
}

// StageUse is how a stage is used: how often it was entered, at which place on average, and how often that ended the opportunity.
type StageUse struct {
	Stage   string
	Entries int64
	Place   float64
	Ends    int64
}

// people have one row per human with a touch in the period: unidentified visitors count as one each. The first touch is that of the smallest time, then
// of the smallest hash of its id: as one number they are compared four times as fast as a pair.
const people = `SELECT t.human AS human, t.channel AS channel, t.known AS known,
        arrayFilter(moment -> moment >= t.first_at, c.moments) AS later, length(later) > 0 AS converted,
        if(converted, dateDiff('second', t.first_at, arrayMin(later)) / 86400, 0) AS days
    FROM (
        SELECT if(person_id != '', person_id, visitor_id) AS human, toString(argMin(channel, bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(occurred_at)), 64), toUInt128(cityHash64(touchpoint_id))))) AS channel,
            min(occurred_at) AS first_at, max(person_id != '') AS known
        FROM %[1]s FINAL
        WHERE workspace = {workspace:String} AND is_bot = 0 AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date}%[2]s
        GROUP BY human
    ) AS t
    LEFT JOIN (
        SELECT if(person_id != '', person_id, visitor_id) AS human, groupArray(occurred_at) AS moments FROM conversions
        WHERE workspace = {workspace:String} AND day >= {from:Date} AND (empty({types:Array(String)}) OR has({types:Array(String)}, type))%[2]s
        GROUP BY human
    ) AS c ON c.human = t.human`

// peopleText counts them by channel, and all of them in a row of its own.
const peopleText = `SELECT grouping(channel) = 1 AS is_total, channel, toInt64(count()), toInt64(countIf(known OR converted)), toInt64(countIf(converted)),
    quantileExactIf(0.5)(days, converted), quantileExactIf(0.9)(days, converted)
FROM (%s) GROUP BY ROLLUP(channel) ORDER BY is_total DESC, channel`

// deals have one row per opportunity created in the period with the moment at which it had come at least as far as each step: a skipped stage
// counts as passed when a later one was entered.
// %[1]s is where they come from.
const deals = `SELECT o.opportunity_id AS opportunity_id, toDate(o.created_at) AS created_on, o.currency AS currency, o.amount_minor AS minor, o.is_won = 1 AS won, o.is_closed = 1 AS closed,
        arrayFilter(v -> v.1 > 0, arrayMap(v -> (indexOf({stages:Array(String)}, v.1), v.2), o.visits)) AS visits,
        arrayConcat([o.created_at], arrayMap(step -> arrayMin(v -> v.2, arrayConcat(arrayFilter(v -> v.1 >= step, visits),
            if(won, [(toUInt64(1000), o.closed_at)], []))), arrayFilter(step -> won OR arrayExists(v -> v.1 >= step, visits), arrayEnumerate({stages:Array(String)}))),
            if(won, [o.closed_at], [])) AS moments
    FROM (%[1]s) AS o`

const (
	dealStepsText = `SELECT toInt64(step - 1) AS at, toInt64(count()), toInt64(countIf(step = length(moments) AND NOT closed)), toInt64(countIf(step = length(moments) AND closed AND NOT won)),
    quantileExact(0.5)(days), quantileExact(0.9)(days)
FROM (
    SELECT *, step, greatest(0, if(step = 1, 0, dateDiff('second', moments[step - 1], moments[step]) / 86400)) AS days
    FROM (%[1]s) ARRAY JOIN arrayEnumerate(moments) AS step
) GROUP BY at ORDER BY at`
	dealAmountsText = `SELECT toInt64(step - 1) AS at, currency, created_on, sum(minor) FROM (%[1]s) ARRAY JOIN arrayEnumerate(moments) AS step
GROUP BY at, currency, created_on HAVING sum(minor) != 0`
	dealChannelsText = `SELECT toInt64(step - 1) AS at, c.channel AS of_channel, sum(c.nano) AS credit
FROM (SELECT opportunity_id, step FROM (%[1]s) ARRAY JOIN arrayEnumerate(moments) AS step) AS d
INNER JOIN (%[2]s) AS c ON c.opportunity_id = d.opportunity_id
GROUP BY at, of_channel HAVING credit != 0`
	// A deal's credit by channel, as now and as the postings up to a moment add up to. %[1]s is the table. What PREWHERE names is a function of the key that
	// FINAL compares versions by (a posting's id is a hash of it), so that it keeps all versions of a row or none; FINAL would read every column of the
	// conversions' rows otherwise, a hundred times as many.
	dealCreditText = `SELECT substring(journey_id, 3) AS opportunity_id, toString(channel) AS channel, sum(opportunities_nano) AS nano FROM %[1]s FINAL
    PREWHERE journey_kind = 'opportunity' AND model = {model:String} WHERE workspace = {workspace:String} GROUP BY opportunity_id, channel`
	knownDealCreditText = `SELECT substring(journey_id, 3) AS opportunity_id, toString(channel) AS channel, sum(delta_minor) AS nano FROM %[1]s FINAL
    PREWHERE journey_kind = 'opportunity' AND measure = 'opportunities' AND model = {model:String} WHERE workspace = {workspace:String} AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})
    GROUP BY opportunity_id, channel`
	stageUsesText = `SELECT stage, toInt64(count()), avg(place), toInt64(countIf(ends)) FROM (
    SELECT v.1 AS stage, place, o.is_closed = 1 AND v.2 = arrayMax(x -> x.2, o.visits) AS ends
    FROM (%[1]s) AS o
    ARRAY JOIN arraySort(x -> x.2, o.visits) AS v, arrayEnumerate(o.visits) AS place
) GROUP BY stage ORDER BY avg(place), stage`
	pipelinesText = `SELECT DISTINCT pipeline FROM (%[1]s) WHERE pipeline != '' ORDER BY pipeline LIMIT 1000`
)

func (q FunnelQuery) args() []any {
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("pipeline", q.Pipeline), ch.Named("from", q.Period.From.String()),
		ch.Named("to", q.Period.To.String()), ch.Named("types", append([]string{}, q.ConversionTypes...)), ch.Named("stages", append([]string{}, q.Stages...)), asOfArg(q.AsOf),
	}
}

// People reads the people of the period: first all of them under an empty channel, then those of every channel (of their first touch). None when
// nobody was touched.
func (s *Store) People(ctx context.Context, q FunnelQuery) ([]People, error) {
	all := []People{}
	st := statement{name: "funnel_people", text: fmt.Sprintf(peopleText, fmt.Sprintf(people, s.tables().touchpoints, receivedBy(q.AsOf))), args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var p People
		var isTotal uint8
		err := rows.Scan(&isTotal, &p.Channel, &p.Touched, &p.Known, &p.Converted, &p.MedianDays, &p.P90Days)
		if p.Touched > 0 {
			all = append(all, p)
		}
		return err
	})
	return all, err
}

// DealSteps reads how far the period's opportunities came.
func (s *Store) DealSteps(ctx context.Context, q FunnelQuery) ([]DealStep, error) {
	steps := []DealStep{}
	st := statement{name: "funnel_deals", text: fmt.Sprintf(dealStepsText, fmt.Sprintf(deals, q.dealsOf(s.tables()))), args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var d DealStep
		var step int64
		err := rows.Scan(&step, &d.Reached, &d.Open, &d.Lost, &d.MedianDays, &d.P90Days)
		d.Step = int(step)
		steps = append(steps, d)
		return err
	})
	return steps, err
}

// DealAmounts reads what they are worth.
func (s *Store) DealAmounts(ctx context.Context, q FunnelQuery) ([]DealAmount, error) {
	amounts := []DealAmount{}
	st := statement{name: "funnel_amounts", text: fmt.Sprintf(dealAmountsText, fmt.Sprintf(deals, q.dealsOf(s.tables()))), args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var d DealAmount
		var step int64
		var day time.Time
		err := rows.Scan(&step, &d.Currency, &day, &d.Minor)
		d.Step, d.Day = int(step), performance.DayOf(day)
		amounts = append(amounts, d)
		return err
	})
	return amounts, err
}

// DealChannels reads the channels' credit for them.
func (s *Store) DealChannels(ctx context.Context, q FunnelQuery) ([]DealChannel, error) {
	channels := []DealChannel{}
	t := s.tables()
	credit := fmt.Sprintf(dealCreditText, t.credits)
	if !q.AsOf.IsZero() {
		credit = fmt.Sprintf(knownDealCreditText, t.ledger)
	}
	st := statement{name: "funnel_channels", text: fmt.Sprintf(dealChannelsText, fmt.Sprintf(deals, q.dealsOf(t)), credit), args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var d DealChannel
		var step int64
		err := rows.Scan(&step, &d.Channel, &d.Nano)
		d.Step = int(step)
		channels = append(channels, d)
		return err
	})
	return channels, err
}

// StageUses reads which stages the period's opportunities were in.
func (s *Store) StageUses(ctx context.Context, q FunnelQuery) ([]StageUse, error) {
	uses := []StageUse{}
	err := s.run(ctx, statement{name: "funnel_stages", text: fmt.Sprintf(stageUsesText, q.dealsOf(s.tables())), args: q.args()}, func(rows driver.Rows) error {
		var u StageUse
		err := rows.Scan(&u.Stage, &u.Entries, &u.Place, &u.Ends)
		uses = append(uses, u)
		return err
	})
	return uses, err
}

// receivedBy leaves out what was received after a moment.
func receivedBy(asOf time.Time) string {
	if asOf.IsZero() {
		return ""
	}
	return " AND received_at <= fromUnixTimestamp64Milli({as_of:Int64})"
}

// Pipelines reads the CRM pipelines there are, or were known at a moment; zero: now.
func (s *Store) Pipelines(ctx context.Context, workspace string, asOf time.Time) ([]string, error) {
	pipelines := []string{}
	from := "SELECT pipeline FROM opportunities WHERE workspace = {workspace:String}"
	if !asOf.IsZero() {
		from = s.tables().knownDealsFrom("")
	}
	st := statement{name: "pipelines", text: fmt.Sprintf(pipelinesText, from), args: []any{ch.Named("workspace", workspace), asOfArg(asOf)}}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var p string
		err := rows.Scan(&p)
		pipelines = append(pipelines, p)
		return err
	})
	return pipelines, err
}

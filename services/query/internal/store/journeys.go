package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// JourneysQuery asks for a list of journeys. Empty fields do not restrict.
type JourneysQuery struct {
	Workspace, Model, Kind, Pipeline, Stage, Account, Person, Channel, Campaign, Text string
	States, ConversionTypes                                                           []string
	Period                                                                            performance.Period
	// AsOf leaves out what was recorded later. Zero: nothing.
	AsOf time.Time
	// Sort is opened_on, closed_on, amount, touches or recorded_at.
	Sort       string
	Descending bool
	// After is where the page before ended; nil: at the beginning.
	After *JourneyPlace
	Limit int
}

// JourneyPlace is a place in a list of journeys.
type JourneyPlace struct {
	Rank float64
	ID   string
}

// ListedJourney is a journey of a list.
type ListedJourney struct {
	ID, Kind, ConversionType, State string
	OpenedOn, ClosedOn              time.Time
	AccountID, PersonID             string
	Pipeline, Stage                 string
	HasAmount                       bool
	AmountMinor                     int64
	// HasProbability: the CRM or the stage map says what the chance of winning is; WeightedMinor is the amount times it.
	HasProbability         bool
	Probability            float64
	WeightedMinor          int64
	Currency               string
	Touches                uint64
	Channels               []string
	FirstTouch, RecordedAt time.Time
	Rank                   float64
}

// presentJourneys unite conversions and opportunities under one set of columns.
const presentJourneys = `SELECT 'c:' || conversion_id AS journey_id, 'conversion' AS kind, type AS conversion_type, 'converted' AS state, day AS opened_on, day AS closed_on,
            account_id, if(person_id != '', person_id, visitor_id) AS person_id, '' AS pipeline, '' AS stage, has_value AS has_amount,
            value_minor AS amount_minor, value AS amount, currency, received_at AS known_at, toInt64(0) AS has_probability, toFloat64(0) AS probability, toInt64(0) AS weighted_minor
        FROM conversions WHERE workspace = {workspace:String}
        UNION ALL
        SELECT 'o:' || opportunity_id, 'opportunity', '', multiIf(is_won = 1, 'won', is_closed = 1, 'lost', 'open'), toDate(created_at), toDate(closed_at),
            account_id, '', pipeline, stage, has_amount, amount_minor, amount, currency, greatest(created_at, closed_at), has_probability, probability, weighted_minor
        FROM opportunities WHERE workspace = {workspace:String}`

// listedText restricts journeys. %[1]s are further restrictions, %[2]s where journeys come from.
const listedText = `SELECT * FROM (
        %[2]s
    )
    WHERE opened_on BETWEEN {from:Date} AND {to:Date}
      AND ({kind:String} = '' OR kind = {kind:String}) AND (empty({states:Array(String)}) OR has({states:Array(String)}, state))
      AND (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)) AND ({pipeline:String} = '' OR pipeline = {pipeline:String})
      AND ({stage:String} = '' OR stage = {stage:String}) AND ({account:String} = '' OR account_id = {account:String})
      AND ({text:String} = '' OR positionCaseInsensitiveUTF8(concat(journey_id, ' ', account_id, ' ', person_id, ' ', conversion_type, ' ', stage), {text:String}) > 0)%[1]s`

// The restrictions that need a look at credits. %[1]s is their table.
const (
	withChannel = "\n      AND journey_id IN (SELECT journey_id FROM %[1]s WHERE workspace = {workspace:String} AND model = {model:String}" +
		" AND ({channel:String} = '' OR channel = {channel:String}) AND ({campaign:String} = '' OR campaign = {campaign:String}))"
	withPerson = "\n      AND (person_id = {person:String} OR journey_id IN (SELECT journey_id FROM %[1]s WHERE workspace = {workspace:String}" +
		" AND model = {model:String} AND person_id = {person:String}))"
)

// pathOf is what credits say of a journey: its touches in order. Of long journeys the first and the last ten channels are shown.
const pathOf = `SELECT journey_id, countIf(touchpoint_id != '') AS touches,
        arrayMap(t -> t.3, arraySort(groupArrayIf((touched_at, touchpoint_id, toString(channel)), touchpoint_id != ''))) AS path,
        if(length(path) > 20, arrayConcat(arraySlice(path, 1, 10), arraySlice(path, -10)), path) AS channels,
        minIf(touched_at, touchpoint_id != '') AS first_touch, max(recorded_at) AS credit_recorded_at
    FROM %[1]s
    WHERE workspace = {workspace:String} AND model = {model:String}%[2]s
    GROUP BY journey_id`

// journeysText lists a page. Sorted by what credits say, it joins them all; otherwise only those of the page: %[3]s is which.
const journeysText = `WITH listed AS (%[1]s),
ranked AS (
    SELECT l.*, %[3]s AS rank FROM listed AS l%[2]s
),
page AS (
    SELECT * FROM ranked
    WHERE {first:Bool} OR (rank * {direction:Int8}, journey_id) > ({after_rank:Float64} * {direction:Int8}, {after_id:String})
    ORDER BY rank * {direction:Int8}, journey_id LIMIT {limit:UInt32}
)
SELECT p.journey_id, p.kind, p.conversion_type, p.state, p.opened_on, p.closed_on, p.account_id, p.person_id, p.pipeline, p.stage, p.has_amount = 1,
    p.amount_minor, p.currency, c.touches, c.channels, c.first_touch, greatest(p.known_at, c.credit_recorded_at), p.rank,
    p.has_probability = 1, p.probability, p.weighted_minor
FROM page AS p LEFT JOIN (%[4]s) AS c ON c.journey_id = p.journey_id
ORDER BY p.rank * {direction:Int8}, p.journey_id`

const ofPage = "\n      AND journey_id IN (SELECT journey_id FROM page)"

// ranks are what can be sorted by; those of credits need them all.
var ranks = map[string]struct {
	text      string
	ofCredits bool
}{
	"opened_on": {"toFloat64(toUInt16(l.opened_on))", false}, "closed_on": {"toFloat64(toUInt16(l.closed_on))", false}, "amount": {"l.amount", false},
	"touches": {"toFloat64(k.touches)", true}, "recorded_at": {"toFloat64(toUnixTimestamp64Milli(greatest(l.known_at, k.credit_recorded_at)))", true},
}

func (q JourneysQuery) listed(t tables) string {
	further := ""
	if q.Channel != "" || q.Campaign != "" {
		further += fmt.Sprintf(withChannel, t.creditsAt(q.AsOf))
	}
	if q.Person != "" {
		further += fmt.Sprintf(withPerson, t.credits+" FINAL") // the ledger names no persons
	}
	journeys := presentJourneys
	if !q.AsOf.IsZero() {
		journeys = fmt.Sprintf(knownJourneys, t.knownDealsFrom(""))
	}
	return fmt.Sprintf(listedText, further, journeys)
}

func (q JourneysQuery) args() []any {
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("kind", q.Kind), ch.Named("states", append([]string{}, q.States...)),
		ch.Named("types", append([]string{}, q.ConversionTypes...)), ch.Named("pipeline", q.Pipeline), ch.Named("stage", q.Stage),
		ch.Named("account", q.Account), ch.Named("person", q.Person), ch.Named("channel", q.Channel), ch.Named("campaign", q.Campaign),
		ch.Named("text", q.Text), ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()), asOfArg(q.AsOf),
	}
}

func (q JourneysQuery) statement(t tables) statement {
	rank, ok := ranks[q.Sort]
	if !ok {
		rank = ranks["opened_on"]
	}
	joined := ""
	if rank.ofCredits {
		joined = " LEFT JOIN (" + fmt.Sprintf(pathOf, t.creditsAt(q.AsOf), "") + ") AS k ON k.journey_id = l.journey_id"
	}
	after, direction := JourneyPlace{}, 1
	if q.After != nil {
		after = *q.After
	}
	if q.Descending {
		direction = -1
	}
	text := fmt.Sprintf(journeysText, q.listed(t), joined, rank.text, fmt.Sprintf(pathOf, t.creditsAt(q.AsOf), ofPage))
	return statement{name: "journeys", text: text, rows: q.Limit, args: append(q.args(), ch.Named("first", q.After == nil), ch.Named("direction", direction),
		ch.Named("after_rank", after.Rank), ch.Named("after_id", after.ID), ch.Named("limit", q.Limit))}
}

// Journeys hands a page of journeys to each, in order.
func (s *Store) Journeys(ctx context.Context, q JourneysQuery, each func(ListedJourney) error) error {
	return s.run(ctx, q.statement(s.tables()), func(rows driver.Rows) error {
		var j ListedJourney
		err := rows.Scan(&j.ID, &j.Kind, &j.ConversionType, &j.State, &j.OpenedOn, &j.ClosedOn, &j.AccountID, &j.PersonID, &j.Pipeline, &j.Stage,
			&j.HasAmount, &j.AmountMinor, &j.Currency, &j.Touches, &j.Channels, &j.FirstTouch, &j.RecordedAt, &j.Rank,
			&j.HasProbability, &j.Probability, &j.WeightedMinor)
		if err != nil {
			return err
		}
		return each(j)
	})
}

// CountJourneys counts the journeys of all pages, by state.
func (s *Store) CountJourneys(ctx context.Context, q JourneysQuery) (map[string]uint64, error) {
	counts := map[string]uint64{}
	st := statement{name: "count_journeys", text: "SELECT state, count() FROM (" + q.listed(s.tables()) + ") GROUP BY state", args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var state string
		var n uint64
		err := rows.Scan(&state, &n)
		counts[state] = n
		return err
	})
	return counts, err
}

// StageVisit is a stay of an opportunity in a stage.
type StageVisit struct {
	Stage, SourceStage string
	EnteredAt, LeftAt  time.Time
	AmountMinor        int64
	Currency           string
	// HasProbability: something said what the chance was during the stay.
	HasProbability bool
	Probability    float64
}

const visitsText = `SELECT stage, source_stage, entered_at, left_at, amount_minor, currency, has_probability = 1, probability FROM opportunity_stages
WHERE workspace = {workspace:String} AND startsWith({journey:String}, 'o:') AND opportunity_id = substring({journey:String}, 3) ORDER BY entered_at`

// knownVisitsText are the stays as known at a moment. %[1]s are the deals.
const knownVisitsText = `SELECT s.2, s.3, fromUnixTimestamp64Milli(s.1, 'UTC'), fromUnixTimestamp64Milli(s.4, 'UTC'), s.5, currency, s.6 >= 0, greatest(s.6, 0) / 1000000
FROM (%[1]s) ARRAY JOIN stays AS s ORDER BY s.1`

// ofJourney keeps the deal of one journey.
const ofJourney = " AND startsWith({journey:String}, 'o:') AND opportunity_id = substring({journey:String}, 3)"

// StageVisits reads an opportunity's stays, in order, as now or as known at the moment asked for; none for conversions.
func (s *Store) StageVisits(ctx context.Context, q JourneyQuery) ([]StageVisit, error) {
	visits := []StageVisit{}
	st := statement{name: "journey_stages", text: visitsText, args: q.args()}
	if !q.AsOf.IsZero() {
		text := fmt.Sprintf(knownVisitsText, s.tables().knownDealsFrom(ofJourney))
		st = statement{name: "journey_known_stages", text: text, args: append(q.args(), asOfArg(q.AsOf))}
	}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var v StageVisit
		err := rows.Scan(&v.Stage, &v.SourceStage, &v.EnteredAt, &v.LeftAt, &v.AmountMinor, &v.Currency, &v.HasProbability, &v.Probability)
		visits = append(visits, v)
		return err
	})
	return visits, err
}

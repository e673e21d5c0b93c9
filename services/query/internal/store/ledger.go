package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// LedgerQuery selects postings. Empty fields select all.
type LedgerQuery struct {
	Workspace string
	// From leaves out what was recorded up to it, To what was recorded after it. Zero: no bound.
	From, To time.Time
	// Period is of business days in the basis.
	Period  performance.Period
	Basis   performance.Basis
	Model   string
	Measure string
	Channel string
}

// BridgeBy is what the steps of a bridge are.
type BridgeBy string

// The kinds of steps.
const (
	BridgeByReason  BridgeBy = "reason"
	BridgeByChannel BridgeBy = "channel"
	BridgeByMonth   BridgeBy = "month"
)

// BridgePart is a sum of postings of one reason, channel, campaign, month, currency and day. IsBefore says that they were recorded up to From. Campaigns
// are told of money alone: it is converted per campaign.
type BridgePart struct {
	IsBefore                  bool
	Reason, Channel, Campaign string
	Month                     performance.Day
	Currency                  string
	Day                       performance.Day
	Minor                     int64
}

// BridgeCount counts what is behind a step.
type BridgeCount struct {
	Key                string
	Postings, Journeys uint64
}

// selected are the postings of a query. The day is that of the basis.
const selected = `FROM (
    SELECT *, if({basis:String} = 'touch', touch_date, close_date) AS day FROM %s FINAL
    WHERE workspace = {workspace:String} AND recorded_at <= fromUnixTimestamp64Milli({to:Int64})
      AND ({model:String} = '' OR model = {model:String}) AND ({measure:String} = '' OR measure = {measure:String})
      AND ({channel:String} = '' OR channel = {channel:String})
)
WHERE day BETWEEN {first:Date} AND {last:Date}`

// bridgeCampaign is the campaign of money, whose conversion is rounded per day, channel and campaign as everywhere; counts need none.
const bridgeCampaign = `if(measure IN ('conversions', 'opportunities', 'customers'), '', toString(campaign))`

const bridgeText = `SELECT recorded_at <= fromUnixTimestamp64Milli({from:Int64}) AS is_before, if(is_before, '', toString(reason)) AS why,
    toString(channel) AS place, ` + bridgeCampaign + ` AS within, if(is_before, toDate(0), toStartOfMonth(day)) AS month, toString(currency) AS money, day, sum(delta_minor) AS minor
` + selected + `
GROUP BY is_before, why, place, within, month, money, day
HAVING minor != 0`

// bridgeEndText adds up everything known at the end, without looking at what was known before.
const bridgeEndText = `SELECT toString(channel) AS place, ` + bridgeCampaign + ` AS within, toString(currency) AS money, day, sum(delta_minor) AS minor
` + selected + `
GROUP BY place, within, money, day
HAVING minor != 0`

const bridgeCountText = `SELECT multiIf({by:String} = 'reason', toString(reason), {by:String} = 'channel', toString(channel), toString(toStartOfMonth(day))) AS key,
    count(), uniqExact(journey_id)
` + selected + ` AND recorded_at > fromUnixTimestamp64Milli({from:Int64}) AND delta_minor != 0
GROUP BY key`

func (q LedgerQuery) args() []any {
	from, to := int64(-1), farFuture
	if !q.From.IsZero() {
		from = q.From.UnixMilli()
	}
	if !q.To.IsZero() {
		to = q.To.UnixMilli()
	}
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("from", from), ch.Named("to", to), ch.Named("basis", string(q.Basis)),
		ch.Named("model", q.Model), ch.Named("measure", q.Measure), ch.Named("channel", q.Channel),
		ch.Named("first", q.Period.From.String()), ch.Named("last", q.Period.To.String()),
	}
}

func (q LedgerQuery) statement(name, text string, t tables, more ...any) statement {
	return statement{name: name, text: fmt.Sprintf(text, t.ledger), args: append(q.args(), more...)}
}

// BridgeParts reads what was known at From, and every change after it up to To.
func (s *Store) BridgeParts(ctx context.Context, q LedgerQuery) ([]BridgePart, error) {
	parts := []BridgePart{}
	err := s.run(ctx, q.statement("bridge", bridgeText, s.tables()), func(rows driver.Rows) error {
		var p BridgePart
		var before uint8
		var month, day time.Time
		err := rows.Scan(&before, &p.Reason, &p.Channel, &p.Campaign, &month, &p.Currency, &day, &p.Minor)
		p.IsBefore, p.Month, p.Day = before == 1, performance.DayOf(month), performance.DayOf(day)
		parts = append(parts, p)
		return err
	})
	return parts, err
}

// BridgeEnd reads what was known at To, per channel, campaign, currency and day.
func (s *Store) BridgeEnd(ctx context.Context, q LedgerQuery) ([]BridgePart, error) {
	parts := []BridgePart{}
	err := s.run(ctx, q.statement("bridge_end", bridgeEndText, s.tables()), func(rows driver.Rows) error {
		var p BridgePart
		var day time.Time
		err := rows.Scan(&p.Channel, &p.Campaign, &p.Currency, &day, &p.Minor)
		p.Day = performance.DayOf(day)
		parts = append(parts, p)
		return err
	})
	return parts, err
}

// BridgeCounts counts the postings and journeys behind each step.
func (s *Store) BridgeCounts(ctx context.Context, q LedgerQuery, by BridgeBy) ([]BridgeCount, error) {
	counts := []BridgeCount{}
	err := s.run(ctx, q.statement("bridge_counts", bridgeCountText, s.tables(), ch.Named("by", string(by))), func(rows driver.Rows) error {
		var c BridgeCount
		err := rows.Scan(&c.Key, &c.Postings, &c.Journeys)
		counts = append(counts, c)
		return err
	})
	return counts, err
}

// PostingsQuery selects postings to look at, the latest first.
type PostingsQuery struct {
	LedgerQuery
	Reason, Campaign, Journey string
	// Month selects by the month of the business day, BookedMonth by the month whose books they are in. Zero: all.
	Month, BookedMonth performance.Day
	// Before is where the page before ended.
	Before PostingPlace
	Limit  int
}

// PostingPlace is a posting's place in the order of pages.
type PostingPlace struct {
	RecordedMS int64
	PostingID  string
}

// LedgerPosting is a posting with everything the ledger says of it.
type LedgerPosting struct {
	Posting
	JourneyID, JourneyKind, ConversionType string
	TouchDate, CloseDate, BookedMonth      time.Time
	IsAdjustment                           bool
}

// PostingSum adds postings up.
type PostingSum struct {
	Model, Measure, Currency string
	Minor                    int64
	Postings                 uint64
}

// postingsWhere selects from the view, which knows the books. The join with them is left out by the planner unless a column of it is used.
const postingsWhere = `
FROM ledger
WHERE workspace = {workspace:String} AND recorded_at > fromUnixTimestamp64Milli({from:Int64}) AND recorded_at <= fromUnixTimestamp64Milli({to:Int64})
  AND ({model:String} = '' OR model = {model:String}) AND ({measure:String} = '' OR measure = {measure:String})
  AND ({channel:String} = '' OR channel = {channel:String}) AND ({reason:String} = '' OR reason = {reason:String})
  AND ({campaign:String} = '' OR campaign = {campaign:String}) AND ({journey:String} = '' OR journey_id = {journey:String})
  AND if({basis:String} = 'touch', touch_date, close_date) BETWEEN {first:Date} AND {last:Date}
  AND ({month:Date} = toDate(0) OR toStartOfMonth(if({basis:String} = 'touch', touch_date, close_date)) = {month:Date})`

const postingsBooked = `
  AND booked_month = {booked:Date}`

const postingsPageText = `SELECT posting_id, journey_id, journey_kind, conversion_type, model, model_version, measure, touchpoint_id, channel, campaign, delta_weight,
    delta_amount_minor, currency, reason, cause_event_id, effective_at, recorded_at, version, touch_date, close_date, booked_month, is_adjustment` + postingsWhere + `%s
  AND (recorded_at, posting_id) < (fromUnixTimestamp64Milli({before:Int64}), {before_id:String})
ORDER BY recorded_at DESC, posting_id DESC
LIMIT {limit:UInt32}`

const postingsSumText = `SELECT model, measure, if(measure IN ('conversions', 'opportunities', 'customers'), '', currency) AS money, sum(delta_amount_minor), count()` +
	postingsWhere + `%s
GROUP BY model, measure, money
ORDER BY model, measure, money`

func (q PostingsQuery) statement(name, text string) statement {
	before := q.Before
	if before.PostingID == "" {
		before.RecordedMS = farFuture
	}
	booked := ""
	if q.BookedMonth != 0 {
		booked = postingsBooked
	}
	args := append(q.args(), ch.Named("reason", q.Reason), ch.Named("campaign", q.Campaign), ch.Named("journey", q.Journey),
		ch.Named("month", q.Month.String()), ch.Named("booked", q.BookedMonth.String()), ch.Named("before", before.RecordedMS),
		ch.Named("before_id", before.PostingID), ch.Named("limit", q.Limit))
	return statement{name: name, text: fmt.Sprintf(text, booked), args: args}
}

// LedgerPostings reads a page of postings.
func (s *Store) LedgerPostings(ctx context.Context, q PostingsQuery) ([]LedgerPosting, error) {
	postings := []LedgerPosting{}
	err := s.run(ctx, q.statement("postings", postingsPageText), func(rows driver.Rows) error {
		var p LedgerPosting
		var adjustment int64
		err := rows.Scan(&p.ID, &p.JourneyID, &p.JourneyKind, &p.ConversionType, &p.Model, &p.ModelVersion, &p.Measure, &p.TouchpointID, &p.Channel,
			&p.Campaign, &p.DeltaWeight, &p.DeltaMinor, &p.Currency, &p.Reason, &p.CauseEventID, &p.EffectiveAt, &p.RecordedAt, &p.Version,
			&p.TouchDate, &p.CloseDate, &p.BookedMonth, &adjustment)
		p.IsAdjustment = adjustment != 0
		postings = append(postings, p)
		return err
	})
	return postings, err
}

// PostingSums adds up all postings that a question selects.
func (s *Store) PostingSums(ctx context.Context, q PostingsQuery) ([]PostingSum, error) {
	sums := []PostingSum{}
	err := s.run(ctx, q.statement("posting_sums", postingsSumText), func(rows driver.Rows) error {
		var p PostingSum
		err := rows.Scan(&p.Model, &p.Measure, &p.Currency, &p.Minor, &p.Postings)
		sums = append(sums, p)
		return err
	})
	return sums, err
}

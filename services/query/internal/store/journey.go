package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// JourneyQuery asks for one journey.
type JourneyQuery struct {
	Workspace, JourneyID string
	// Model restricts to one. Empty: all.
	Model string
	// AsOf leaves out postings recorded later. Zero: none.
	AsOf time.Time
}

// MaxPostings is how many postings of a journey are read, the latest: a hot account's deal has thousands, and nobody reads them one by one.
const MaxPostings = 5000

// Credit is a touch's current credit in one measure; TouchpointID is empty on the unattributed line.
type Credit struct {
	Kind, Model, ModelVersion, Measure, ConversionType, TouchpointID, Positions string
	Channel, Source, Medium, Campaign                                           string
	Weight                                                                      float64
	// AmountMinor is in minor units of Currency, or in nano-units for counts.
	AmountMinor           int64
	Currency              string
	OpenedDate, CloseDate time.Time
	PersonID, AccountID   string
	RecordedAt            time.Time
}

// Posting is one change of a touch's credit.
type Posting struct {
	ID, Model, ModelVersion, Measure, TouchpointID, Channel, Campaign string
	DeltaWeight                                                       float64
	DeltaMinor                                                        int64
	Currency, Reason, CauseEventID                                    string
	EffectiveAt, RecordedAt                                           time.Time
	Version                                                           int64
}

// Touch is a touchpoint of a journey.
type Touch struct {
	ID, Kind, Channel, Source, Medium, Campaign, Content, LandingPage, ReferrerHost, Evidence, RulesVersion string
	VisitorID, PersonID, AccountID, EventID                                                                 string
	OccurredAt, ReceivedAt                                                                                  time.Time
}

const creditsText = `SELECT journey_kind, model, model_version, measure, conversion_type, touchpoint_id, positions, channel, source, medium, campaign,
    weight, amount_minor, currency, opened_date, close_date, person_id, account_id, recorded_at
FROM credits
WHERE workspace = {workspace:String} AND journey_id = {journey:String} AND ({model:String} = '' OR model = {model:String})
ORDER BY model, measure, touchpoint_id = '', touch_date, touchpoint_id`

// postingsText reads the latest first, so that a limit leaves out the oldest.
const postingsText = `SELECT posting_id, model, model_version, measure, touchpoint_id, channel, campaign, delta_weight, delta_amount_minor, currency,
    reason, cause_event_id, effective_at, recorded_at, version
FROM ledger
WHERE workspace = {workspace:String} AND journey_id = {journey:String} AND ({model:String} = '' OR model = {model:String})
  AND recorded_at <= fromUnixTimestamp64Milli({as_of:Int64})
ORDER BY version DESC, model, measure, touchpoint_id = '', touchpoint_id
LIMIT {limit:UInt32}`

const touchesText = `SELECT touchpoint_id, kind, channel, source, medium, campaign, content, landing_page, referrer_host, evidence, rules_version,
    visitor_id, person_id, account_id, event_id, occurred_at, received_at
FROM touchpoints
WHERE workspace = {workspace:String} AND touchpoint_id IN {touches:Array(String)}
ORDER BY occurred_at, touchpoint_id`

func (q JourneyQuery) args() []any {
	return []any{ch.Named("workspace", q.Workspace), ch.Named("journey", q.JourneyID), ch.Named("model", q.Model)}
}

// Credits reads a journey's credit: that of now, or that of the moment asked for, of which positions are not known.
func (s *Store) Credits(ctx context.Context, q JourneyQuery) ([]Credit, error) {
	credits := []Credit{}
	st := statement{name: "journey_credits", text: creditsText, args: q.args()}
	if !q.AsOf.IsZero() {
		st = statement{name: "journey_known_credits", text: fmt.Sprintf(knownCreditsText, s.tables().ledger), args: append(q.args(), asOfArg(q.AsOf))}
	}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var c Credit
		err := rows.Scan(&c.Kind, &c.Model, &c.ModelVersion, &c.Measure, &c.ConversionType, &c.TouchpointID, &c.Positions, &c.Channel, &c.Source,
			&c.Medium, &c.Campaign, &c.Weight, &c.AmountMinor, &c.Currency, &c.OpenedDate, &c.CloseDate, &c.PersonID, &c.AccountID, &c.RecordedAt)
		credits = append(credits, c)
		return err
	})
	return credits, err
}

// farFuture is later than any posting.
const farFuture = int64(1) << 42

// Postings reads a journey's postings, latest first.
func (s *Store) Postings(ctx context.Context, q JourneyQuery) ([]Posting, error) {
	asOf := farFuture
	if !q.AsOf.IsZero() {
		asOf = q.AsOf.UnixMilli()
	}
	args := append(q.args(), ch.Named("as_of", asOf), ch.Named("limit", MaxPostings))
	postings := []Posting{}
	err := s.run(ctx, statement{name: "journey_postings", text: postingsText, args: args}, func(rows driver.Rows) error {
		var p Posting
		err := rows.Scan(&p.ID, &p.Model, &p.ModelVersion, &p.Measure, &p.TouchpointID, &p.Channel, &p.Campaign, &p.DeltaWeight, &p.DeltaMinor,
			&p.Currency, &p.Reason, &p.CauseEventID, &p.EffectiveAt, &p.RecordedAt, &p.Version)
		postings = append(postings, p)
		return err
	})
	return postings, err
}

// Touches reads touchpoints by id, in the order in which they happened.
func (s *Store) Touches(ctx context.Context, workspace string, ids []string) ([]Touch, error) {
	if len(ids) == 0 {
		return []Touch{}, nil
	}
	args := []any{ch.Named("workspace", workspace), ch.Named("touches", ids)}
	return s.touches(ctx, statement{name: "journey_touches", text: touchesText, args: args})
}

func (s *Store) touches(ctx context.Context, st statement) ([]Touch, error) {
	touches := []Touch{}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var t Touch
		err := rows.Scan(&t.ID, &t.Kind, &t.Channel, &t.Source, &t.Medium, &t.Campaign, &t.Content, &t.LandingPage, &t.ReferrerHost, &t.Evidence,
			&t.RulesVersion, &t.VisitorID, &t.PersonID, &t.AccountID, &t.EventID, &t.OccurredAt, &t.ReceivedAt)
		touches = append(touches, t)
		return err
	})
	return touches, err
}

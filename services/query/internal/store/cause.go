package store

import (
	"context"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Effect is what an event did to one journey.
type Effect struct {
	JourneyID, Reason       string
	EffectiveAt, RecordedAt time.Time
	Postings                uint64
}

// MaxEffects is how many journeys of one event are told.
const MaxEffects = 1000

const effectsText = `SELECT journey_id, reason, effective_at, recorded_at, count()
FROM ledger
WHERE workspace = {workspace:String} AND cause_event_id = {event:String}
GROUP BY journey_id, reason, effective_at, recorded_at
ORDER BY recorded_at, journey_id
LIMIT {limit:UInt32}`

// Effects reads what an event caused.
func (s *Store) Effects(ctx context.Context, workspace, event string) ([]Effect, error) {
	effects := []Effect{}
	args := []any{ch.Named("workspace", workspace), ch.Named("event", event), ch.Named("limit", MaxEffects)}
	err := s.run(ctx, statement{name: "effects", text: effectsText, args: args}, func(rows driver.Rows) error {
		var e Effect
		err := rows.Scan(&e.JourneyID, &e.Reason, &e.EffectiveAt, &e.RecordedAt, &e.Postings)
		effects = append(effects, e)
		return err
	})
	return effects, err
}

// touchOfEventText is touchesText by event instead of by id.
var touchOfEventText = strings.Replace(touchesText, "touchpoint_id IN {touches:Array(String)}", "event_id = {event:String}", 1)

// TouchOfEvent reads the touchpoints that start with an event: one, or none.
func (s *Store) TouchOfEvent(ctx context.Context, workspace, event string) ([]Touch, error) {
	args := []any{ch.Named("workspace", workspace), ch.Named("event", event)}
	return s.touches(ctx, statement{name: "touch_of_event", text: touchOfEventText, args: args})
}

// Conversion is a conversion as its event told it.
type Conversion struct {
	ID, Type, PersonID     string
	OccurredAt, ReceivedAt time.Time
	HasValue               bool
	ValueMinor             int64
	Currency               string
}

const conversionText = `SELECT conversion_id, type, person_id, occurred_at, received_at, has_value, value_minor, currency
FROM conversions WHERE workspace = {workspace:String} AND conversion_id = {id:String}`

// ConversionOf reads a conversion by the id of its event: none, or one.
func (s *Store) ConversionOf(ctx context.Context, workspace, id string) ([]Conversion, error) {
	found := []Conversion{}
	args := []any{ch.Named("workspace", workspace), ch.Named("id", id)}
	err := s.run(ctx, statement{name: "conversion", text: conversionText, args: args}, func(rows driver.Rows) error {
		var c Conversion
		var hasValue int64
		err := rows.Scan(&c.ID, &c.Type, &c.PersonID, &c.OccurredAt, &c.ReceivedAt, &hasValue, &c.ValueMinor, &c.Currency)
		c.HasValue = hasValue != 0
		found = append(found, c)
		return err
	})
	return found, err
}

// Opportunity is a deal as it is now, with its stays in stages.
type Opportunity struct {
	ID, AccountID, Stage, Currency string
	AmountMinor                    int64
	HasAmount, IsWon, IsClosed     bool
	Stages                         []OpportunityStage
}

// OpportunityStage is a stay in a stage.
type OpportunityStage struct {
	Stage, SourceStage, Currency string
	EnteredAt                    time.Time
	AmountMinor                  int64
}

const (
	opportunityText = `SELECT opportunity_id, account_id, stage, currency, amount_minor, has_amount, is_won, is_closed
FROM opportunities WHERE workspace = {workspace:String} AND opportunity_id = {id:String}`
	stagesOfText = `SELECT stage, source_stage, currency, entered_at, amount_minor
FROM opportunity_stages WHERE workspace = {workspace:String} AND opportunity_id = {id:String} ORDER BY entered_at LIMIT 1000`
)

// OpportunityOf reads a deal: none, or one.
func (s *Store) OpportunityOf(ctx context.Context, workspace, id string) ([]Opportunity, error) {
	found := []Opportunity{}
	args := []any{ch.Named("workspace", workspace), ch.Named("id", id)}
	err := s.run(ctx, statement{name: "opportunity", text: opportunityText, args: args}, func(rows driver.Rows) error {
		var o Opportunity
		var hasAmount, won, closed int64
		err := rows.Scan(&o.ID, &o.AccountID, &o.Stage, &o.Currency, &o.AmountMinor, &hasAmount, &won, &closed)
		o.HasAmount, o.IsWon, o.IsClosed = hasAmount != 0, won != 0, closed != 0
		found = append(found, o)
		return err
	})
	if err != nil || len(found) == 0 {
		return found, err
	}
	err = s.run(ctx, statement{name: "stages_of", text: stagesOfText, args: args}, func(rows driver.Rows) error {
		var v OpportunityStage
		err := rows.Scan(&v.Stage, &v.SourceStage, &v.Currency, &v.EnteredAt, &v.AmountMinor)
		found[0].Stages = append(found[0].Stages, v)
		return err
	})
	return found, err
}

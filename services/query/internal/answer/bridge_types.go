package answer

import "time"

// Bridge is the answer of /api/v1/ledger/bridge: why what is known now differs from what was known then. From plus all steps is To, to the minor
// unit, whatever the steps are by.
type Bridge struct {
	Headline  string `json:"headline" doc:"What moved most and why, in a sentence computed from the postings"`
	Workspace string `json:"workspace" doc:"Workspace"`
	Model     string `json:"model" doc:"Attribution model" example:"w_shaped"`
	Measure   string `json:"measure" enum:"revenue,pipeline,customers,opportunities,conversions,conversion_value" doc:"What is bridged"`
	Basis     string `json:"basis" enum:"touch,close" doc:"Day that amounts count on: of the touch, or of the conversion, creation or close"`
	By        string `json:"by" enum:"reason,channel,month" doc:"What a step is"`
	Channel   string `json:"channel" doc:"The channel asked for; empty: all"`
	Currency  string `json:"currency" doc:"Currency of every amount; empty for counts"`
	// EffectiveFrom and EffectiveTo are the business period.
	EffectiveFrom string      `json:"effective_from" doc:"First business day counted; empty: all before"`
	EffectiveTo   string      `json:"effective_to" doc:"Last business day counted; empty: all after"`
	From          BridgePoint `json:"from" doc:"What was known then"`
	To            BridgePoint `json:"to" doc:"What was known later, added up by itself and not from the steps"`
	// Steps are the largest first.
	Steps []BridgeStep `json:"steps" doc:"What moved it, the largest first" nullable:"false"`
	Check BridgeCheck  `json:"check" doc:"Whether from and the steps add up to the other end"`
	// ByCurrency has one entry per currency of the postings; a deal that changed its currency is in two.
	ByCurrency   []BridgeCurrency `json:"by_currency" doc:"The same in each currency of the postings, not converted" nullable:"false"`
	ClosedMonths []string         `json:"closed_months" doc:"Months of the business period that are closed: their books take later changes as adjustments" nullable:"false"`
	Freshness    Freshness        `json:"freshness"`
	Warnings     []Warning        `json:"warnings" nullable:"false"`
}

// BridgePoint is an end of a bridge.
type BridgePoint struct {
	AsOf   *time.Time `json:"as_of" doc:"Postings recorded up to here; null: before the first"`
	Amount string     `json:"amount" doc:"Exact amount: money in the currency beside it, or a number for counts" example:"48000.00"`
}

// BridgeStep is everything that moved an amount for one reason, in one channel or in one month.
type BridgeStep struct {
	Reason   string `json:"reason,omitempty" doc:"Why, when steps are reasons" example:"late_touch"`
	Channel  string `json:"channel,omitempty" doc:"Channel, when steps are channels"`
	Month    string `json:"month,omitempty" doc:"Month of the business, when steps are months" example:"2026-10"`
	Sentence string `json:"sentence" doc:"The step in words"`
	Amount   string `json:"amount" doc:"Signed change" example:"-450.00"`
	Postings int64  `json:"postings" doc:"Postings behind it"`
	Journeys int64  `json:"journeys" doc:"Journeys they belong to"`
	Link     string `json:"postings_query" doc:"API address of the postings behind it"`
	// Rows are what the step consists of: channels, or reasons when steps are channels.
	Rows []BridgeRow `json:"rows" doc:"Parts of the step, the largest first; they add up to it" nullable:"false"`
}

// BridgeRow is a part of a step.
type BridgeRow struct {
	Channel string `json:"channel,omitempty" doc:"Channel, when steps are reasons or months"`
	Reason  string `json:"reason,omitempty" doc:"Reason, when steps are channels"`
	Amount  string `json:"amount" doc:"Signed change"`
}

// BridgeCheck is what makes a bridge one.
type BridgeCheck struct {
	Exact      bool   `json:"exact" doc:"From plus steps is to, to the minor unit"`
	Difference string `json:"difference" doc:"To minus from minus steps"`
}

// BridgeCurrency is a bridge in one currency.
type BridgeCurrency struct {
	Currency string `json:"currency"`
	From     string `json:"from"`
	Steps    string `json:"steps" doc:"Sum of the steps"`
	To       string `json:"to"`
}

// Postings is the answer of /api/v1/ledger/postings.
type Postings struct {
	Headline  string       `json:"headline" doc:"How many there are and what they add up to"`
	Workspace string       `json:"workspace"`
	Rows      []PostingRow `json:"rows" doc:"Postings, the latest first" nullable:"false"`
	Sums      []PostingSum `json:"sums" doc:"All postings that the question selects, on whatever page, added up per model, measure and currency" nullable:"false"`
	Page      CursorPage   `json:"page"`
	Freshness Freshness    `json:"freshness"`
}

// PostingRow is one change of credit with all that is known of it.
type PostingRow struct {
	JourneyPosting
	JourneyID      string `json:"journey_id" doc:"Conversion or opportunity" example:"o:deal-7"`
	JourneyKind    string `json:"journey_kind" enum:"conversion,opportunity"`
	ConversionType string `json:"conversion_type" doc:"Conversion type; empty for opportunities"`
	TouchDate      string `json:"touch_date" doc:"Day it counts on by the touch"`
	CloseDate      string `json:"close_date" doc:"Day it counts on by the conversion, creation or close"`
	BookedMonth    string `json:"booked_month" doc:"Month whose books it is in" example:"2026-11"`
	IsAdjustment   bool   `json:"is_adjustment" doc:"Its own month was closed when it was recorded"`
}

// PostingSum is what postings add up to.
type PostingSum struct {
	Model    string `json:"model"`
	Measure  string `json:"measure"`
	Amount   string `json:"amount"`
	Currency string `json:"currency" doc:"Currency; empty for counts"`
	Postings int64  `json:"postings"`
}

// Cause is the answer of /api/v1/ledger/causes/{id}: what is known of the event that a posting names as its cause. Events themselves are in
// Kafka (events-v1); this is what became of it.
type Cause struct {
	EventID   string `json:"event_id"`
	Workspace string `json:"workspace"`
	Sentence  string `json:"sentence" doc:"What the event was and did, in words"`
	// Kind is what the event was: touch, conversion, stage, or unknown when nothing of it is in the tables but its postings.
	Kind        string            `json:"kind" enum:"touch,conversion,stage,unknown" doc:"What it was, as far as the tables know"`
	Touchpoint  *JourneyTouch     `json:"touchpoint,omitempty" doc:"The touchpoint that starts with it"`
	Conversion  *CauseConversion  `json:"conversion,omitempty" doc:"The conversion that it is"`
	Opportunity *CauseOpportunity `json:"opportunity,omitempty" doc:"The opportunity that it moved, with its stages at that moment"`
	Effects     []CauseEffect     `json:"effects" doc:"What it changed, per journey and reason" nullable:"false"`
}

// CauseConversion is a conversion as its event told it.
type CauseConversion struct {
	ConversionID string    `json:"conversion_id"`
	Type         string    `json:"type"`
	OccurredAt   time.Time `json:"occurred_at"`
	ReceivedAt   time.Time `json:"received_at"`
	Value        string    `json:"value" doc:"Value; empty without one"`
	Currency     string    `json:"currency"`
	PersonID     string    `json:"person_id"`
}

// CauseOpportunity is an opportunity that an event moved.
type CauseOpportunity struct {
	OpportunityID string       `json:"opportunity_id"`
	AccountID     string       `json:"account_id"`
	Stage         string       `json:"stage" doc:"Stage it is in now"`
	Amount        string       `json:"amount" doc:"Amount now; empty without one"`
	Currency      string       `json:"currency"`
	IsWon         bool         `json:"is_won"`
	IsClosed      bool         `json:"is_closed"`
	Stages        []CauseStage `json:"stages" doc:"Stays in stages that begin at the moment of the event" nullable:"false"`
}

// CauseStage is a stay in a stage.
type CauseStage struct {
	Stage       string    `json:"stage"`
	SourceStage string    `json:"source_stage" doc:"The CRM's own word"`
	EnteredAt   time.Time `json:"entered_at"`
	Amount      string    `json:"amount"`
	Currency    string    `json:"currency"`
}

// CauseEffect is what an event did to one journey.
type CauseEffect struct {
	JourneyID   string    `json:"journey_id"`
	Reason      string    `json:"reason"`
	EffectiveAt time.Time `json:"effective_at"`
	RecordedAt  time.Time `json:"recorded_at"`
	Postings    int64     `json:"postings"`
}

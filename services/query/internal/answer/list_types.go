package answer

import "time"

// JourneyList is the answer of /api/v1/journeys.
type JourneyList struct {
	Headline  string       `json:"headline" doc:"How many journeys the question found, in a sentence"`
	Workspace string       `json:"workspace"`
	Model     string       `json:"model" doc:"Model whose credited touches are counted and whose channels are shown; the configured default unless asked for another"`
	From      string       `json:"from" doc:"First day of opening; empty: without limit"`
	To        string       `json:"to" doc:"Last day of opening; empty: without limit"`
	AsOf      *time.Time   `json:"as_of" doc:"Deals with their state, stage, amount, account and credit as recorded by this moment, conversions received by then; persons, and accounts of conversions, are those of now; null: now"`
	Rows      []JourneyRow `json:"rows" nullable:"false"`
	Page      CursorPage   `json:"page"`
	Freshness Freshness    `json:"freshness"`
	Warnings  []Warning    `json:"warnings" nullable:"false"`
}

// JourneyRow is a journey in a list.
type JourneyRow struct {
	JourneyID      string    `json:"journey_id"`
	Kind           string    `json:"kind" enum:"conversion,opportunity"`
	ConversionType string    `json:"conversion_type" doc:"Conversion type; empty for opportunities"`
	State          string    `json:"state" enum:"open,won,lost,converted" doc:"converted for conversions; open, won or lost for opportunities"`
	OpenedOn       string    `json:"opened_on" doc:"Day of the conversion, or of the opportunity's creation"`
	ClosedOn       string    `json:"closed_on" doc:"Day of the conversion, or of the close; empty while open"`
	AccountID      string    `json:"account_id"`
	PersonID       string    `json:"person_id" doc:"Person who converted; empty for opportunities"`
	Pipeline       string    `json:"pipeline" doc:"CRM pipeline; empty for conversions"`
	Stage          string    `json:"stage" doc:"Stage that the opportunity is in; empty for conversions"`
	Amount         *string   `json:"amount" doc:"Value or amount in its own currency; null when none was given"`
	Currency       string    `json:"currency" doc:"Currency of the amount; empty without one"`
	Probability    *float64  `json:"probability" doc:"Chance that the opportunity is won, 0 to 1, as the CRM or the stage map says; 1 once won, 0 once lost; null when nothing says, and for conversions"`
	WeightedAmount *string   `json:"weighted_amount" doc:"Amount times probability, in the amount's currency; null without one of the two"`
	Touches        int       `json:"touches" doc:"Touchpoints that the model credits"`
	Channels       []string  `json:"channels" doc:"Their channels from the first touch to the last; of long journeys the first and the last ten" nullable:"false"`
	FirstTouchOn   string    `json:"first_touch_on" doc:"Day of the first credited touch; empty without any"`
	Days           *int      `json:"days" doc:"Days from the first credited touch to the conversion or close, or to now while open; null without touch"`
	RecordedAt     time.Time `json:"recorded_at" doc:"When the latest change of its credit was known"`
	Explain        string    `json:"explain" doc:"Address of the journey's credit with its postings"`
}

// CursorPage says which rows of how many are shown.
type CursorPage struct {
	Limit      int    `json:"limit" doc:"Most rows on a page"`
	NextCursor string `json:"next_cursor" doc:"Send it as cursor for the next rows; empty on the last page"`
	Total      int    `json:"total" doc:"Rows there are"`
}

// JourneyStage is a stay of an opportunity in a stage.
type JourneyStage struct {
	Stage       string     `json:"stage"`
	SourceStage string     `json:"source_stage" doc:"Stage as the CRM names it"`
	EnteredAt   time.Time  `json:"entered_at"`
	LeftAt      *time.Time `json:"left_at" doc:"Null while it is in it"`
	Amount      string     `json:"amount"`
	Currency    string     `json:"currency"`
	Probability *float64   `json:"probability" doc:"Last chance of winning known during the stay, 0 to 1; null when nothing said"`
}

// JourneyMilestone is a position that a touch holds in a model.
type JourneyMilestone struct {
	Model        string     `json:"model"`
	Position     string     `json:"position" doc:"first_touch, lead_creation, opportunity_creation, closed_won, a stage ..."`
	TouchpointID string     `json:"touchpoint_id"`
	OccurredAt   *time.Time `json:"occurred_at" doc:"Time of the touch; null when it is not among the touches"`
	Channel      string     `json:"channel"`
	Weight       float64    `json:"weight" doc:"Share of the journey that the touch has in this model, all its positions together"`
}

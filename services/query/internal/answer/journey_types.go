package answer

import "time"

// Journey is the answer of /api/v1/journeys/{id}: one conversion or opportunity, its touches and the credit they hold.
type Journey struct {
	JourneyID      string          `json:"journey_id" doc:"Conversion or opportunity"`
	Kind           string          `json:"kind" enum:"conversion,opportunity" doc:"What credit is computed for"`
	Workspace      string          `json:"workspace" doc:"Workspace"`
	AsOf           *time.Time      `json:"as_of" doc:"Postings and credit recorded up to this moment, and the stages, the account and the days of a deal as recorded by then; null: all. Positions, sources and the person are known of now only"`
	ConversionType string          `json:"conversion_type" doc:"Conversion type; empty for opportunities"`
	OpenedOn       string          `json:"opened_on" doc:"Day of the conversion, or of the opportunity's creation; empty when no credit stands any more"`
	ClosedOn       string          `json:"closed_on" doc:"Day of the conversion, or of the close; empty while open"`
	PersonID       string          `json:"person_id" doc:"Person of the journey, where it is a person's"`
	AccountID      string          `json:"account_id" doc:"Account of the journey, where it is an account's"`
	Credits        []JourneyCredit `json:"credits" doc:"Credit, per model, measure and touchpoint" nullable:"false"`
	Sums           []JourneySum    `json:"sums" doc:"Credit of each model and measure added up: the amount of the journey" nullable:"false"`
	Touches        []JourneyTouch  `json:"touches" doc:"Touchpoints that hold credit, in the order in which they happened" nullable:"false"`
	// Stages and Milestones are what a time line needs beside the touches.
	Stages     []JourneyStage     `json:"stages" doc:"Stays of the opportunity in its stages, in order; none for conversions" nullable:"false"`
	Milestones []JourneyMilestone `json:"milestones" doc:"Positions that touches hold, per model" nullable:"false"`
}

// JourneyCredit is what one touchpoint holds of one measure under one model.
type JourneyCredit struct {
	Model        string    `json:"model" doc:"Attribution model: the rule that gave the share"`
	ModelVersion string    `json:"model_version" doc:"Version of the rule"`
	Measure      string    `json:"measure" enum:"conversions,conversion_value,opportunities,pipeline,customers,revenue" doc:"What is shared out"`
	TouchpointID string    `json:"touchpoint_id" doc:"Touchpoint; empty on the unattributed line"`
	Positions    []string  `json:"positions" doc:"Positions that the touchpoint holds in the model: why it gets its weight" nullable:"false"`
	Channel      string    `json:"channel" doc:"Channel of the touchpoint; (unattributed) on the unattributed line"`
	Campaign     string    `json:"campaign" doc:"Campaign of the touchpoint"`
	Weight       float64   `json:"weight" doc:"Share of the journey, 0 to 1"`
	Amount       string    `json:"amount" doc:"Exact credit: money in the currency beside it, or a number for counts" example:"450.00"`
	Currency     string    `json:"currency" doc:"Currency of the amount; empty for counts"`
	RecordedAt   time.Time `json:"recorded_at" doc:"When this credit was known"`
}

// JourneySum is all credit of one model and measure.
type JourneySum struct {
	Model    string `json:"model"`
	Measure  string `json:"measure"`
	Amount   string `json:"amount" doc:"Sum of the credits, unattributed line included"`
	Currency string `json:"currency" doc:"Currency; empty for counts"`
}

// JourneyTouch is a touchpoint of a journey.
type JourneyTouch struct {
	TouchpointID string    `json:"touchpoint_id"`
	OccurredAt   time.Time `json:"occurred_at" doc:"Start of the touch"`
	ReceivedAt   time.Time `json:"received_at" doc:"Receipt of the event it starts with"`
	Kind         string    `json:"kind" doc:"visit, form or offline"`
	Channel      string    `json:"channel"`
	Source       string    `json:"source"`
	Medium       string    `json:"medium"`
	Campaign     string    `json:"campaign"`
	Content      string    `json:"content"`
	LandingPage  string    `json:"landing_page"`
	ReferrerHost string    `json:"referrer_host"`
	Evidence     string    `json:"evidence" doc:"What decided the source: none, utm, click_id, referrer or explicit"`
	RulesVersion string    `json:"rules_version" doc:"Version of the channel rules that classified it"`
	VisitorID    string    `json:"visitor_id"`
	PersonID     string    `json:"person_id"`
	AccountID    string    `json:"account_id"`
	EventID      string    `json:"event_id" doc:"Event that the touch starts with"`
}

// Explanation is the answer of /api/v1/journeys/{id}/explain: from the credit to the postings that made it, each with its reason and the event
// that caused it.
type Explanation struct {
	Journey
	// Postings are in the order in which they were made.
	Postings []JourneyPosting `json:"postings" doc:"Postings in the order in which they were made" nullable:"false"`
	// Balances are what the postings add up to.
	Balances []Balance `json:"balances" doc:"The postings of each model, measure and touchpoint added up, as of the asked moment" nullable:"false"`
	Complete bool      `json:"complete" doc:"False when there are more postings than one answer holds; the oldest are left out, and balances are then not whole"`
	Agrees   *bool     `json:"ledger_agrees" doc:"Whether the postings add up to the current credit; null when as_of or an incomplete answer leaves that open"`
}

// JourneyPosting is one change of credit.
type JourneyPosting struct {
	PostingID    string    `json:"posting_id"`
	Model        string    `json:"model"`
	ModelVersion string    `json:"model_version"`
	Measure      string    `json:"measure"`
	TouchpointID string    `json:"touchpoint_id" doc:"Touchpoint whose credit changed; empty on the unattributed line"`
	Channel      string    `json:"channel"`
	Campaign     string    `json:"campaign"`
	DeltaWeight  float64   `json:"delta_weight" doc:"Change of the share"`
	Delta        string    `json:"delta" doc:"Exact change: money in the currency beside it, or a number for counts" example:"-450.00"`
	Currency     string    `json:"currency" doc:"Currency of the change; empty for counts"`
	Reason       string    `json:"reason" doc:"Why: conversion, opened, touch, late_touch, stage, amount, won, lost, reopened, identity, erasure, rules, model, deleted, merged or limit"`
	CauseEventID string    `json:"cause_event_id" doc:"Event that caused it"`
	EffectiveAt  time.Time `json:"effective_at" doc:"When it happened in the business"`
	RecordedAt   time.Time `json:"recorded_at" doc:"When it was known"`
	Version      int64     `json:"version" doc:"Version of the journey that the posting made"`
}

// Balance is what the postings of one model, measure and touchpoint add up to.
type Balance struct {
	Model        string `json:"model"`
	Measure      string `json:"measure"`
	TouchpointID string `json:"touchpoint_id" doc:"Touchpoint; empty on the unattributed line"`
	Channel      string `json:"channel"`
	Amount       string `json:"amount"`
	Currency     string `json:"currency" doc:"Currency; empty for counts"`
}

package answer

import "encoding/json"

// Models are a workspace's attribution models and how far they are computed.
type Models struct {
	Headline  string `json:"headline" doc:"What is the case, in a sentence"`
	Workspace string `json:"workspace"`
	// Models are the live ones, then shadows, then retired ones.
	Models   []Model       `json:"models" nullable:"false"`
	Progress ModelProgress `json:"progress"`
	Rules    ChannelRules  `json:"rules"`
}

// Model is a version of an attribution model.
type Model struct {
	Name    string `json:"name" example:"w_shaped"`
	Version string `json:"version" example:"2"`
	Status  string `json:"status" enum:"live,shadow,retired" doc:"live: in every answer, with postings; shadow: computed beside the live ones; retired: taken away"`
	Rule    string `json:"rule" example:"w_shaped"`
	Origin  string `json:"origin" enum:"config,control" doc:"Where it comes from: the configuration file, or a command"`
	Since   string `json:"since,omitempty" doc:"When the command was received that made it what it is"`
	// Progress is the part of the workspace's people and accounts that is computed by it.
	Progress   float64         `json:"progress" doc:"Share of the workspace that is computed by it, 0 to 1"`
	IsComplete bool            `json:"is_complete" doc:"Computed for everything there is"`
	Definition json.RawMessage `json:"definition" doc:"The whole definition, as a configuration would say it"`
}

// ModelProgress is how far the last change of models or channel rules has come.
type ModelProgress struct {
	IsComplete bool    `json:"is_complete"`
	Share      float64 `json:"share" doc:"0 to 1"`
	// Subjects are visitors, people, accounts and deals.
	SubjectsDone  int64  `json:"subjects_done"`
	SubjectsTotal int64  `json:"subjects_total"`
	TouchesDone   int64  `json:"touches_done"`
	Reason        string `json:"reason" doc:"What changed: model or rules; empty when nothing ever did"`
	ChangedAt     string `json:"changed_at,omitempty"`
	CauseEventID  string `json:"cause_event_id,omitempty" doc:"The command behind it, as postings name it; config for the configuration file"`
}

// ChannelRules are the channel rules in force.
type ChannelRules struct {
	Version string          `json:"version" doc:"Version that touches carry"`
	Own     json.RawMessage `json:"own" doc:"The workspace's own rules and aliases"`
}

// ModelsDiff is what would change if a shadow took the place of the live model of its name.
type ModelsDiff struct {
	Headline   string   `json:"headline"`
	Workspace  string   `json:"workspace"`
	Model      string   `json:"model"`
	Version    string   `json:"version" doc:"Version of the shadow"`
	Live       string   `json:"live_version" doc:"Version of the live model; empty when the name is new"`
	Basis      string   `json:"basis"`
	From       string   `json:"from,omitempty"`
	To         string   `json:"to,omitempty"`
	IsComplete bool     `json:"is_complete" doc:"False while the shadow is still being computed: figures are then of a part"`
	Progress   float64  `json:"progress"`
	Warnings   []string `json:"warnings" nullable:"false"`
	// Totals are equal on both sides once the shadow is complete: models share out the same amounts.
	Totals   []ModelsDiffRow     `json:"totals" nullable:"false" doc:"By currency"`
	Channels []ModelsDiffRow     `json:"channels" nullable:"false" doc:"By channel and currency"`
	Measure  string              `json:"measure" doc:"What journeys are ordered by"`
	Journeys []ModelsDiffJourney `json:"journeys" nullable:"false" doc:"Those in which most moves between channels, the largest first"`
}

// ModelsDiffRow is a channel's credit now and then.
type ModelsDiffRow struct {
	Channel         string      `json:"channel,omitempty"`
	Currency        string      `json:"currency" doc:"ISO 4217; empty for counts of journeys without money"`
	Conversions     CountChange `json:"conversions"`
	ConversionValue MoneyChange `json:"conversion_value"`
	Opportunities   CountChange `json:"opportunities"`
	Pipeline        MoneyChange `json:"pipeline"`
	Customers       CountChange `json:"customers"`
	Revenue         MoneyChange `json:"revenue"`
}

// CountChange is a number now, then, and the difference.
type CountChange struct {
	Now    float64 `json:"now"`
	Then   float64 `json:"then"`
	Change float64 `json:"change"`
}

// MoneyChange is an amount now, then, and the difference, as decimals in the row's currency.
type MoneyChange struct {
	Now    string `json:"now"`
	Then   string `json:"then"`
	Change string `json:"change"`
}

// ModelsDiffJourney is a journey with what would move in it.
type ModelsDiffJourney struct {
	JourneyID string              `json:"journey_id"`
	Kind      string              `json:"kind"`
	Currency  string              `json:"currency"`
	Moved     string              `json:"moved" doc:"What goes from one channel to another, as a decimal"`
	Channels  []ModelsDiffChannel `json:"channels" nullable:"false"`
}

// ModelsDiffChannel is one channel's part of it.
type ModelsDiffChannel struct {
	Channel string `json:"channel"`
	MoneyChange
}

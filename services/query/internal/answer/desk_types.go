package answer

import (
	"encoding/json"
	"time"
)

// Periods is the answer of /api/v1/periods.
type Periods struct {
	Headline  string   `json:"headline" doc:"Which month the books are open from"`
	Workspace string   `json:"workspace"`
	OpenMonth string   `json:"open_month" doc:"First month that is not closed and has no closed month after it" example:"2026-11"`
	Rows      []Period `json:"rows" doc:"Months that have ever been closed, the latest first" nullable:"false"`
}

// Period is a month of the books.
type Period struct {
	Month    string     `json:"month" example:"2026-10"`
	IsClosed bool       `json:"is_closed"`
	ClosedAt *time.Time `json:"closed_at" doc:"Postings recorded up to here are in the month's own books; null while open"`
	ClosedBy string     `json:"closed_by" doc:"Who closed it; empty while open"`
	// History is every close and reopening.
	History []PeriodChange `json:"history" doc:"Every close and reopening, in order" nullable:"false"`
	Version int64          `json:"version" doc:"Grows with every change"`
}

// PeriodChange is a close or a reopening.
type PeriodChange struct {
	Action string    `json:"action" enum:"close,reopen"`
	At     time.Time `json:"at" doc:"Recorded moment from which on it holds"`
	DoneAt time.Time `json:"done_at" doc:"When somebody did it"`
	By     string    `json:"by" doc:"Name of the token that did it"`
	Note   string    `json:"note"`
}

// PeriodRequest is the body of a close or reopening.
type PeriodRequest struct {
	Note string `json:"note,omitempty" maxLength:"1000" doc:"Why, for whoever asks later"`
	AsOf string `json:"as_of,omitempty" maxLength:"40" doc:"Close with what was known at this moment, or at the end of this day; without it now" example:"2026-11-05"`
}

// RateList is the answer of /api/v1/rates.
type RateList struct {
	Headline     string      `json:"headline"`
	Workspace    string      `json:"workspace"`
	BaseCurrency string      `json:"base_currency" doc:"Currency that figures in several currencies are converted to"`
	Currencies   []string    `json:"currencies" doc:"Currencies that can be converted" nullable:"false"`
	Rows         []RateRow   `json:"rows" doc:"Rates, the latest day first" nullable:"false"`
	Page         Page        `json:"page"`
	Missing      []RateGap   `json:"missing" doc:"Currencies that occur in the data and have no rate at or before a day on which they do" nullable:"false"`
	Latest       *string     `json:"latest_day" doc:"Latest day with a rate; null without rates"`
	Warnings     []Warning   `json:"warnings" nullable:"false"`
	Changes      []RateEntry `json:"changes" doc:"Who posted rates when, the latest first" nullable:"false"`
}

// RateRow is one rate.
type RateRow struct {
	Day    string `json:"day" example:"2026-11-20"`
	From   string `json:"from" example:"EUR"`
	To     string `json:"to" example:"USD"`
	Rate   string `json:"rate" doc:"What one unit of from is worth in to, from this day on until the next rate" example:"1.0834"`
	Source string `json:"source" enum:"configuration,posted" doc:"Where it comes from; a posted rate replaces a configured one of its day"`
}

// RateGap is a currency without a rate.
type RateGap struct {
	Currency string `json:"currency"`
	FirstDay string `json:"first_day" doc:"First day on which it is needed and has none"`
}

// RateEntry says who posted rates of a day.
type RateEntry struct {
	Day string    `json:"day"`
	At  time.Time `json:"at"`
	By  string    `json:"by"`
}

// RatesPosted is the answer of POST /api/v1/rates.
type RatesPosted struct {
	Headline string    `json:"headline"`
	Rates    int       `json:"rates" doc:"Rates taken"`
	Days     int       `json:"days" doc:"Days they are of"`
	FirstDay string    `json:"first_day"`
	LastDay  string    `json:"last_day"`
	Warnings []Warning `json:"warnings" nullable:"false"`
}

// Me is the answer of /api/v1/me: who asks and what they may do.
type Me struct {
	Name         string        `json:"name" doc:"Name of the token"`
	Role         string        `json:"role" enum:"viewer,editor,approver,admin"`
	Open         bool          `json:"open" doc:"No token was needed: development on loopback, or a guard in front"`
	Workspaces   []MyWorkspace `json:"workspaces" nullable:"false"`
	Can          []string      `json:"can" doc:"What the role allows: read, save_views, close_periods, change_rates" nullable:"false"`
	DefaultModel string        `json:"default_model" doc:"Model of a question that names none, in the first workspace"`
	Models       []string      `json:"models" doc:"Models of the first workspace" nullable:"false"`
}

// MyWorkspace is a workspace the caller may read.
type MyWorkspace struct {
	Name         string `json:"name"`
	BaseCurrency string `json:"base_currency"`
}

// SavedViews is the answer of /api/v1/views.
type SavedViews struct {
	Workspace string      `json:"workspace"`
	Rows      []SavedView `json:"rows" doc:"Saved views by name" nullable:"false"`
}

// SavedView is an address of the dashboard that somebody gave a name.
type SavedView struct {
	ID        string    `json:"id" example:"quarter-by-channel"`
	Name      string    `json:"name" example:"Quarter by channel"`
	Address   string    `json:"address" doc:"Path and query of the dashboard" example:"/channels?from=2026-01-01&group_by=campaign"`
	Role      string    `json:"role" doc:"Kind of reader it is for: cmo, demand_generation, channel_owner, revenue_operations, finance; empty for all"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
	Version   int64     `json:"version" doc:"Grows with every change"`
}

// SavedViewBody is what a client says of a view.
type SavedViewBody struct {
	Name    string `json:"name" minLength:"1" maxLength:"200"`
	Address string `json:"address" minLength:"1" maxLength:"4000" doc:"Path and query of the dashboard, beginning with /"`
	Role    string `json:"role,omitempty" maxLength:"60"`
}

// Audit is the answer of /api/v1/audit: who changed what.
type Audit struct {
	Workspace string       `json:"workspace"`
	Rows      []AuditEntry `json:"rows" doc:"Changes, the latest first" nullable:"false"`
	Page      Page         `json:"page"`
}

// AuditEntry is one change of something saved.
type AuditEntry struct {
	Kind    string          `json:"kind" doc:"What was changed: view, period, rates ..."`
	ID      string          `json:"id"`
	Action  string          `json:"action" doc:"save, delete, close, reopen, post"`
	At      time.Time       `json:"at"`
	By      string          `json:"by" doc:"Name of the token"`
	Version int64           `json:"version"`
	Detail  json.RawMessage `json:"detail" doc:"What it became, as JSON"`
}

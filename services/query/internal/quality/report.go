// Package quality judges whether the figures can be trusted: what is tagged wrongly or not at all, where spend and visits do not meet, which conversions stopped, doubled or lost
// their value. It is pure: the store counts, this package decides what is worth a word and says it.
package quality

import "time"

// Status of a section or a finding, from good to bad.
type Status string

// The three of them.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Wrong   Status = "error"
)

// Sections of a report.
const (
	SectionTags        = "tags"
	SectionUntagged    = "untagged"
	SectionUnknown     = "unknown"
	SectionSelf        = "self_referral"
	SectionSpend       = "spend"
	SectionConversions = "conversions"
	SectionVisitors    = "visitors"
	SectionRefused     = "refused"
)

// Report is the answer of /api/v1/quality.
type Report struct {
	Headline  string    `json:"headline" doc:"The gravest thing that is wrong, or that nothing is, in a sentence"`
	Status    Status    `json:"status" enum:"ok,warning,error" doc:"That of the gravest finding"`
	Workspace string    `json:"workspace"`
	From      string    `json:"from" doc:"First day looked at, included; empty when nothing was received"`
	To        string    `json:"to" doc:"Last day looked at, included"`
	Totals    Counts    `json:"totals" doc:"What was counted in the period"`
	Previous  Counts    `json:"previous" doc:"The same in the period of equal length before"`
	Sections  []Section `json:"sections" doc:"Every section, whether anything is wrong in it or not" nullable:"false"`
	Freshness Known     `json:"freshness"`
}

// Known says up to when the report knows.
type Known struct {
	RecordedAt *time.Time `json:"recorded_at" doc:"Receipt of the latest event in the tables; null when there is none"`
	AgeSeconds *float64   `json:"age_seconds" doc:"Seconds since then"`
}

// Counts are of of touchpoints, bots left out unless said otherwise.
type Counts struct {
	Visits       int64 `json:"visits" doc:"Web sessions"`
	Tagged       int64 `json:"tagged" doc:"Of them, with utm parameters"`
	ClickOnly    int64 `json:"click_only" doc:"Of them, with a click id of an ad platform and no utm parameter: the campaign is unknown"`
	Direct       int64 `json:"direct" doc:"Of them, without any source"`
	Faulty       int64 `json:"faulty" doc:"Of them, with something wrong about their tags"`
	Unassigned   int64 `json:"unassigned" doc:"Of them, with a source that no channel rule knows"`
	SelfReferral int64 `json:"self_referral" doc:"Of them, begun on a page that was entered from the site itself"`
	Denied       int64 `json:"denied" doc:"Of them, of visitors who deny consent"`
	Bots         int64 `json:"bots" doc:"Touchpoints of bots and internal networks, beside the others"`
	Conversions  int64 `json:"conversions" doc:"Conversions of all types"`
	Refused      int64 `json:"refused" doc:"Records and requests that were refused"`
}

// Section is one question about quality.
type Section struct {
	ID       string  `json:"id" enum:"tags,untagged,unknown,self_referral,spend,conversions,visitors,refused"`
	Title    string  `json:"title" doc:"What is true, in a sentence"`
	Status   Status  `json:"status" enum:"ok,warning,error"`
	Findings []Issue `json:"findings" doc:"The weightiest first" nullable:"false"`
	// More is how many findings are not shown.
	More int `json:"more" doc:"Findings beyond those shown"`
}

// Issue is one thing that is wrong.
type Issue struct {
	Code     string     `json:"code" doc:"Stable word for it: missing, upper_case, spend_without_visits, conversions_stopped ..."`
	Status   Status     `json:"status" enum:"ok,warning,error"`
	Sentence string     `json:"sentence" doc:"What is wrong"`
	Fix      string     `json:"fix" doc:"What to do"`
	Subject  About      `json:"subject"`
	Count    int64      `json:"count" doc:"Visits, conversions, records or clicks concerned"`
	Of       int64      `json:"of" doc:"Out of so many; 0 where that says nothing"`
	Spend    string     `json:"spend,omitempty" doc:"Cost concerned"`
	Currency string     `json:"currency,omitempty" doc:"Currency of spend"`
	LastAt   *time.Time `json:"last_at" doc:"When it was last seen; null where that says nothing"`
	Example  string     `json:"example,omitempty" doc:"A page, or a value, that shows it"`
}

// About is what an issue is about; empty parts do not apply.
type About struct {
	Channel        string `json:"channel,omitempty"`
	Source         string `json:"source,omitempty"`
	Medium         string `json:"medium,omitempty"`
	Campaign       string `json:"campaign,omitempty"`
	CampaignID     string `json:"campaign_id,omitempty"`
	Platform       string `json:"platform,omitempty"`
	ConversionType string `json:"conversion_type,omitempty"`
	Page           string `json:"page,omitempty"`
	Field          string `json:"field,omitempty"`
}

// MaxFindings of one section; the gravest are kept.
const MaxFindings = 50

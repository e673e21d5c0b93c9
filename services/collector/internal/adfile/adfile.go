// Package adfile reads the reports that people download from Google Ads, Meta, LinkedIn, Microsoft Advertising and TikTok, and any table of costs with columns of known names, and turns
// them into spend records: one a day, platform, account and campaign (and finer where the report is). It is pure.
//
// A report says how things are now, so what it says of a day replaces what was said before: for every day and account of the file there is a record that withdraws the rows received
// before. A day of which a row could not be read is left as it was: what is missing might be that row.
package adfile

import (
	"fmt"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// CodeConflict refuses rows that cannot both be right.
const CodeConflict = "conflicting_rows"

// Options are what the sender says beside the file.
type Options struct {
	// Platform, Account and Currency hold where the file does not say. Platform also overrules what the file looks like.
	Platform, Account, Currency string
	// Decimal is "." or ",", Dates "dmy" or "mdy"; empty: as the file's own numbers and dates tell.
	Decimal, Dates string
	// Template is the UTM template of the file's campaigns.
	Template string
	// KeepRows leaves out the replacement of days: rows of the same key are replaced, others stay.
	KeepRows bool
	// MaxRecords bounds what a file may become, since periods are spread over days. 0: 100,000.
	MaxRecords int
}

// Validate says which option is none.
func (o Options) Validate() error {
	bad := func(field, reason string) error {
		return &event.Error{Field: field, Code: event.CodeInvalid, Reason: reason}
	}
	switch {
	case o.Decimal != "" && o.Decimal != "." && o.Decimal != ",":
		return bad("decimal", "must be . or ,")
	case o.Dates != "" && o.Dates != "dmy" && o.Dates != "mdy":
		return bad("dates", "must be dmy or mdy")
	case o.Currency != "" && !money.IsCurrency(strings.ToUpper(o.Currency)):
		return &event.Error{Field: "currency", Code: event.CodeUnknownCoin, Reason: "is not an ISO 4217 code with a minor unit"}
	}
	return nil
}

// Item is a spend record of a file, or a row that is none.
type Item struct {
	// Record is canonical JSON; nil when Err says why there is none.
	Record []byte
	Err    *event.Error
	// Line is the row's in the file, Original its text.
	Line     int
	Original []byte
}

// Sum is what some rows come to.
type Sum struct {
	Currency string `json:"currency"`
	// Spend is decimal.
	Spend       string `json:"spend"`
	Impressions int64  `json:"impressions"`
	Clicks      int64  `json:"clicks"`
}

// Campaign is what a campaign's rows come to.
type Campaign struct {
	AccountID  string `json:"account_id,omitempty"`
	CampaignID string `json:"campaign_id,omitempty"`
	Campaign   string `json:"campaign"`
	Days       int    `json:"days"`
	Sum
}

// Scope is days that are replaced.
type Scope struct {
	Platform  string `json:"platform"`
	AccountID string `json:"account_id"`
	From      string `json:"from"`
	To        string `json:"to"`
	Days      int    `json:"days"`
}

// RowError is a row that cannot be taken.
type RowError struct {
	Line   int    `json:"line"`
	Field  string `json:"field,omitempty"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Plan is what a file would be imported as.
type Plan struct {
	Platform  string `json:"platform"`
	Encoding  string `json:"encoding"`
	Separator string `json:"separator"`
	// Decimal and Dates are how numbers and dates were read.
	Decimal    string `json:"decimal"`
	Dates      string `json:"dates,omitempty"`
	HeaderLine int    `json:"header_line"`
	// Rows are rows with a cost, Skipped the blank ones, totals and footers, Records what becomes of the rows.
	Rows    int    `json:"rows"`
	Skipped int    `json:"skipped"`
	Records int    `json:"records"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Days    int    `json:"days"`
	// Totals are by currency, Campaigns by account and campaign, Replaces by account.
	Totals    []Sum      `json:"totals"`
	Campaigns []Campaign `json:"campaigns"`
	Replaces  []Scope    `json:"replaces"`
	Warnings  []string   `json:"warnings"`
	Errors    []RowError `json:"errors"`
	// ErrorsTotal counts those left out of Errors as well, and Incomplete the costs that are left out because their day has one of them.
	ErrorsTotal int `json:"errors_total"`
	Incomplete  int `json:"incomplete"`

	// Items are the records, replacements first, and the rows that are none.
	Items []Item `json:"-"`
}

// errorsShown bounds Plan.Errors; all are in Items.
const errorsShown = 100

// Read makes a plan of a file. The error is an *event.Error about the file as a whole.
func Read(s *tabular.Sheet, o Options) (*Plan, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	h := findHeader(s)
	if h == nil {
		return nil, &event.Error{Code: tabular.CodeNoTable, Reason: "no row names a cost column beside others: a header like Day, Campaign, Currency code, Cost is needed"}
	}
	if o.MaxRecords == 0 {
		o.MaxRecords = 100_000
	}
	r := &report{sheet: s, header: h, options: o, cells: map[cellKey]*cell{}, broken: map[int]bool{}}
	r.plan = &Plan{
		Encoding: s.Encoding, Separator: separator(s.Comma), HeaderLine: s.Rows[h.row].Line, Warnings: []string{}, Errors: []RowError{}, Campaigns: []Campaign{}, Replaces: []Scope{}, Totals: []Sum{},
	}
	r.plan.Platform = strings.ToLower(strings.TrimSpace(o.Platform))
	if r.plan.Platform == "" {
		r.plan.Platform = detect(s, h)
	}
	if r.plan.Platform == "" && !h.has(colPlatform) && !h.has(colSource) {
		return nil, &event.Error{Field: "platform", Code: event.CodeMissing, Reason: "the file does not tell which platform it is from: name it, as in ?platform=google_ads"}
	}
	if s.Guessed {
		r.warn("the file is neither UTF-8 nor UTF-16; it was read as Windows-1252")
	}
	if err := r.conventions(); err != nil {
		return nil, err
	}
	if err := r.dated(); err != nil {
		return nil, err
	}
	r.tally()
	for i := h.row + 1; i < len(s.Rows); i++ {
		r.row(&s.Rows[i])
		if len(r.cells) > o.MaxRecords {
			return nil, &event.Error{Code: event.CodeTooMany, Reason: fmt.Sprintf("the file comes to more than %d days of campaigns", o.MaxRecords)}
		}
	}
	return r.finish()
}

func separator(comma rune) string {
	if comma == '\t' {
		return "tab"
	}
	return string(comma)
}

// Package answer is what the query service says: it takes a question, asks the store, and builds the answer that the API sends, the page
// draws and the terminal prints. All three show the same values because all three get this one.
package answer

import "time"

// Figures are the numbers of a row, a total or a comparison. Money is an exact decimal in the currency named beside it; a figure that does not
// exist (a cost per customer without customers) is null.
type Figures struct {
	Spend              string   `json:"spend" doc:"Cost in the period" example:"1250.00"`
	Impressions        int64    `json:"impressions" doc:"Impressions as the ad platforms report them"`
	Clicks             int64    `json:"clicks" doc:"Clicks as the ad platforms report them"`
	Touchpoints        int64    `json:"touchpoints" doc:"Touchpoints that occurred in the period, whatever the basis"`
	Conversions        float64  `json:"conversions" doc:"Credited conversions; a conversion shared by several touchpoints counts in parts"`
	ConversionValue    string   `json:"conversion_value" doc:"Credited value of conversions" example:"310.50"`
	Opportunities      float64  `json:"opportunities" doc:"Credited opportunities"`
	Customers          float64  `json:"customers" doc:"Credited won opportunities"`
	Pipeline           string   `json:"pipeline" doc:"Credited amount of open opportunities" example:"0.00"`
	Revenue            string   `json:"revenue" doc:"Credited amount of won opportunities" example:"4800.00"`
	Value              string   `json:"value" doc:"What counts as return: revenue, conversion_value or their sum, as value_basis says" example:"5110.50"`
	ROI                *float64 `json:"roi" doc:"(value - spend) / spend; null without spend, and for rows by content or landing page, which platforms do not bill: so are all ratios with spend but cpc"`
	ROAS               *float64 `json:"roas" doc:"value / spend; null without spend"`
	CPL                *string  `json:"cpl" doc:"Spend per conversion (of the asked types); null without conversions"`
	CostPerOpportunity *string  `json:"cost_per_opportunity" doc:"Spend per opportunity; null without opportunities"`
	CAC                *string  `json:"cac" doc:"Spend per customer won; null without customers"`
	CTR                *float64 `json:"ctr" doc:"clicks / impressions; null without impressions"`
	CPC                *string  `json:"cpc" doc:"Spend per click; null without clicks"`
	CVR                *float64 `json:"cvr" doc:"conversions / touchpoints: of a hundred visits, how many convert; null without touchpoints"`
	ClickCVR           *float64 `json:"click_cvr" doc:"conversions / clicks that the ad platforms report; null without clicks"`
	SQLRate            *float64 `json:"sql_rate" doc:"opportunities / conversions (of the asked types): how many leads sales takes up; null without conversions"`
	PipelineConversion *float64 `json:"pipeline_conversion" doc:"customers / opportunities: how many opportunities are won; null without opportunities"`
	PaybackMonths      *float64 `json:"payback_months" doc:"CAC / monthly gross margin of a customer; null without customers, revenue, or gross_margin in the configuration"`
}

// Row is one channel, or one campaign of a channel.
type Row struct {
	Channel  string  `json:"channel" doc:"Channel; (unattributed) is what no touchpoint earned" example:"Paid Search"`
	Campaign *string `json:"campaign,omitempty" doc:"Campaign, when grouped by campaign; empty for touches without one"`
	// The other things that a row may be; at most one of them is there.
	Content     *string `json:"content,omitempty" doc:"Ad content, when grouped by content"`
	LandingPage *string `json:"landing_page,omitempty" doc:"Landing page, when grouped by landing_page"`
	Source      *string `json:"source,omitempty" doc:"Source, when grouped by source"`
	Medium      *string `json:"medium,omitempty" doc:"Medium, when grouped by medium"`
	Currency    string  `json:"currency" doc:"Currency of every amount in this row" example:"USD"`
	Figures
	Previous *Figures `json:"previous,omitempty" doc:"The same row in the comparison period"`
	// Sparkline is there when trend was asked for.
	Sparkline *Sparkline `json:"sparkline,omitempty" doc:"The row over time, when trend was asked for"`
	Explain   string     `json:"explain" doc:"Address (RFC 6570 template) that lists what a figure of this row is made of: fill in measure" example:"/api/v1/contributions?channel=Email&model=linear{&measure}"`
}

// Name is what the row is beside its channel: campaign, content, landing page, source or medium; empty for channels.
func (r Row) Name() string {
	for _, name := range []*string{r.Campaign, r.Content, r.LandingPage, r.Source, r.Medium} {
		if name != nil {
			return *name
		}
	}
	return ""
}

// Totals are the sums of all rows, unattributed included, whatever page is shown. Cost figures therefore divide by all outcomes, not only by
// those that a touchpoint earned.
type Totals struct {
	Currency string `json:"currency" doc:"Currency of every amount" example:"USD"`
	Figures
	Coverage          *float64  `json:"coverage" doc:"Attributed share of coverage_measure; null when there is nothing to attribute"`
	CoverageMeasure   string    `json:"coverage_measure" enum:"value,customers,opportunities,conversions,touchpoints" doc:"The measure that coverage is of: the value where there is any, else the first count that is not zero"`
	CoverageByMeasure ByMeasure `json:"coverage_by_measure" doc:"Attributed share of each measure"`
	Previous          *Figures  `json:"previous,omitempty" doc:"Totals of the comparison period"`
	Explain           string    `json:"explain" doc:"Address (RFC 6570 template) that lists what a total is made of: fill in measure"`
}

// ByMeasure is a share per measure; null where the measure's total is zero.
type ByMeasure struct {
	Conversions     *float64 `json:"conversions"`
	ConversionValue *float64 `json:"conversion_value"`
	Opportunities   *float64 `json:"opportunities"`
	Pipeline        *float64 `json:"pipeline"`
	Customers       *float64 `json:"customers"`
	Revenue         *float64 `json:"revenue"`
}

// Scope is the four things that change a figure's meaning, and the rest of what was asked, as it was understood.
type Scope struct {
	Workspace       string   `json:"workspace" doc:"Workspace"`
	Basis           string   `json:"basis" enum:"touch,close" doc:"Date that outcomes count on: of the touch, or of the conversion or close"`
	From            string   `json:"from" doc:"First day, included; empty when nothing is recorded" example:"2026-01-01"`
	To              string   `json:"to" doc:"Last day, included; empty when nothing is recorded" example:"2026-03-31"`
	GroupBy         string   `json:"group_by" enum:"channel,campaign,content,landing_page,source,medium" doc:"What a row is"`
	Currency        string   `json:"currency" doc:"Currency of every amount" example:"USD"`
	ValueBasis      string   `json:"value_basis" enum:"both,revenue,conversion_value" doc:"What counts as return in roi and roas"`
	ConversionTypes []string `json:"conversion_types" doc:"Conversion types counted; empty: all" nullable:"false"`
	// AvailableModels is not called Models: Compare has Models of its own, and the document leaves an embedded field of the same name out.
	AvailableModels []string   `json:"available_models" doc:"Models of this workspace" nullable:"false"`
	AsOf            *time.Time `json:"as_of" doc:"Only what was recorded by then counts; null: everything"`
	Books           string     `json:"books" enum:"open,closed" doc:"open: every figure on its own day; closed: as the books say, closed months do not move and the first open month takes their later changes"`
}

// Comparison is the period that previous figures are of.
type Comparison struct {
	From string `json:"from" doc:"First day, included"`
	To   string `json:"to" doc:"Last day, included"`
}

// Page says which rows of how many are shown. The unattributed row comes last on every page and does not count.
type Page struct {
	Limit  int `json:"limit" doc:"Most rows on a page"`
	Offset int `json:"offset" doc:"Rows left out before the first"`
	Total  int `json:"total" doc:"Rows there are"`
	// NextCursor continues where this page ends, whatever came in meanwhile.
	NextCursor string `json:"next_cursor" doc:"Send it as cursor for the next rows; empty on the last page"`
}

// Freshness says how current the figures are.
type Freshness struct {
	RecordedAt *time.Time `json:"recorded_at" doc:"Receipt of the latest event whose effect is in the tables; null when there is none"`
	AgeSeconds *float64   `json:"age_seconds" doc:"Seconds since then"`
}

// Warning is something that makes the figures less than they seem.
type Warning struct {
	Code   string `json:"code" doc:"Stable code" example:"not_converted"`
	Detail string `json:"detail" doc:"What is missing, and what to do"`
}

// Channels is the answer of /api/v1/channels.
type Channels struct {
	Headline string `json:"headline" doc:"What is true, in a sentence computed from the rows"`
	Model    string `json:"model" doc:"Attribution model" example:"position_based"`
	Scope
	Comparison *Comparison `json:"comparison,omitempty" doc:"The comparison period, when one was asked for"`
	Rows       []Row       `json:"rows" doc:"One row per channel or campaign, then the (unattributed) row" nullable:"false"`
	Totals     Totals      `json:"totals"`
	Maturity   *Maturity   `json:"maturity,omitempty" doc:"Which days are still to earn, when trend was asked for"`
	Page       Page        `json:"page"`
	Freshness  Freshness   `json:"freshness"`
	Warnings   []Warning   `json:"warnings" doc:"What makes the figures less than they seem" nullable:"false"`
}

// ModelFigures are one row's figures under one model.
type ModelFigures struct {
	Model string `json:"model" doc:"Attribution model"`
	Figures
	Previous *Figures `json:"previous,omitempty" doc:"The same in the comparison period"`
	// Sparkline is there when trend was asked for.
	Sparkline *Sparkline `json:"sparkline,omitempty" doc:"The row over time under this model, when trend was asked for"`
	Explain   string     `json:"explain" doc:"Address (RFC 6570 template) that lists what a figure is made of: fill in measure"`
}

// Spread is the range of an answer over the models: wide where the models disagree, and the row deserves an experiment rather than an opinion.
type Spread struct {
	Min *float64 `json:"min"`
	Max *float64 `json:"max"`
}

// ComparedRow is one channel or campaign under all asked models.
type ComparedRow struct {
	Channel  string  `json:"channel" doc:"Channel; (unattributed) is what no touchpoint earned"`
	Campaign *string `json:"campaign,omitempty" doc:"Campaign, when grouped by campaign"`
	// The other things that a row may be; at most one of them is there.
	Content     *string        `json:"content,omitempty" doc:"Ad content, when grouped by content"`
	LandingPage *string        `json:"landing_page,omitempty" doc:"Landing page, when grouped by landing_page"`
	Source      *string        `json:"source,omitempty" doc:"Source, when grouped by source"`
	Medium      *string        `json:"medium,omitempty" doc:"Medium, when grouped by medium"`
	Currency    string         `json:"currency" doc:"Currency of every amount in this row"`
	Models      []ModelFigures `json:"models" doc:"Figures under each model, in the order asked" nullable:"false"`
	ROAS        Spread         `json:"roas_spread" doc:"Least and largest return over the models"`
}

// ComparedTotals are the totals under one model.
type ComparedTotals struct {
	Model string `json:"model" doc:"Attribution model"`
	Totals
}

// Compare is the answer of /api/v1/compare.
type Compare struct {
	Headline string   `json:"headline" doc:"Where the models disagree most, in a sentence computed from the rows"`
	Models   []string `json:"models" doc:"Models compared, in order" nullable:"false"`
	Scope
	Comparison *Comparison      `json:"comparison,omitempty" doc:"The comparison period, when one was asked for"`
	Rows       []ComparedRow    `json:"rows" nullable:"false"`
	Totals     []ComparedTotals `json:"totals" doc:"Totals under each model" nullable:"false"`
	Page       Page             `json:"page"`
	Freshness  Freshness        `json:"freshness"`
	Warnings   []Warning        `json:"warnings" nullable:"false"`
}

package answer

// Trend is the answer of /api/v1/trend: the figures of /api/v1/channels over time. The points of a series add up to the row of
// /api/v1/channels for the same question, the totals to its totals.
type Trend struct {
	Headline string `json:"headline" doc:"What is true, in a sentence computed from the points"`
	Model    string `json:"model" doc:"Attribution model"`
	Scope
	Interval   string        `json:"interval" enum:"day,week,month" doc:"Length of a point"`
	Comparison *Comparison   `json:"comparison,omitempty" doc:"The comparison period, when one was asked for"`
	Series     []TrendSeries `json:"series" doc:"One per channel, the (unattributed) one last; none for by=none" nullable:"false"`
	Totals     []Point       `json:"totals" doc:"All channels together, the unattributed included" nullable:"false"`
	// Previous has the points of the comparison period by their own days, for drawing beside the totals.
	Previous  []Point   `json:"previous,omitempty" doc:"Totals of the comparison period, by its own days"`
	Maturity  Maturity  `json:"maturity" doc:"From which day on outcomes are still to come"`
	Freshness Freshness `json:"freshness"`
	Warnings  []Warning `json:"warnings" nullable:"false"`
	// totalsOnly says that series were not asked for: a file then has the totals.
	totalsOnly bool
}

// TrendSeries is one channel over time. Every series has a point for every step of the period, zeros included.
type TrendSeries struct {
	Channel  string  `json:"channel" doc:"Channel; (unattributed) is what no touchpoint earned"`
	Currency string  `json:"currency" doc:"Currency of every amount"`
	Points   []Point `json:"points" nullable:"false"`
}

// Point is the figures of a day, a week (from Monday) or a month.
type Point struct {
	On       string `json:"on" doc:"First day of the point" example:"2026-11-02"`
	Immature bool   `json:"immature" doc:"True while outcomes of these days are still to come: do not read the last ones as a decline"`
	// Partial says that the period begins or ends within the point's week or month.
	Partial bool `json:"partial" doc:"True when the period holds only a part of this week or month"`
	Figures
}

// Sparkline is a row's main outcome and its spend over time.
type Sparkline struct {
	Interval string   `json:"interval" enum:"day,week,month" doc:"Length of a step"`
	Measure  string   `json:"measure" doc:"What values are: the table's main measure"`
	On       []string `json:"on" doc:"First day of each step" nullable:"false"`
	// Values and Spend are decimals, as in Figures.
	Values []string `json:"values" doc:"The measure in each step: money in the row's currency, or a number" nullable:"false"`
	Spend  []string `json:"spend" doc:"Cost in each step" nullable:"false"`
}

// Maturity says how long outcomes take after the touches that earn them, and so which days of a report by date of touch are not complete.
type Maturity struct {
	Measure string `json:"measure" doc:"Outcome that the lag is of: the one that takes longest among those that happen; empty without any"`
	// MedianDays and P90Days weigh each touch by its credit.
	MedianDays *int `json:"median_days" doc:"Half of the credit is earned within so many days of the touch; null without outcomes"`
	P90Days    *int `json:"p90_days" doc:"Nine tenths of it are; null without outcomes"`
	// ImmatureFrom is empty on basis close, where a day's outcomes are complete with the day.
	ImmatureFrom string       `json:"immature_from" doc:"From this day on, at least a tenth of the outcomes is still to come; empty when all days are complete"`
	Measures     []MeasureLag `json:"measures" doc:"The lag of each outcome" nullable:"false"`
	Samples      float64      `json:"samples" doc:"Outcomes that the lag was taken from: with fewer than 20 it is a guess"`
}

// MeasureLag is how long one outcome takes.
type MeasureLag struct {
	Measure    string  `json:"measure" enum:"conversions,opportunities,customers"`
	MedianDays int     `json:"median_days"`
	P90Days    int     `json:"p90_days"`
	Samples    float64 `json:"samples" doc:"Outcomes that the lag was taken from"`
}

package answer

// Weekly is the answer of /api/v1/weekly: where we win, where we leak, what changed, each sentence computed from the ledger.
type Weekly struct {
	Week     string `json:"week" doc:"ISO week" example:"2026-W46"`
	Model    string `json:"model"`
	Headline string `json:"headline"`
	Scope
	// Previous are the weeks that the week is held against; figures of it are averages per week.
	Previous  WeeklyBaseline  `json:"previous"`
	Sections  []WeeklySection `json:"sections" doc:"win, leak, changed: always all three" nullable:"false"`
	Freshness Freshness       `json:"freshness"`
	Warnings  []Warning       `json:"warnings" nullable:"false"`
}

// WeeklyBaseline is what the week is compared with.
type WeeklyBaseline struct {
	From  string `json:"from" doc:"First day"`
	To    string `json:"to" doc:"Last day"`
	Weeks int    `json:"weeks" doc:"Weeks in it; previous figures are averages per week"`
}

// WeeklySection is one of the three questions.
type WeeklySection struct {
	ID       string    `json:"id" enum:"win,leak,changed"`
	Title    string    `json:"title" doc:"What is true in this section, in a sentence"`
	Findings []Finding `json:"findings" doc:"The weightiest first" nullable:"false"`
}

// Finding is one sentence with what it rests on.
type Finding struct {
	Kind     string  `json:"kind" enum:"best_return,return_up,outcome_up,no_outcome,return_down,outcome_down,conversions_down,stage_down,total,restated,started,stopped" doc:"What was found"`
	Sentence string  `json:"sentence"`
	Measure  string  `json:"measure" doc:"What value and previous are of"`
	Subject  Subject `json:"subject"`
	// Value and Previous are decimals; null where there is none.
	Value      *string  `json:"value" doc:"In the week: money in currency, a number, or a ratio"`
	Previous   *string  `json:"previous" doc:"The same on average in the weeks before"`
	Currency   string   `json:"currency" doc:"Currency of value and previous; empty for numbers and ratios"`
	Change     *float64 `json:"change" doc:"(value - previous) / previous; null where previous is zero"`
	Confidence string   `json:"confidence" enum:"high,medium,low" doc:"How sure it is that this is no chance"`
	Doubt      string   `json:"doubt" doc:"Why confidence is not high, in words; empty when it is"`
	Link       string   `json:"link" doc:"Address on the dashboard"`
	Query      string   `json:"query" doc:"Address on the API with the figures behind it"`
	// Evidence are the numbers that the sentence rests on.
	Evidence []Evidence `json:"evidence" nullable:"false"`
}

// Subject is what a finding is about; empty parts do not apply.
type Subject struct {
	Channel        string `json:"channel"`
	Campaign       string `json:"campaign"`
	ConversionType string `json:"conversion_type"`
	Stage          string `json:"stage"`
	Reason         string `json:"reason"`
}

// Evidence is one number behind a finding, as people read it.
type Evidence struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

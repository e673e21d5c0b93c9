package answer

// Contributions is the answer of /api/v1/contributions: what a figure is made of. The amounts of all rows add up to figure exactly.
type Contributions struct {
	Headline string `json:"headline" doc:"What the figure is and what it is made of, in a sentence"`
	Model    string `json:"model"`
	Scope
	Measure string `json:"measure" doc:"The figure that is explained"`
	Unit    string `json:"unit" enum:"money,count,ratio" doc:"What figure and amounts are: money in currency, a number, a ratio"`
	// Filter repeats which row of a table the figure stands in.
	Filter ContributionFilter `json:"filter"`
	Figure *string            `json:"figure" doc:"The figure, as in the table it comes from; null where a ratio has no denominator"`
	// Parts is how a ratio or a sum of measures comes about; empty for figures that have rows.
	Parts []ContributionPart `json:"parts" doc:"Figures that a ratio is computed from, each with the address that lists what it is made of" nullable:"false"`
	Rows  []Contribution     `json:"rows" doc:"What the figure is made of, largest first" nullable:"false"`
	// Shown + Before + After = Figure.
	Shown     string     `json:"shown" doc:"Sum of the rows shown"`
	Rest      string     `json:"rest" doc:"Sum of the rows on other pages: shown + rest = figure, exactly"`
	Page      CursorPage `json:"page"`
	Freshness Freshness  `json:"freshness"`
	Warnings  []Warning  `json:"warnings" nullable:"false"`
}

// ContributionFilter is the row of the table; null: all.
type ContributionFilter struct {
	Channel     *string `json:"channel"`
	Campaign    *string `json:"campaign"`
	Content     *string `json:"content"`
	LandingPage *string `json:"landing_page"`
	Source      *string `json:"source"`
	Medium      *string `json:"medium"`
}

// ContributionPart is a figure that another one is computed from.
type ContributionPart struct {
	Measure  string `json:"measure"`
	Role     string `json:"role" enum:"numerator,denominator,subtract,add" doc:"What is done with it"`
	Figure   string `json:"figure"`
	Currency string `json:"currency" doc:"Currency; empty for numbers"`
	Explain  string `json:"explain" doc:"Address that lists what this part is made of"`
}

// Contribution is one thing that a figure is made of: a journey's credit, a record of spend, a touchpoint.
type Contribution struct {
	Kind      string `json:"kind" enum:"journey,spend,touchpoint"`
	ID        string `json:"id" doc:"Journey, key of the spend record, or touchpoint"`
	On        string `json:"on" doc:"Day on which it counts; the first when it counts on several"`
	Channel   string `json:"channel" doc:"Channel; the first by name when the credit is of several"`
	Campaign  string `json:"campaign" doc:"Campaign; the first by name when the credit is of several"`
	Describes string `json:"describes" doc:"conversion type, opportunity, platform, or kind of touch"`
	Touches   int    `json:"touches" doc:"Touchpoints of the journey that hold a part of this amount; 0 on the unattributed line and for other kinds"`
	Amount    string `json:"amount" doc:"Its part of the figure, in the figure's unit"`
	// OwnAmount differs from Amount where a currency was converted.
	OwnAmount   string `json:"own_amount" doc:"The same before conversion of currencies"`
	OwnCurrency string `json:"own_currency" doc:"Currency of own_amount; empty for numbers"`
	Explain     string `json:"explain" doc:"Address of the next step down: the journey's touches and postings; empty where there is none"`
}

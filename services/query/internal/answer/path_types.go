package answer

// Paths is the answer of /api/v1/paths: the channels that journeys of the period went through, in order.
type Paths struct {
	Headline string `json:"headline" doc:"Which path earns most, in a sentence computed from the paths"`
	Model    string `json:"model" doc:"Model whose credited touches make the paths; the configured default unless asked for another"`
	Scope
	Collapse   string      `json:"collapse" enum:"none,exposure,unique" doc:"How repeats of a channel are shown: all, adjacent ones as one, each channel once"`
	MaxSteps   int         `json:"max_steps" doc:"Longer paths keep their first steps and the last, with an ellipsis between"`
	Comparison *Comparison `json:"comparison,omitempty" doc:"The comparison period, when one was asked for"`
	Paths      []Path      `json:"paths" doc:"Paths by number of journeys, most first" nullable:"false"`
	// Nodes and Links are of all paths, not only of the page.
	Nodes     []PathNode   `json:"nodes" doc:"Channels at each step, for a Sankey diagram" nullable:"false"`
	Links     []PathLink   `json:"links" doc:"Journeys that went from one node to another" nullable:"false"`
	Lengths   []PathLength `json:"lengths" doc:"Journeys by number of touches" nullable:"false"`
	Totals    PathTotals   `json:"totals"`
	Page      CursorPage   `json:"page"`
	Freshness Freshness    `json:"freshness"`
	Warnings  []Warning    `json:"warnings" nullable:"false"`
}

// Path is a sequence of channels and the journeys that took it.
type Path struct {
	Channels    []string `json:"channels" nullable:"false"`
	Journeys    int64    `json:"journeys" doc:"Conversions and opportunities"`
	Conversions int64    `json:"conversions"`
	Customers   int64    `json:"customers"`
	Value       string   `json:"value" doc:"Value of the conversions and of the opportunities won, as value_basis says"`
	Currency    string   `json:"currency"`
	Share       float64  `json:"share" doc:"Share of all journeys with a path"`
	MedianDays  float64  `json:"median_days" doc:"Half of the journeys took at most so many days from the first touch to the conversion or close, or to now while open"`
	Previous    *int64   `json:"previous,omitempty" doc:"Journeys in the comparison period"`
}

// PathNode is a channel at a step.
type PathNode struct {
	ID       string `json:"id" doc:"Identifier that links name" example:"1:Email"`
	Step     int    `json:"step" doc:"Place in the path, from 1"`
	Channel  string `json:"channel"`
	Journeys int64  `json:"journeys"`
}

// PathLink is a step from one node to the next.
type PathLink struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Journeys int64  `json:"journeys"`
	Value    string `json:"value"`
}

// PathLength is the journeys with so many touches.
type PathLength struct {
	Touches  int    `json:"touches"`
	Journeys int64  `json:"journeys"`
	Value    string `json:"value"`
}

// PathTotals are of all journeys of the period.
type PathTotals struct {
	Journeys     int64  `json:"journeys" doc:"Journeys with a path"`
	WithoutTouch int64  `json:"without_touch" doc:"Journeys that no touchpoint led to: they have no path and are not among the paths"`
	Conversions  int64  `json:"conversions" doc:"Conversions with a path"`
	Customers    int64  `json:"customers" doc:"Customers with a path"`
	Value        string `json:"value" doc:"Value of the journeys with a path"`
	Currency     string `json:"currency"`
}

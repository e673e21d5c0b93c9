package answer

// Funnel is the answer of /api/v1/funnel: how far people and opportunities of a period have come by now, or by what was known at a moment.
type Funnel struct {
	Headline string `json:"headline" doc:"Where most is lost, in a sentence computed from the steps"`
	Model    string `json:"model" doc:"Model whose credit shares opportunities among channels"`
	Scope
	Pipeline   string      `json:"pipeline" doc:"CRM pipeline; empty: all"`
	Pipelines  []string    `json:"pipelines" doc:"Pipelines there are" nullable:"false"`
	Comparison *Comparison `json:"comparison,omitempty" doc:"The comparison period, when one was asked for"`
	// Steps are in order: people first, then opportunities.
	Steps     []FunnelStep    `json:"steps" nullable:"false"`
	ByChannel []FunnelChannel `json:"by_channel" doc:"The same steps per channel, in the order of steps" nullable:"false"`
	Freshness Freshness       `json:"freshness"`
	Warnings  []Warning       `json:"warnings" nullable:"false"`
}

// FunnelStep is one step. People are those with a touch in the period; opportunities are those created in it. Both are followed to now, or
// to what was known at the moment asked for; who a touch or conversion belongs to is told as it is now.
type FunnelStep struct {
	Step string `json:"step" doc:"touched, identified, a conversion type, opportunity, a stage, won" example:"proposal"`
	Kind string `json:"kind" enum:"touch,person,conversion,opportunity,stage,won"`
	Unit string `json:"unit" enum:"people,opportunities" doc:"What reached counts"`
	// Reached counts whoever came at least so far: a skipped stage counts as passed.
	Reached      int64    `json:"reached"`
	FromPrevious *float64 `json:"from_previous" doc:"Share of the step before; null on the first step of either unit and where that is zero. From people to opportunities there is no share: the units differ"`
	FromFirst    *float64 `json:"from_first" doc:"Share of the first step of the same unit"`
	MedianDays   *float64 `json:"median_days" doc:"Half of those who came here from the step before took at most so many days; null when nobody did"`
	P90Days      *float64 `json:"p90_days" doc:"Nine tenths took at most so many days"`
	Amount       *string  `json:"amount" doc:"Amount of the opportunities that reached it; null for people"`
	Currency     string   `json:"currency" doc:"Currency of the amount; empty for people"`
	Open         int64    `json:"open" doc:"Opportunities for which this is the furthest step so far, and which are open"`
	Lost         int64    `json:"lost" doc:"Opportunities for which this was the furthest step, and which are lost"`
	Previous     *int64   `json:"previous,omitempty" doc:"reached in the comparison period"`
	// PreviousFromPrevious is from_previous of the comparison period.
	PreviousFromPrevious *float64 `json:"previous_from_previous,omitempty" doc:"from_previous in the comparison period"`
}

// FunnelChannel is the funnel of one channel. People belong to the channel of their first touch in the period, opportunities to channels by
// the credit of the model; the channels add up to the steps.
type FunnelChannel struct {
	Channel string      `json:"channel" doc:"Channel; (unattributed) is what no touchpoint earned"`
	Steps   []ChannelAt `json:"steps" nullable:"false"`
}

// ChannelAt is a channel's share of one step.
type ChannelAt struct {
	Step         string   `json:"step"`
	Kind         string   `json:"kind" enum:"touch,person,conversion,opportunity,stage,won"`
	Reached      float64  `json:"reached"`
	FromPrevious *float64 `json:"from_previous"`
}

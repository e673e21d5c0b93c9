package attribution

// Rule is how a model weighs a journey.
type Rule string

// The rules. Markov's weights are learned from the paths of many journeys, and stand in its configuration: see Markov and ModelConfig.Effects. Shapley's value is a sum over
// journeys in which each divides its worth equally among its channels (see Shapley), so it needs no learning.
const (
	RuleFirstTouch    Rule = "first_touch"
	RuleLastTouch     Rule = "last_touch"
	RuleLastNonDirect Rule = "last_non_direct"
	RuleLeadCreation  Rule = "lead_creation"
	RuleLinear        Rule = "linear"
	RulePositionBased Rule = "position_based"
	RuleTimeDecay     Rule = "time_decay"
	RuleUShaped       Rule = "u_shaped"
	RuleWShaped       Rule = "w_shaped"
	RuleFullPath      Rule = "full_path"
	RuleCustom        Rule = "custom"
	RuleMarkov        Rule = "markov"
	RuleShapley       Rule = "shapley"
)

// DirectPolicy says what direct touches are worth.
type DirectPolicy string

// The policies for direct touches; the zero value means DirectDropUnlessOnly.
const (
	// DirectDropUnlessOnly removes direct touches from a journey that has any other eligible touch.
	DirectDropUnlessOnly DirectPolicy = "drop_unless_only"
	// DirectKeep treats them as any other touch.
	DirectKeep DirectPolicy = "keep"
)

// MiddleScope says which touches without a position are middle touches.
type MiddleScope string

// The scopes; the zero value means MiddleBetween.
const (
	// MiddleBetween takes touches strictly between the first touch and the last touch that holds one of the model's milestones.
	MiddleBetween MiddleScope = "between"
	// MiddleWholeJourney takes all of them.
	MiddleWholeJourney MiddleScope = "whole_journey"
)

// MissingPolicy says who gets the shares of absent milestones and of an empty middle.
type MissingPolicy string

// The policies; the zero value means MissingProportional.
const (
	// MissingProportional raises the present positions in proportion to their own shares.
	MissingProportional MissingPolicy = "proportional"
	// MissingEvenly adds the same to each present position; the middle counts as one.
	MissingEvenly MissingPolicy = "evenly"
)

// PeopleScope says whose touches an opportunity's journey has.
type PeopleScope string

// The scopes; the zero value means PeopleAccount.
const (
	// PeopleAccount takes everybody of the account.
	PeopleAccount PeopleScope = "account"
	// PeopleContactRoles takes only the people that the opportunity lists: with nobody listed, nobody's touches count.
	PeopleContactRoles PeopleScope = "contact_roles"
)

// Keys of ModelConfig.Shares beside the standard milestones and the names of stages.
const (
	// ShareMiddle is divided equally among the middle touches.
	ShareMiddle = "middle"
	// ShareLastTouch goes to the latest eligible touch.
	ShareLastTouch = "last_touch"
)

// TransformKind is a change of the path before it is weighed.
type TransformKind string

// The transforms.
const (
	TransformNone TransformKind = "none"
	// TransformExposure counts adjacent touches of one channel as one unit.
	TransformExposure TransformKind = "exposure"
	// TransformUnique counts all touches of one channel as one unit.
	TransformUnique TransformKind = "unique"
	// TransformFirst keeps the first touch of each channel.
	TransformFirst TransformKind = "first"
	// TransformDropIfLast drops the touches of the named channels that end the path, unless the path has no others.
	TransformDropIfLast TransformKind = "drop_if_last"
	// TransformDropUnlessOnly drops all touches of the named channels, unless the path has no others.
	TransformDropUnlessOnly TransformKind = "drop_unless_only"
)

// Transform is one step of a path's transformation.
type Transform struct {
	Kind TransformKind `json:"kind" yaml:"kind"`
	// Channels are named by drop_if_last and drop_unless_only, compared exactly; the others take none.
	Channels []string `json:"channels,omitempty" yaml:"channels,omitempty"`
}

// DefaultLookback is the look-back of models that configure none: 90 days.
const DefaultLookback = Span(90 * 24 * 3600 * 1_000_000_000)

// DefaultHalfLife is time decay's half-life when none is configured: 7 days.
const DefaultHalfLife = Span(7 * 24 * 3600 * 1_000_000_000)

// ModelConfig is a model as configuration names it. Compile checks it and fills in the defaults.
type ModelConfig struct {
	// Name identifies the model in every report: lower-case letters, digits, '_' and '-', at most 64.
	Name string `json:"name" yaml:"name"`
	// Version names this definition of the model. Empty: derived from the content, so that every change of it is a new version.
	Version string `json:"version,omitempty" yaml:"version,omitempty"`
	// Rule decides which of the settings below apply.
	Rule Rule `json:"rule" yaml:"rule"`
	// Lookback is how long before the conversion, or the creation of the opportunity, touches count. Zero: 90 days.
	Lookback Span `json:"lookback,omitempty" yaml:"lookback,omitempty"`
	// LookbackByConversion overrides Lookback for conversion types.
	LookbackByConversion map[string]Span `json:"lookback_by_conversion,omitempty" yaml:"lookback_by_conversion,omitempty"`
	// People defaults to account; conversions have their owner's touches whatever it says.
	People PeopleScope `json:"people,omitempty" yaml:"people,omitempty"`
	// Direct defaults to drop_unless_only.
	Direct DirectPolicy `json:"direct,omitempty" yaml:"direct,omitempty"`
	// Middle defaults to between; only for rules with a middle share.
	Middle MiddleScope `json:"middle,omitempty" yaml:"middle,omitempty"`
	// Missing defaults to proportional.
	Missing MissingPolicy `json:"missing,omitempty" yaml:"missing,omitempty"`
	// Shares are percentages that sum to 100, by milestone, stage, "last_touch" or "middle". Required by custom; position_based,
	// u_shaped, w_shaped and full_path take their own milestones' shares in place of the usual ones.
	Shares map[string]Percent `json:"shares,omitempty" yaml:"shares,omitempty"`
	// Stages orders the further stages in Shares for Share.Positions. Empty: by name.
	Stages []string `json:"stages,omitempty" yaml:"stages,omitempty"`
	// HalfLife is time decay's. Zero: 7 days.
	HalfLife Span `json:"half_life,omitempty" yaml:"half_life,omitempty"`
	// Transforms are applied in order, after the direct policy.
	Transforms []Transform `json:"transforms,omitempty" yaml:"transforms,omitempty"`
	// Order is markov's number of steps of memory, 1 to 4. Zero: 1.
	Order int `json:"order,omitempty" yaml:"order,omitempty"`
	// Effects are what markov has learned: each channel's removal effect as a percentage of the sum of all, so that they sum to 100. Without them the model weighs nothing.
	Effects map[string]Percent `json:"effects,omitempty" yaml:"effects,omitempty"`
}

package rules

import (
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// DefaultJourneyTouchesMax bounds the touches of one owner when the rules say nothing, and is the most they may say: posting a journey of that many
// under ten models is one transaction, and its memory and its time, measured in docs/measured.md, are what an attributor of the usual size has.
const DefaultJourneyTouchesMax = 100_000

// Default are the rules that run when the configuration names none: the shipped conversions and all rule-based models.
func Default() Rules {
	return Rules{
		Conversions: []Conversion{
			{Event: "Lead Submitted", Type: "lead", Primary: true, IsLead: true},
			{Event: "Demo Requested", Type: "demo", Primary: true, IsLead: true},
			{Event: "Trial Started", Type: "trial", Primary: true},
			{Event: "Order Completed", Type: "purchase", Primary: true},
		},
		Models: attribution.DefaultModels(),
	}
}

// Compiled is one workspace's rules, indexed for the hot path.
type Compiled struct {
	// Models are those that weigh one journey at a time; data-driven ones are computed over all journeys elsewhere.
	Models []attribution.Model
	// Stages are the workspace's stage rules.
	Stages attribution.StageRules
	// HasRoles tells that a model weighs only the people that an opportunity lists.
	HasRoles bool
	// Channels bring origins to the current channel rules; nil leaves them as they are.
	Channels *Classifier
	// AsksAccounts tells that a conversion's rule needs attributes of accounts.
	AsksAccounts bool
	// SessionGapUS is always positive.
	SessionGapUS int64
	// RetentionUS is 0 when everything is kept.
	RetentionUS int64
	// TouchesMax is always positive.
	TouchesMax int

	conversions map[string]*Conversion
	forms       map[string]bool
}

// Compile indexes the rules. The error names a rule that contradicts another.
func (r *Rules) Compile() (*Compiled, error) {
	c := &Compiled{
		Stages: r.Stages, SessionGapUS: r.SessionGap.Microseconds(), TouchesMax: r.JourneyTouchesMax,
		conversions: make(map[string]*Conversion, len(r.Conversions)), forms: make(map[string]bool, len(r.Forms)),
	}
	var err error
	if c.Channels, err = NewClassifier(r.Channels); err != nil {
		return nil, err
	}
	if c.SessionGapUS <= 0 {
		c.SessionGapUS = attribution.DefaultSessionGapUS
	}
	if c.RetentionUS = r.Retention.Microseconds(); c.RetentionUS < 0 {
		return nil, fmt.Errorf("retention %s is negative", r.Retention)
	}
	if c.TouchesMax <= 0 {
		c.TouchesMax = DefaultJourneyTouchesMax
	}
	if c.TouchesMax > DefaultJourneyTouchesMax {
		return nil, fmt.Errorf("journey touches: want at most %d, not %d", DefaultJourneyTouchesMax, c.TouchesMax)
	}
	for i := range r.Conversions {
		v := &r.Conversions[i]
		if v.Event == "" || v.Type == "" {
			return nil, fmt.Errorf("conversion %d: event and type are required", i)
		}
		if c.conversions[v.Event] != nil {
			return nil, fmt.Errorf("conversion %q: named twice", v.Event)
		}
		for k, condition := range slices.Concat(v.Only, v.Exclude) {
			if err := condition.check(); err != nil {
				return nil, fmt.Errorf("conversion %q: condition %d: %w", v.Event, k, err)
			}
		}
		c.AsksAccounts = c.AsksAccounts || v.AsksAccount()
		c.conversions[v.Event] = v
	}
	for _, f := range r.Forms {
		c.forms[f] = true
	}
	names := make(map[string]bool, len(r.Models))
	for i := range r.Models {
		m := &r.Models[i]
		if names[m.Name()] {
			return nil, fmt.Errorf("model %q: named twice", m.Name())
		}
		names[m.Name()] = true
		if !m.IsUnlearned() {
			c.Models = append(c.Models, *m)
			c.HasRoles = c.HasRoles || m.Config().People == attribution.PeopleContactRoles
		}
	}
	return c, nil
}

// Conversion returns the conversion a track call of that name is, nil when it is none.
func (c *Compiled) Conversion(event string) *Conversion { return c.conversions[event] }

// IsForm tells whether a track call of that name is a form.
func (c *Compiled) IsForm(event string) bool { return c.forms[event] }

// ReachUS is the longest look-back of any model and any conversion type.
func (c *Compiled) ReachUS() int64 {
	reach := c.LookbackMaxUS("")
	for _, v := range c.conversions {
		reach = max(reach, c.LookbackMaxUS(v.Type))
	}
	return reach
}

// LookbackMaxUS is the longest look-back of any model; the empty conversion type is that of opportunities.
func (c *Compiled) LookbackMaxUS(conversionType string) int64 {
	longest := int64(0)
	for i := range c.Models {
		longest = max(longest, c.Models[i].LookbackUS(conversionType))
	}
	return longest
}

package channel

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// RuleSet is an ordered list of rules under a version. Changing a rule means a new version: touches store the one they were judged by.
type RuleSet struct {
	Version string `json:"version" yaml:"version"`
	Rules   []Rule `json:"rules" yaml:"rules"`
}

// Rule gives a channel to what meets any of its conditions.
type Rule struct {
	Channel string      `json:"channel" yaml:"channel"`
	Any     []Condition `json:"any" yaml:"any"`
}

// Condition holds when every field it names does. Values are compared in lower case, without surrounding space. A condition without fields is an
// error: it would swallow everything after it.
type Condition struct {
	Source   *Match `json:"source,omitempty" yaml:"source,omitempty"`
	Medium   *Match `json:"medium,omitempty" yaml:"medium,omitempty"`
	Campaign *Match `json:"campaign,omitempty" yaml:"campaign,omitempty"`
	// Category is the source's: search, social, shopping or video.
	Category string `json:"category,omitempty" yaml:"category,omitempty"`
}

// Match holds when any of its tests does. In may name the empty string, which only it can match.
type Match struct {
	In       []string `json:"in,omitempty" yaml:"in,omitempty"`
	Prefix   []string `json:"prefix,omitempty" yaml:"prefix,omitempty"`
	Suffix   []string `json:"suffix,omitempty" yaml:"suffix,omitempty"`
	Contains []string `json:"contains,omitempty" yaml:"contains,omitempty"`
	// Pattern is a regular expression (RE2), unanchored.
	Pattern string `json:"pattern,omitempty" yaml:"pattern,omitempty"`
	// PatternHas is a text that whatever Pattern matches contains; the pattern is then tried only on values that do, which spares most of its cost.
	PatternHas string `json:"pattern_has,omitempty" yaml:"pattern_has,omitempty"`
}

type rule struct {
	channel string
	any     []condition
}

type condition struct {
	source, medium, campaign *match
	category                 string
}

type match struct {
	Match
	pattern *regexp.Regexp
}

func compile(set RuleSet, o Options) ([]rule, error) {
	if set.Version == "" || len(set.Rules) == 0 {
		return nil, errors.New("channel rules: a version and at least one rule are needed")
	}
	if len(o.Overrides)+len(o.Aliases) > 0 && o.OverridesVersion == "" {
		return nil, errors.New("channel rules: overrides and aliases need a version, which touches judged by them store")
	}
	rules := make([]rule, 0, len(o.Overrides)+len(set.Rules))
	for i, r := range slices.Concat(o.Overrides, set.Rules) {
		compiled, err := r.compile()
		if err != nil {
			return nil, fmt.Errorf("channel rules: rule %d (%s): %w", i+1, r.Channel, err)
		}
		rules = append(rules, compiled)
	}
	return rules, nil
}

func (r Rule) compile() (rule, error) {
	if r.Channel == "" || len(r.Any) == 0 {
		return rule{}, errors.New("a channel and at least one condition are needed")
	}
	out := rule{channel: r.Channel}
	for _, c := range r.Any {
		if c.Source == nil && c.Medium == nil && c.Campaign == nil && c.Category == "" {
			return rule{}, errors.New("a condition without fields would match everything")
		}
		if c.Category != "" && !slices.Contains(categoryNames(), c.Category) {
			return rule{}, fmt.Errorf("category %q is not one of %v", c.Category, categoryNames())
		}
		compiled := condition{category: c.Category}
		var errs [3]error
		compiled.source, errs[0] = c.Source.compile("source")
		compiled.medium, errs[1] = c.Medium.compile("medium")
		compiled.campaign, errs[2] = c.Campaign.compile("campaign")
		if err := errors.Join(errs[:]...); err != nil {
			return rule{}, err
		}
		out.any = append(out.any, compiled)
	}
	return out, nil
}

func (m *Match) compile(field string) (*match, error) {
	if m == nil {
		return nil, nil
	}
	if len(m.In)+len(m.Prefix)+len(m.Suffix)+len(m.Contains) == 0 && m.Pattern == "" {
		return nil, fmt.Errorf("%s: at least one test is needed", field)
	}
	if slices.Contains(slices.Concat(m.Prefix, m.Suffix, m.Contains), "") {
		return nil, fmt.Errorf("%s: an empty prefix, suffix or part would match everything", field)
	}
	out := &match{Match: Match{In: lower(m.In), Prefix: lower(m.Prefix), Suffix: lower(m.Suffix), Contains: lower(m.Contains), PatternHas: strings.ToLower(m.PatternHas)}}
	if m.Pattern != "" {
		re, err := regexp.Compile(m.Pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		out.pattern = re
	}
	return out, nil
}

func (m *match) holds(value string) bool {
	if slices.Contains(m.In, value) {
		return true
	}
	if value == "" {
		return false
	}
	return slices.ContainsFunc(m.Prefix, func(s string) bool { return strings.HasPrefix(value, s) }) ||
		slices.ContainsFunc(m.Suffix, func(s string) bool { return strings.HasSuffix(value, s) }) ||
		slices.ContainsFunc(m.Contains, func(s string) bool { return strings.Contains(value, s) }) ||
		m.pattern != nil && strings.Contains(value, m.PatternHas) && m.pattern.MatchString(value)
}

func (c *condition) holds(source, medium, campaign, category string) bool {
	return (c.category == "" || c.category == category) &&
		(c.medium == nil || c.medium.holds(medium)) &&
		(c.source == nil || c.source.holds(source)) &&
		(c.campaign == nil || c.campaign.holds(campaign))
}

// Channel is the channel of the first rule that holds, Unassigned when none does. Aliases are applied first. Letter
// case and surrounding space do not matter.
func (c *Classifier) Channel(source, medium, campaign string) string {
	source, medium, campaign = c.Named(source, medium, campaign)
	source, medium, campaign = fold(source), fold(medium), fold(campaign)
	category := c.categories[source]
	for i := range c.rules {
		for j := range c.rules[i].any {
			if c.rules[i].any[j].holds(source, medium, campaign, category) {
				return c.rules[i].channel
			}
		}
	}
	return Unassigned
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

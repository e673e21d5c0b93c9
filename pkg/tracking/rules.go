// Package tracking holds links to the conventions of tagging: which utm parameters a link needs, how their values are written, what breaks them on the way.
//
// One set of rules serves three places: the collector, which notes the faults of every tagged address that visitors come with; the link check (tributary lint-url), before a link
// goes out; and the link builder, which makes addresses that have none. Pure: no I/O, no clock.
package tracking

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Parameters of a tag, in the order in which links are built.
const (
	Source   = "utm_source"
	Medium   = "utm_medium"
	Campaign = "utm_campaign"
	ID       = "utm_id"
	Term     = "utm_term"
	Content  = "utm_content"
)

// Parameters returns those that make a tag.
func Parameters() []string { return []string{Source, Medium, Campaign, ID, Term, Content} }

func isParameter(name string) bool {
	switch name {
	case Source, Medium, Campaign, ID, Term, Content:
		return true
	}
	return false
}

// Config is a workspace's conventions. The zero value is DefaultConfig's with nothing required.
type Config struct {
	// Required parameters of every tagged link.
	Required []string `yaml:"required,omitempty" json:"required,omitempty"`
	// AnyCase allows capitals. Reports fold source and medium to lower case anyway; campaigns stay as they are written, so Spring and spring are two.
	AnyCase bool `yaml:"any_case,omitempty" json:"any_case,omitempty"`
	// Allowed lists the values that a parameter may have; a parameter that is not here may have any.
	Allowed map[string][]string `yaml:"allowed,omitempty" json:"allowed,omitempty"`
	// Patterns are regular expressions (RE2) that a whole value must match.
	Patterns map[string]string `yaml:"patterns,omitempty" json:"patterns,omitempty"`
	// Example values by parameter, for those who have to fill one in.
	Examples map[string]string `yaml:"examples,omitempty" json:"examples,omitempty"`
	// MaxLength of a value, in characters. Zero: 100.
	MaxLength int `yaml:"max_length,omitempty" json:"max_length,omitempty"`
	// AllowHTTP does not mind links without TLS, whose referrers and tags others can read.
	AllowHTTP bool `yaml:"allow_http,omitempty" json:"allow_http,omitempty"`
}

// DefaultConfig wants source, medium and campaign in lower case.
func DefaultConfig() Config {
	return Config{
		Required: []string{Source, Medium, Campaign}, MaxLength: defaultMaxLength,
		Examples: map[string]string{Source: "google", Medium: "cpc", Campaign: "spring_launch_2026"},
	}
}

const defaultMaxLength = 100

// Rules check tags by a Config. They are immutable and may be used by any number of goroutines.
type Rules struct {
	cfg      Config
	patterns map[string]*regexp.Regexp
}

// New compiles a configuration. The error names what is wrong with it.
func New(cfg Config) (*Rules, error) {
	r := &Rules{cfg: cfg, patterns: map[string]*regexp.Regexp{}}
	if r.cfg.MaxLength == 0 {
		r.cfg.MaxLength = defaultMaxLength
	}
	var errs []error
	if r.cfg.MaxLength < 0 {
		errs = append(errs, errors.New("max_length must be positive"))
	}
	for _, name := range cfg.Required {
		errs = append(errs, known("required", name))
	}
	for name, values := range cfg.Allowed {
		errs = append(errs, known("allowed", name))
		for _, v := range values {
			if !cfg.AnyCase && v != strings.ToLower(v) {
				errs = append(errs, fmt.Errorf("allowed.%s: %q has capitals, which any_case: false forbids", name, v))
			}
		}
	}
	for name, expression := range cfg.Patterns {
		errs = append(errs, known("patterns", name))
		p, err := regexp.Compile("^(?:" + expression + ")$")
		if err != nil {
			errs = append(errs, fmt.Errorf("patterns.%s: %w", name, err))
			continue
		}
		r.patterns[name] = p
	}
	return r, errors.Join(errs...)
}

func known(where, name string) error {
	if !slices.Contains(Parameters(), name) {
		return fmt.Errorf("%s: %q is not one of %s", where, name, strings.Join(Parameters(), ", "))
	}
	return nil
}

// Config is what the rules were made of.
func (r *Rules) Config() Config { return r.cfg }

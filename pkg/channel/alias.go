package channel

import (
	"errors"
	"fmt"
	"strings"
)

// Fields of an alias.
const (
	FieldSource   = "source"
	FieldMedium   = "medium"
	FieldCampaign = "campaign"
)

// Alias gives several spellings of a source, medium or campaign one name: fb and facebook.com are facebook. What was received stays as it is; the name is
// used wherever credit is computed and shown, so taking an alias away restores what was there before.
type Alias struct {
	// Field is source, medium or campaign.
	Field string `json:"field" yaml:"field"`
	// From are the spellings, compared without letter case and surrounding space. A spelling has one alias; the name itself is not looked up again.
	From []string `json:"from" yaml:"from"`
	// To is the name. Sources and mediums become lower case.
	To string `json:"to" yaml:"to"`
}

// Own is what a workspace puts before the shipped rules: its own rules and aliases, under a version of their own.
type Own struct {
	// Version becomes a part of the version that touches store. Required when there is anything.
	Version string  `json:"version,omitempty" yaml:"version,omitempty"`
	Rules   []Rule  `json:"rules,omitempty" yaml:"rules,omitempty"`
	Aliases []Alias `json:"aliases,omitempty" yaml:"aliases,omitempty"`
}

// Options are the part of Options that own rules give.
func (o Own) Options() Options {
	return Options{Overrides: o.Rules, Aliases: o.Aliases, OverridesVersion: o.Version}
}

// aliases are the names by field and folded spelling.
type aliases struct{ source, medium, campaign map[string]string }

func compileAliases(list []Alias) (aliases, error) {
	a := aliases{source: map[string]string{}, medium: map[string]string{}, campaign: map[string]string{}}
	for i, alias := range list {
		if err := a.add(alias); err != nil {
			return a, fmt.Errorf("channel rules: alias %d (%s): %w", i+1, alias.To, err)
		}
	}
	return a, nil
}

func (a *aliases) add(alias Alias) error {
	names, to := a.field(alias.Field), strings.TrimSpace(alias.To)
	switch {
	case names == nil:
		return fmt.Errorf("field %q is not one of source, medium and campaign", alias.Field)
	case to == "" || len(alias.From) == 0:
		return errors.New("a name and at least one spelling are needed")
	case alias.Field != FieldCampaign:
		to = fold(to)
	}
	for _, from := range alias.From {
		from = fold(from)
		if from == "" {
			return errors.New("an empty spelling would name everything that has none")
		}
		if other, ok := names[from]; ok && other != to {
			return fmt.Errorf("%q is %q already", from, other)
		}
		names[from] = to
	}
	return nil
}

func (a *aliases) field(name string) map[string]string {
	switch name {
	case FieldSource:
		return a.source
	case FieldMedium:
		return a.medium
	case FieldCampaign:
		return a.campaign
	default:
		return nil
	}
}

// Named returns source, medium and campaign by their aliases.
func (c *Classifier) Named(source, medium, campaign string) (string, string, string) {
	return rename(c.aliases.source, source), rename(c.aliases.medium, medium), rename(c.aliases.campaign, campaign)
}

func rename(names map[string]string, value string) string {
	if len(names) == 0 || value == "" {
		return value
	}
	if to, ok := names[fold(value)]; ok {
		return to
	}
	return value
}

package rules

import (
	"errors"
	"slices"
	"strings"
)

// Condition is something that may hold of a conversion. Exactly one of Account, Property and EmailDomain is set.
type Condition struct {
	// Account names an attribute of the account that the conversion's person was in at that time, as the account is known today.
	Account string
	// Property names a property of the conversion's event.
	Property string
	// EmailDomain asks for the company domains of the person's addresses; addresses of free mail have none.
	EmailDomain bool
	// In are the values that it holds for, without regard to letter case; empty: any value at all.
	In []string
}

// Facts are what conditions ask for. A name without value has nothing in its map.
type Facts struct {
	Account, Properties map[string]string
	EmailDomains        []string
}

// ExcludedBy returns the rule that keeps a conversion from earning credit, in words; empty when none does. All conditions of Only must
// hold, and none of Exclude may.
func (c *Conversion) ExcludedBy(f *Facts) string {
	for i := range c.Only {
		if !c.Only[i].holds(f) {
			return "only " + c.Only[i].String()
		}
	}
	for i := range c.Exclude {
		if c.Exclude[i].holds(f) {
			return "exclude " + c.Exclude[i].String()
		}
	}
	return ""
}

// IsConditional tells whether any conversion of the rule may be excluded.
func (c *Conversion) IsConditional() bool { return len(c.Only)+len(c.Exclude) > 0 }

// AsksAccount tells whether a condition needs the account's attributes.
func (c *Conversion) AsksAccount() bool {
	asks := func(c Condition) bool { return c.Account != "" }
	return slices.ContainsFunc(c.Only, asks) || slices.ContainsFunc(c.Exclude, asks)
}

func (c *Condition) holds(f *Facts) bool {
	switch {
	case c.Account != "":
		return c.takes(f.Account[c.Account])
	case c.Property != "":
		return c.takes(f.Properties[c.Property])
	default:
		return slices.ContainsFunc(f.EmailDomains, c.takes)
	}
}

func (c *Condition) takes(value string) bool {
	return value != "" && (len(c.In) == 0 || slices.ContainsFunc(c.In, func(v string) bool { return strings.EqualFold(v, value) }))
}

// String names what the condition asks for, without its values, which may be many.
func (c *Condition) String() string {
	switch {
	case c.Account != "":
		return "account." + c.Account
	case c.Property != "":
		return "property." + c.Property
	default:
		return "email_domain"
	}
}

func (c *Condition) check() error {
	set := 0
	for _, is := range [...]bool{c.Account != "", c.Property != "", c.EmailDomain} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return errors.New("a condition asks for one of account, property and email_domain")
	case slices.Contains(c.In, ""):
		return errors.New("a condition has an empty value")
	}
	return nil
}

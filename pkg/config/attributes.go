package config

import (
	"fmt"
	"slices"
)

// attributesMax is how many names of attributes the rules may use, of accounts and of properties each: every event carries those it has.
const attributesMax = 32

// AccountAttributes are the names of account attributes that rules of conversions use, sorted.
func (c *Config) AccountAttributes() []string {
	return c.attributes(func(v *Condition) string { return v.Account })
}

// PropertyAttributes are the names of properties that rules of conversions use, sorted.
func (c *Config) PropertyAttributes() []string {
	return c.attributes(func(v *Condition) string { return v.Property })
}

func (c *Config) attributes(name func(*Condition) string) []string {
	var names []string
	for i := range c.Conversions {
		for _, v := range slices.Concat(c.Conversions[i].Only, c.Conversions[i].Exclude) {
			if n := name(&v); n != "" {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// validateConditions checks the rules of conversions.
func (c *Config) validateConditions(p *problems) {
	for i := range c.Conversions {
		for k := range c.Conversions[i].Only {
			c.Conversions[i].Only[k].validate(p, fmt.Sprintf("conversions[%d].only[%d]", i, k))
		}
		for k := range c.Conversions[i].Exclude {
			c.Conversions[i].Exclude[k].validate(p, fmt.Sprintf("conversions[%d].exclude[%d]", i, k))
		}
	}
	p.check(len(c.AccountAttributes()) <= attributesMax, "conversions: more than %d attributes of accounts are used", attributesMax)
	p.check(len(c.PropertyAttributes()) <= attributesMax, "conversions: more than %d properties are used", attributesMax)
}

func (v *Condition) validate(p *problems, key string) {
	asks := 0
	for _, is := range [...]bool{v.Account != "", v.Property != "", v.EmailDomain} {
		if is {
			asks++
		}
	}
	p.check(asks == 1, "%s: one of account, property and email_domain is needed", key)
	p.check(!slices.Contains(v.In, ""), "%s.in: has an empty value", key)
}

package rules_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

func TestConversion_ExcludedBy(t *testing.T) {
	icp := rules.Condition{Account: "icp", In: []string{"Yes", "true"}}
	c := rules.Conversion{
		Only: []rules.Condition{icp, {Account: "tier"}}, Exclude: []rules.Condition{{EmailDomain: true, In: []string{"ours.example"}}, {Property: "test"}},
	}
	good := func() *rules.Facts {
		return &rules.Facts{Account: map[string]string{"icp": "YES", "tier": "3"}, EmailDomains: []string{"acme.example"}}
	}
	for want, change := range map[string]func(*rules.Facts){
		"":                     func(*rules.Facts) {},
		"only account.icp":     func(f *rules.Facts) { f.Account["icp"] = "no" },
		"only account.tier":    func(f *rules.Facts) { delete(f.Account, "tier") },
		"exclude email_domain": func(f *rules.Facts) { f.EmailDomains = append(f.EmailDomains, "OURS.example") },
		"exclude property.test": func(f *rules.Facts) {
			f.Properties = map[string]string{"test": "1"}
		},
	} {
		f := good()
		change(f)
		if got := c.ExcludedBy(f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !c.IsConditional() || !c.AsksAccount() || (&rules.Conversion{Exclude: []rules.Condition{{Property: "x"}}}).AsksAccount() {
		t.Error("what the rule needs is wrong")
	}
}

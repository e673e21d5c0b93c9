package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/config"
)

func TestParse_people(t *testing.T) {
	cfg, err := config.Parse("f", []byte("journeys: {people: contact_roles}\nmodels:\n  - {name: linear, rule: linear, people: account}\n  - {name: own, rule: linear}\n"), config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range cfg.Models {
		want, version := attribution.PeopleContactRoles, "1-contact_roles"
		switch m.Name {
		case "linear":
			want, version = attribution.PeopleAccount, ""
		case "own":
			version = ""
		}
		if m.People != want || m.Version != version {
			t.Errorf("%s: people %q, version %q", m.Name, m.People, m.Version)
		}
	}
	if _, err := config.Parse("f", []byte("journeys: {people: all}"), config.Sources{}); err == nil || !strings.Contains(err.Error(), "journeys.people") {
		t.Errorf("error %v", err)
	}
}

func TestParse_conditions(t *testing.T) {
	cfg, err := config.Parse("f", []byte(`
conversions:
  - event: Demo Requested
    type: demo
    primary: true
    lead: true
    only: [{account: icp, in: ["true"]}, {account: tier}]
    exclude: [{property: country, in: [XX]}, {email_domain: true, in: [ours.example]}]
`), config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.AccountAttributes(); !slices.Equal(got, []string{"icp", "tier"}) {
		t.Errorf("attributes of accounts %v", got)
	}
	if got := cfg.PropertyAttributes(); !slices.Equal(got, []string{"country"}) {
		t.Errorf("properties %v", got)
	}
	for _, wrong := range []string{"{}", "{account: a, property: b}", "{account: a, in: [\"\"]}", "{email: true}"} {
		text := "conversions: [{event: E, type: t, primary: true, lead: false, only: [" + wrong + "]}]"
		if _, err := config.Parse("f", []byte(text), config.Sources{}); err == nil || !strings.Contains(err.Error(), "conversions[") {
			t.Errorf("%s: error %v", wrong, err)
		}
	}
}

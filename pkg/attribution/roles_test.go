package attribution_test

import (
	"slices"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// rolesJourney is a deal with touches of ann, bob and an unidentified visitor, listing whom it is told.
func rolesJourney(people ...string) attribution.Journey {
	at := func(us int64, id, person string) attribution.Touchpoint {
		return attribution.Touchpoint{ID: id, Key: attribution.Key{OccurredUS: us, ID: id}, Channel: id, PersonID: person}
	}
	touches := []attribution.Touchpoint{at(1, "a1", "c|ann"), at(2, "b1", "c|bob"), at(3, "x1", ""), at(4, "b2", "c|bob")}
	leads := []attribution.Lead{{Key: attribution.Key{OccurredUS: 1}, PersonID: "c|ann"}, {Key: attribution.Key{OccurredUS: 3}, PersonID: "c|bob"}}
	o := &attribution.Opportunity{CreatedUS: 5, People: people}
	return attribution.NewOpportunityJourney(o, touches, leads, attribution.StageRules{})
}

func held(t *testing.T, c attribution.ModelConfig, j attribution.Journey) []string {
	t.Helper()
	m, err := attribution.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range m.Weigh(&j) {
		ids = append(ids, j.Touches[s.Touch].ID)
	}
	return ids
}

func TestModel_Weigh_contactRoles(t *testing.T) {
	linear := attribution.ModelConfig{Name: "l", Rule: attribution.RuleLinear, People: attribution.PeopleContactRoles}
	lead := attribution.ModelConfig{Name: "c", Rule: attribution.RuleLeadCreation, People: attribution.PeopleContactRoles}
	for _, c := range []struct {
		model  attribution.ModelConfig
		people []string
		want   []string
	}{
		{linear, []string{"c|bob"}, []string{"b1", "b2"}},
		{linear, []string{"c|ann", "c|bob"}, []string{"a1", "b1", "b2"}},
		{linear, nil, nil},
		{linear, []string{""}, nil},
		{lead, []string{"c|bob"}, []string{"b1"}},
		{lead, []string{"c|ann", "c|bob"}, []string{"a1"}},
		{attribution.ModelConfig{Name: "l", Rule: attribution.RuleLinear, People: attribution.PeopleAccount}, nil, []string{"a1", "b1", "x1", "b2"}},
	} {
		if got := held(t, c.model, rolesJourney(c.people...)); !slices.Equal(got, c.want) {
			t.Errorf("%s of %v: %v, want %v", c.model.Rule, c.people, got, c.want)
		}
	}
	if _, err := attribution.Compile(attribution.ModelConfig{Name: "x", Rule: attribution.RuleLinear, People: "everybody"}); err == nil {
		t.Error("unknown people compile")
	}
}

// The setting is part of the definition; to name the default is not.
func TestCompile_peopleVersion(t *testing.T) {
	version := func(p attribution.PeopleScope) string {
		m, err := attribution.Compile(attribution.ModelConfig{Name: "l", Rule: attribution.RuleLinear, People: p})
		if err != nil {
			t.Fatal(err)
		}
		return m.Version()
	}
	if version("") != version(attribution.PeopleAccount) || version("") == version(attribution.PeopleContactRoles) {
		t.Error("versions do not follow the people")
	}
}

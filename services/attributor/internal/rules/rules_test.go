package rules_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

func TestRules_Compile(t *testing.T) {
	r := rules.Default()
	c, err := r.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if v := c.Conversion("Lead Submitted"); v == nil || v.Type != "lead" || !v.IsLead {
		t.Errorf("Lead Submitted is %+v", v)
	}
	if c.Conversion("Something else") != nil || c.IsForm("Something else") {
		t.Error("an unknown event is a conversion or form")
	}
	if c.SessionGapUS != attribution.DefaultSessionGapUS || c.TouchesMax != rules.DefaultJourneyTouchesMax {
		t.Errorf("defaults: gap %d, touches %d", c.SessionGapUS, c.TouchesMax)
	}
	if got, want := c.LookbackMaxUS(""), attribution.Span(attribution.DefaultLookback).Microseconds(); got != want {
		t.Errorf("longest look-back %d, want %d", got, want)
	}
}

func TestRules_Compile_leavesUnlearnedModelsOut(t *testing.T) {
	m, err := attribution.Compile(attribution.ModelConfig{Name: "chain", Rule: attribution.RuleMarkov})
	if err != nil {
		t.Fatal(err)
	}
	r := rules.Default()
	n := len(r.Models)
	r.Models = append(r.Models, m)
	if c, err := r.Compile(); err != nil || len(c.Models) != n {
		t.Errorf("%d models, error %v", len(c.Models), err)
	}
}

func TestRules_Compile_mistakes(t *testing.T) {
	for name, change := range map[string]func(*rules.Rules){
		"conversion without event": func(r *rules.Rules) { r.Conversions[0].Event = "" },
		"conversion without type":  func(r *rules.Rules) { r.Conversions[0].Type = "" },
		"conversion twice":         func(r *rules.Rules) { r.Conversions = append(r.Conversions, r.Conversions[0]) },
		"model twice":              func(r *rules.Rules) { r.Models = append(r.Models, r.Models[0]) },
		"too many touches":         func(r *rules.Rules) { r.JourneyTouchesMax = rules.DefaultJourneyTouchesMax + 1 },
	} {
		r := rules.Default()
		change(&r)
		if _, err := r.Compile(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSet_For(t *testing.T) {
	s := rules.Set{Default: rules.Default(), Workspaces: map[string]rules.Rules{"own": {Forms: []string{"Form"}}}}
	if len(s.For("own").Forms) != 1 || len(s.For("other").Conversions) == 0 {
		t.Error("a workspace has the wrong rules")
	}
}

package attribution_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/schemas"
)

func TestDefaultModels_areThoseOfTheShippedFile(t *testing.T) {
	var file struct {
		Version int
		Models  []attribution.ModelConfig
	}
	if err := yaml.UnmarshalWithOptions(schemas.ModelsYAML, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	defaults := attribution.DefaultModels()
	if len(file.Models) != len(defaults) || len(defaults) != len(attribution.DefaultModelConfigs()) {
		t.Fatalf("%d models in the file, %d by default", len(file.Models), len(defaults))
	}
	for i, c := range file.Models {
		m, err := attribution.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.Config(), defaults[i].Config(); !reflect.DeepEqual(got, want) {
			t.Errorf("the file says\n%+v, the default is\n%+v", got, want)
		}
	}
}

func TestCompile_namesEveryMistake(t *testing.T) {
	for _, c := range []struct {
		yaml string
		want []string
	}{
		{"{name: m, rule: linear}", nil},
		{"{name: m, rule: markov, order: 2}", nil},
		{"{name: m, rule: shapley}", nil},
		{"{name: M, rule: x, direct: y, middle: z, missing: w}", []string{"name:", "rule:", "direct:", "middle:", "missing:"}},
		{"{name: '', rule: linear}", []string{"name:"}},
		{"{name: m}", []string{"rule:"}},
		{"{name: m, rule: custom}", []string{"custom needs some"}},
		{"{name: m, rule: custom, shares: {first_touch: 99.9999}}", []string{"exactly 100"}},
		{"{name: m, rule: custom, shares: {first_touch: 100, x: 100}}", []string{"exactly 100"}},
		{"{name: m, rule: custom, shares: {first_touch: 33.3333, x: 33.3333, middle: 33.3334}}", nil},
		{"{name: m, rule: w_shaped, shares: {first_touch: 50, closed_won: 50}}", []string{`none to "closed_won"`}},
		{"{name: m, rule: linear, shares: {first_touch: 100}}", []string{`none to "first_touch"`}},
		{"{name: m, rule: custom, stages: [Demo], shares: {first_touch: 100}}", []string{`"Demo" has no share`}},
		{"{name: m, rule: linear, half_life: 7d}", []string{"half_life:"}},
		{"{name: m, rule: time_decay, half_life: 1ns}", []string{"half_life:"}},
		{"{name: m, rule: linear, order: 1}", []string{"order:"}},
		{"{name: m, rule: markov, order: 5}", []string{"order:"}},
		{"{name: m, rule: linear, version: 'a|b'}", []string{"version:"}},
		{"{name: m, rule: linear, lookback_by_conversion: {lead: 0d}}", []string{"lead: want more than 0"}},
		{"{name: m, rule: linear, transforms: [{kind: none}]}", nil},
		{"{name: m, rule: linear, transforms: [{kind: frequency}]}", []string{"transforms:"}},
		{"{name: m, rule: linear, transforms: [{kind: first}, {kind: unique}]}", []string{"at most one"}},
	} {
		var config attribution.ModelConfig
		if err := yaml.UnmarshalWithOptions([]byte(c.yaml), &config, yaml.Strict()); err != nil {
			t.Fatal(c.yaml, err)
		}
		m, err := attribution.Compile(config)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.yaml, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", c.yaml, err, w)
			}
		}
		if err == nil && (m.Version() == "" || m.Name() != "m") {
			t.Errorf("%s: name %q, version %q", c.yaml, m.Name(), m.Version())
		}
	}
}

func TestCompile_versionFollowsTheContent(t *testing.T) {
	version := func(c attribution.ModelConfig) string {
		m, err := attribution.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		return m.Version()
	}
	base := attribution.ModelConfig{Name: "m", Rule: attribution.RuleLinear}
	spelled := base
	spelled.Lookback, spelled.Direct = attribution.DefaultLookback, attribution.DirectDropUnlessOnly
	other := base
	other.Lookback = attribution.Span(24 * time.Hour)
	if version(base) != version(spelled) || version(base) == version(other) {
		t.Errorf("versions %s, %s, %s", version(base), version(spelled), version(other))
	}
}

func TestModelConfig_survivesBothFormats(t *testing.T) {
	for _, m := range attribution.DefaultModels() {
		var fromJSON, fromYAML attribution.ModelConfig
		j, err := json.Marshal(m.Config())
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(j, &fromJSON); err != nil {
			t.Fatal(string(j), err)
		}
		y, err := yaml.Marshal(m.Config())
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(y, &fromYAML); err != nil {
			t.Fatal(string(y), err)
		}
		for _, c := range []attribution.ModelConfig{fromJSON, fromYAML} {
			again, err := attribution.Compile(c)
			if err != nil || !reflect.DeepEqual(again.Config(), m.Config()) {
				t.Errorf("%+v became %+v, %v", m.Config(), again.Config(), err)
			}
		}
	}
}

func TestSpan_text(t *testing.T) {
	for text, want := range map[string]string{
		"90d": "90d", "2w": "14d", "36h": "36h0m0s", "48h": "2d", "30m": "30m0s", "0d": "0s", " 7d ": "7d",
		"-1d": "", "1.5d": "", "d": "", "": "", "99999w": "", "-3h": "", "7": "", "9223372036854775807d": "",
	} {
		var s attribution.Span
		err := s.UnmarshalText([]byte(text))
		if (err == nil) != (want != "") || err == nil && s.String() != want {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]attribution.Percent{"0": 0, "100": 1_000_000, "22.5": 225_000, "33.3333": 333_333, "7.": 70_000, "100.0000": 1_000_000} {
		if got, err := attribution.ParsePercent(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".5", "100.0001", "-1", "+1", "1e2", "33.33333", "1000", "abc", "1,5", "0x1"} {
		if got, err := attribution.ParsePercent(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

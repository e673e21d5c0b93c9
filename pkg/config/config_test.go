package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

func sources(files, env map[string]string) Sources {
	return Sources{
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fmt.Errorf("open %s: %w", name, os.ErrNotExist)
		},
		LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

func parse(t *testing.T, text string) (*Config, error) {
	t.Helper()
	return Parse("test.yaml", []byte(text), sources(
		map[string]string{"/run/key": "from-a-file\n", "/run/empty": "\n"},
		map[string]string{"KEY": "from-the-environment"},
	))
}

func TestDefault_isValidAndComplete(t *testing.T) {
	cfg, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(cfg.Models) != 11 || len(cfg.Conversions) != 4 {
		t.Errorf("%d models and %d conversions, want the shipped 11 and 4", len(cfg.Models), len(cfg.Conversions))
	}
}

func TestDefault_roundTripsThroughItsPrint(t *testing.T) {
	cfg, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := cfg.Print(&text); err != nil {
		t.Fatal(err)
	}
	again, err := parse(t, text.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if diff := cmp.Diff(again, cfg, cmp.AllowUnexported(Config{})); diff != "" {
		t.Errorf("(-read back, +default):\n%s", diff)
	}
}

func TestParse_emptyFileIsTheDefaults(t *testing.T) {
	want, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "\n", "# nothing\n"} {
		got, err := parse(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, want, cmp.AllowUnexported(Config{})); diff != "" {
			t.Errorf("%q (-got, +want):\n%s", text, diff)
		}
	}
}

func TestParse_takesWhatTheFileSays(t *testing.T) {
	cfg, err := parse(t, `
workspaces:
  - {name: acme, currency: EUR, site_domains: [acme.example]}
keys:
  - {name: site, kind: public, key: wk_12345678}
  - {name: crm, kind: secret, key_file: /run/key}
  - {name: app, kind: secret, key_env: KEY}
webhooks:
  - {name: hub, provider: hubspot, secret: s3cret-s3cret, previous_secret_env: KEY, public_url: "https://t.example", currency: EUR}
conversions:
  - {event: Order Completed, disabled: true}
  - {event: Lead Submitted, type: mql, primary: false, lead: true}
  - {event: Signed, type: contract, primary: true, lead: false}
models:
  - {name: first_touch, disabled: true}
  - {name: linear, rule: linear, lookback: 30d}
  - {name: ours, rule: custom, shares: {first_touch: 40, lead_creation: 20.5, middle: 39.5}}
stages:
  order: [Qualified, Proposal]
  reentered: first
  map: [{source_system: hubspot, from: contractsent, to: Proposal, outcome: won}]
channels:
  version: ours-1
  rules: [{channel: Partners, any: [{medium: {in: [partner]}}]}]
journeys: {session_gap: 45m}
rates: [{day: 2026-01-02, from: USD, to: EUR, rate: 0.92}]
engines:
  kafka:
    brokers: [k1:9092]
    sasl: {mechanism: PLAIN, username: u, password_env: KEY}
  clickhouse: {dsn: "clickhouse://u:hunter2@c:9000/t"}
`)
	if err != nil {
		t.Fatal(err)
	}
	checks := map[string][2]any{
		"key's workspace":         {cfg.Keys[0].Workspace, "acme"},
		"key in a file":           {cfg.Keys[1].Key.Reveal(), "from-a-file"},
		"key in the env":          {cfg.Keys[2].Key.Reveal(), "from-the-environment"},
		"webhook's secrets":       {cfg.Webhooks[0].Secrets(), []string{"s3cret-s3cret", "from-the-environment"}},
		"webhook's settings":      {cfg.Webhooks[0].CRM, CRM{PublicURL: "https://t.example", Currency: "EUR"}},
		"sasl password":           {cfg.Engines.Kafka.SASL.Password.Reveal(), "from-the-environment"},
		"dsn":                     {cfg.Engines.ClickHouse.DSN.Reveal(), "clickhouse://u:hunter2@c:9000/t"},
		"session gap":             {cfg.Journeys.SessionGap, 45 * time.Minute},
		"touches stay":            {cfg.Journeys.TouchesMax, 0},
		"stage order":             {cfg.Stages.Order, []string{"Qualified", "Proposal"}},
		"stage map":               {cfg.Stages.Map, []Stage{{SourceSystem: "hubspot", From: "contractsent", To: "Proposal", Outcome: OutcomeWon}}},
		"reentered":               {cfg.Stages.Reentered, attribution.OccurrenceFirst},
		"rate":                    {cfg.Rates, []Rate{{Day: "2026-01-02", From: "USD", To: "EUR", Rate: "0.92"}}},
		"channel override":        {cfg.Channels.Rules[0].Channel, "Partners"},
		"partitions of a cluster": {cfg.Engines.Kafka.PartitionCount(), int32(8)},
	}
	for name, c := range checks {
		if diff := cmp.Diff(c[0], c[1]); diff != "" {
			t.Errorf("%s (-got, +want):\n%s", name, diff)
		}
	}
	var conversions, models []string
	for _, v := range cfg.Conversions {
		conversions = append(conversions, v.Event+"="+v.Type)
	}
	if diff := cmp.Diff(conversions, []string{"Lead Submitted=mql", "Demo Requested=demo", "Trial Started=trial", "Signed=contract"}); diff != "" {
		t.Errorf("conversions (-got, +want):\n%s", diff)
	}
	for _, m := range cfg.Models {
		models = append(models, m.Name)
	}
	if len(models) != 11 || models[0] != "last_touch" || models[10] != "ours" {
		t.Errorf("models %v", models)
	}
}

func TestParse_refuses(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"unknown key with the one meant", "log:\n  levle: debug\n", "test.yaml:2: unknown key log.levle: did you mean level?"},
		{"unknown key in a list", "keys:\n  - name: a\n    knd: public\n", "test.yaml:3: unknown key keys[0].knd: did you mean kind?"},
		{"unknown key in an inlined part", "models:\n  - {name: a, loookback: 3d}\n", "unknown key models[0].loookback: did you mean lookback?"},
		{"key like no other", "zzzzzzzzzz: 1\n", "unknown key zzzzzzzzzz: known here are attributor, channels"},
		{"every unknown key at once", "a9: 1\nlog: {b9: 2}\n", "test.yaml:2: unknown key log.b9"},
		{"wrong type", "engines: {kafka: {partitions: many}}\n", "test.yaml"},
		{"no YAML", "a: [\n", "test.yaml"},
		{"secret twice", "keys: [{name: a, kind: secret, key: 12345678, key_env: KEY}]\n", "keys[0].key: is given more than once"},
		{"secret file away", "keys: [{name: a, kind: secret, key_file: /nowhere}]\n", "keys[0].key: open /nowhere"},
		{"secret file empty", "keys: [{name: a, kind: secret, key_file: /run/empty}]\n", "keys[0].key: is empty"},
		{"secret env away", "keys: [{name: a, kind: secret, key_env: NOPE}]\n", "the environment has no NOPE"},
		{"short key", "keys: [{name: a, kind: secret, key: abc}]\n", "keys[0].key: at least 8 characters"},
		{"key kind", "keys: [{name: a, kind: open, key: 12345678}]\n", `keys[0].kind: "open"`},
		{"same key twice", "keys: [{name: a, kind: public, key: 12345678}, {name: b, kind: secret, key: 12345678}]\n", "keys[1].key: is the same as that of a"},
		{"workspace of a key", "keys: [{name: a, kind: public, key: 12345678, workspace: x}]\n", `keys[0].workspace: "x"`},
		{"workspace name", "workspaces: [{name: a|b, currency: USD}]\n", "workspaces[0].name"},
		{"currency", "workspaces: [{name: a, currency: XXQ}]\n", "workspaces[0].currency"},
		{"model", "models: [{name: m, rule: custom, shares: {first_touch: 50}}]\n", "want a sum of exactly 100"},
		{"model twice", "models: [{name: m, rule: linear}, {name: m, rule: linear}]\n", "comes twice"},
		{"rate", "rates: [{day: 2026-01-02, from: USD, to: EUR, rate: -1}]\n", "rates[0].rate"},
		{"rate twice", "rates: [{day: 2026-01-02, from: USD, to: EUR, rate: 1}, {day: 2026-01-02, from: USD, to: EUR, rate: 2}]\n", "rates[1]: a second rate"},
		{"channel rule", "channels: {version: v, rules: [{channel: X, any: [{}]}]}\n", "channels:"},
		{"address", "collector: {addr: 8080}\n", "collector.addr"},
		{"webhook currency", "webhooks: [{name: a, provider: hubspot, secret: abcdefgh, currency: XXQ}]\n", "webhooks[0].currency"},
		{"webhook secret twice", "webhooks: [{name: a, provider: hubspot, secret: abcdefgh, previous_secret: abcdefgh}]\n", "webhooks[0].previous_secret"},
		{"webhook provider", "webhooks: [{name: a, provider: x, secret: abcdefgh}]\n", "webhooks[0].provider"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := parse(t, tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestSecrets_neverShow(t *testing.T) {
	cfg, err := parse(t, "keys: [{name: a, kind: secret, key: hunter2hunter2}]\nengines: {clickhouse: {dsn: 'clickhouse://u:hunter2@c/t'}}\n")
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	if err := cfg.Print(&printed); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{
		"print": printed.String(), "%v": fmt.Sprintf("%v", *cfg), "%+v": fmt.Sprintf("%+v", *cfg), "%#v": fmt.Sprintf("%#v", *cfg),
	} {
		if strings.Contains(text, "hunter2") || !strings.Contains(text, redacted) {
			t.Errorf("%s shows a secret, or hides that there is one:\n%s", form, text)
		}
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("log: {level: debug}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil || cfg.Log.Level != "debug" {
		t.Fatalf("got %v, %v", cfg, err)
	}
	if _, err := Load(path + ".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is missing", err)
	}
}

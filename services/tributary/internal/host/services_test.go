package host

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/telemetry"
	"github.com/tributary-attribution/tributary/services/collector"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/sink"
)

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("test.yaml", []byte(text), config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// full sets everything that reaches a service.
const full = `
workspaces:
  - {name: acme, currency: EUR, base_currency: USD, site_domains: [acme.example], ignored_referrers: [pay.example], free_mail: [m.example], bots: [probe]}
  - {name: beta, currency: USD}
keys:
  - {name: site, kind: public, workspace: acme, key: wk_12345678, allow_value: true}
  - {name: crm, kind: secret, workspace: beta, key: sk_12345678}
webhooks:
  - {name: deals, provider: hubspot, workspace: beta, secret: client-secret-1, previous_secret: client-secret-0, public_url: "https://in.example", signatures: [v3], currency: EUR,
     amount_property: amount_in_home_currency, lead_stages: [lead, subscriber], organizations: [o], id_prefix: "h-", stage_names: {"5": Qualified}}
  - {name: hub, provider: standard, workspace: acme, secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}
stages:
  order: [Qualified, Proposal]
  map: [{source_system: crm, pipeline: p, from: a, to: Proposal, outcome: won}, {from: b, to: Gone, outcome: lost, probability: 0}, {pipeline: q, from: c, to: Talks, milestone: opportunity, probability: 0.35}, {from: d, to: Done, milestone: won}]
channels: {version: ours-1, rules: [{channel: Partners, any: [{medium: {in: [partner]}}]}]}
journeys: {session_gap: 45m, touches_max: 500, retention: 9600h}
rates:
  - {day: 2026-01-02, from: EUR, to: USD, rate: 1.08}
  - {day: 2026-01-02, from: GBP, to: EUR, rate: 1.15}
engines: {kafka: {partitions: 3}, data_dir: /data}
collector: {addr: "127.0.0.1:1", rate_per_key: 100, trusted_proxies: [10.0.0.0/8]}
attributor: {ordinal: 2, sessions: 5, commit_interval: 70ms, cache_bytes: 1000}
sink: {instance_id: s-1, flush_interval: 300ms, batch_rows: 7}
query: {addr: "127.0.0.1:2", model: linear, tokens: [{token: 0123456789abcdef, workspaces: [acme]}]}
`

func TestConfigs_carryEverySetting(t *testing.T) {
	cfg := load(t, full)
	c := CollectorConfig(cfg, kafka.DefaultConfig())
	s, err := SinkConfig(cfg, kafka.DefaultConfig(), clickhouse.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	a, err := AttributorConfig(cfg, kafka.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	q := QueryConfig(cfg, kafka.DefaultConfig(), clickhouse.DefaultConfig(), "http://127.0.0.1:1")
	day := time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC)
	for name, pair := range map[string][2]any{
		"collector address": {c.HTTP.Addr, "127.0.0.1:1"},
		"collector rate":    {[]any{c.Limits.PerKey.PerSecond, c.Limits.PerKey.Burst}, []any{100.0, 2500}},
		"collector proxies": {c.Limits.TrustedProxies, []string{"10.0.0.0/8"}},
		"collector keys": {c.Keys, []collector.Key{
			{Name: "site", Workspace: "acme", AllowValue: true, Value: "wk_12345678"}, {Name: "crm", Workspace: "beta", Secret: true, Value: "sk_12345678"},
		}},
		"collector webhooks": {c.Webhooks, []collector.Webhook{
			{
				Name: "deals", Workspace: "beta", Provider: "hubspot", Secrets: []string{"client-secret-1", "client-secret-0"}, PublicURL: "https://in.example",
				Signatures: []string{"v3"}, Currency: "EUR", AmountProperty: "amount_in_home_currency", LeadStages: []string{"lead", "subscriber"},
				Organizations: []string{"o"}, IDPrefix: "h-", StageNames: map[string]string{"5": "Qualified"},
			},
			{Name: "hub", Workspace: "acme", Secrets: []string{"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}},
		}},
		"collector stages": {c.Workspaces[0].Stages, []event.StageRule{
			{SourceSystem: "crm", Pipeline: "p", From: "a", To: "Proposal", IsWon: true},
			{From: "b", To: "Gone", IsLost: true, HasProbability: true},
			{Pipeline: "q", From: "c", To: "Talks", HasProbability: true, ProbabilityPPM: 350_000},
			{From: "d", To: "Done", IsWon: true},
		}},
		"collector workspace": {
			[]any{c.Workspaces[0].Name, c.Workspaces[0].Currency, c.Workspaces[0].SiteDomains, c.Workspaces[0].IgnoredReferrers, c.Workspaces[0].FreeMail, c.Workspaces[0].Bots},
			[]any{"acme", "EUR", []string{"acme.example"}, []string{"pay.example"}, []string{"m.example"}, []string{"probe"}},
		},
		"collector channels":  {[]any{c.Workspaces[1].ChannelRulesVersion, len(c.Workspaces[1].ChannelRules)}, []any{"ours-1", 1}},
		"sink":                {[]any{s.InstanceID, s.FlushInterval, s.BatchRows, len(s.Models)}, []any{"s-1", 300 * time.Millisecond, 7, 11}},
		"attributor":          {[]any{a.Ordinal, a.Sessions, a.CommitInterval, a.CacheBytes, a.StateDir}, []any{2, 3, 70 * time.Millisecond, int64(1000), "/data/attributor"}},
		"attributor rules":    {[]any{len(a.Rules.Default.Models), len(a.Rules.Default.Conversions), a.Rules.Default.JourneyTouchesMax, a.Rules.Default.Retention}, []any{11, 4, 500, 9600 * time.Hour}},
		"attributor sessions": {[]any{a.Rules.Default.SessionGap, a.Rules.Default.Stages.Order}, []any{45 * time.Minute, []string{"Qualified", "Proposal"}}},
		"attributor marks":    {a.Rules.Default.Stages.Marks, []attribution.StageMark{{Pipeline: "q", Stage: "Talks", Milestone: "opportunity_creation"}}},
		"query":               {[]any{q.HTTP.Addr, q.Model, q.CollectorURL}, []any{"127.0.0.1:2", "linear", "http://127.0.0.1:1"}},
		"query workspaces": {
			[]any{q.Workspaces[0].Name, q.Workspaces[1].Name, q.Workspaces[0].BaseCurrency, q.Workspaces[1].BaseCurrency, q.Workspaces[1].ChannelRulesVersion, len(q.Workspaces[1].ChannelRules)},
			[]any{"acme", "beta", "USD", "USD", "ours-1", 1},
		},
		"query tokens": {q.Tokens, []query.Token{{Secret: "0123456789abcdef", Workspaces: []string{"acme"}}}},
		"query rates": {q.Rates, []query.Rate{
			{Day: "2026-01-02", From: "EUR", To: "USD", Rate: "1.08"}, {Day: "2026-01-02", From: "GBP", To: "EUR", Rate: "1.15"},
		}},
		// Each workspace's base currency is always worth 1; pounds become dollars by way of euros.
		"sink rates": {s.Rates, []sink.Rate{
			{Workspace: "acme", Currency: "USD", Day: time.Unix(0, 0).UTC(), Rate: 1},
			{Workspace: "acme", Currency: "EUR", Day: day, Rate: 1.08},
			{Workspace: "acme", Currency: "GBP", Day: day, Rate: 1.15 * 1.08},
			{Workspace: "beta", Currency: "USD", Day: time.Unix(0, 0).UTC(), Rate: 1},
			{Workspace: "beta", Currency: "EUR", Day: day, Rate: 1.08},
			{Workspace: "beta", Currency: "GBP", Day: day, Rate: 1.15 * 1.08},
		}},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-got, +want):\n%s", name, diff)
		}
	}
	for name, err := range map[string]error{"collector": c.Validate(), "sink": s.Validate(), "attributor": a.Validate(), "query": q.Validate()} {
		if err != nil {
			t.Errorf("%s refuses what it was given: %v", name, err)
		}
	}
}

func TestConfigs_defaultsAreValid(t *testing.T) {
	cfg := load(t, "")
	s, err := SinkConfig(cfg, kafka.DefaultConfig(), clickhouse.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	a, err := AttributorConfig(cfg, kafka.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"collector": CollectorConfig(cfg, kafka.DefaultConfig()).Validate(), "sink": s.Validate(), "attributor": a.Validate(),
		"query": QueryConfig(cfg, kafka.DefaultConfig(), clickhouse.DefaultConfig(), "").Validate(),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewEngines_givenOnesAreNotEmbedded(t *testing.T) {
	cfg := load(t, `
engines:
  kafka: {sasl: {mechanism: PLAIN, username: u, password: p}, brokers: ["k:9092"]}
  clickhouse: {dsn: "clickhouse://u:p@c:9000/d", cluster: main}
`)
	e, err := NewEngines(cfg, zap.NewNop(), telemetry.NewRegistry(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if e.EmbedsKafka() || e.EmbedsClickHouse() {
		t.Error("an engine with an address is embedded")
	}
	if e.Kafka.SASL.Password != "p" || e.ClickHouse.Cluster != "main" || e.ClickHouse.Database != "d" {
		t.Errorf("got %v %v", e.Kafka.SASL, e.ClickHouse)
	}
}

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "127.0.0.1:80", ":80": "127.0.0.1:80", "[::1]:80": "[::1]:80", "x": "x",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("reachable(%q) = %q, want %q", addr, got, want)
		}
	}
}

package collector_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/collector"
	"github.com/tributary-attribution/tributary/services/collector/internal/limit"
)

func TestConfig_defaultsAreValid(t *testing.T) {
	if err := collector.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if _, err := collector.New(testConfig(kafka.DefaultConfig()), collector.Dependencies{}); err != nil {
		t.Error(err)
	}
}

func TestConfig_Validate(t *testing.T) {
	for want, change := range map[string]func(*collector.Config){
		"addr":                   func(c *collector.Config) { c.HTTP.Addr = "nowhere" },
		"brokers":                func(c *collector.Config) { c.Kafka.Brokers = nil },
		"at least one":           func(c *collector.Config) { c.Workspaces, c.Keys, c.Webhooks = nil, nil, nil },
		"is there twice":         func(c *collector.Config) { c.Workspaces = append(c.Workspaces, c.Workspaces[0]) },
		"a|b":                    func(c *collector.Config) { c.Workspaces[0].Name = "a|b" },
		"ISO 4217":               func(c *collector.Config) { c.Workspaces[0].Currency = "EUX" },
		"known workspace":        func(c *collector.Config) { c.Keys[0].Workspace = "nowhere" },
		"same value":             func(c *collector.Config) { c.Keys[1].Value = c.Keys[0].Value },
		"a secret is":            func(c *collector.Config) { c.Webhooks[0].Secrets = []string{"x"} },
		"webhooks":               func(c *collector.Config) { c.Webhooks[0].Workspace = "" },
		"overrides":              func(c *collector.Config) { c.Workspaces[0].ChannelRules = []channel.Rule{{Channel: "A"}} },
		"future_max":             func(c *collector.Config) { c.FutureMax = -1 },
		"http.write_timeout":     func(c *collector.Config) { c.Produce.AckTimeout = time.Hour },
		"max_inflight_bytes":     func(c *collector.Config) { c.Produce.MaxInflightBytes = 0 },
		"max_body_bytes":         func(c *collector.Config) { c.Limits.MaxBodyBytes = 10 },
		"burst":                  func(c *collector.Config) { c.Limits.PerKey = limit.Config{PerSecond: 1} },
		"limits.trusted_proxies": func(c *collector.Config) { c.Limits.TrustedProxies = []string{"10.0.0.0"} },
	} {
		cfg := testConfig(kafka.DefaultConfig())
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

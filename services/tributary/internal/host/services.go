package host

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/rates"
	"github.com/tributary-attribution/tributary/services/collector"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/sink"
)

// CollectorConfig turns the configuration into the collector's.
func CollectorConfig(cfg *config.Config, broker kafka.Config) collector.Config {
	c := collector.DefaultConfig()
	c.Kafka = broker
	c.HTTP.Addr, c.HTTP.TLSCertFile, c.HTTP.TLSKeyFile = cfg.Collector.Addr, cfg.Collector.TLSCertFile, cfg.Collector.TLSKeyFile
	c.Limits.TrustedProxies = cfg.Collector.TrustedProxies
	if size := cfg.Collector.SpoolBytes; size >= 0 {
		c.Spool.Dir = cmp.Or(cfg.Collector.SpoolDir, filepath.Join(cfg.Engines.DataDir, "spool"))
		c.Spool.MaxBytes = cmp.Or(size, c.Spool.MaxBytes)
		c.Spool.SegmentBytes = min(c.Spool.SegmentBytes, c.Spool.MaxBytes)
	}
	if rate := cfg.Collector.RatePerKey; rate > 0 {
		c.Limits.PerKey.PerSecond, c.Limits.PerKey.Burst = rate, max(2500, int(2*rate)) // A full batch must fit.
	}
	c.Workspaces = nil
	for _, w := range cfg.Workspaces {
		c.Workspaces = append(c.Workspaces, collector.Workspace{
			Name: w.Name, Currency: w.Currency, SiteDomains: w.SiteDomains, IgnoredReferrers: w.IgnoredReferrers, SpendTemplates: spendTemplates(w.SpendTemplates),
			ChannelRules: cfg.Channels.Rules, ChannelRulesVersion: cfg.Channels.Version,
			ChannelAliases: cfg.Channels.Aliases, Stages: stageRules(cfg.Stages.Map),
			FreeMail: w.FreeMail, Bots: w.Bots, Tracking: w.Conventions(), IgnoreGPC: w.Privacy.IgnoreGPC, DropAddress: w.Privacy.Address == config.AddressDrop,
			Attributes:       event.Attributes{Account: cfg.AccountAttributes(), Property: cfg.PropertyAttributes()},
			InternalNetworks: w.Privacy.InternalNetworks, ConsentCategories: w.Privacy.ConsentCategories,
		})
	}
	for _, k := range cfg.Keys {
		// The page for trying the pixel comes with the development key and with no other: its visits are real data.
		c.DemoPage = c.DemoPage || k.Name == developmentKey
		c.Keys = append(c.Keys, collector.Key{
			Name: k.Name, Workspace: k.Workspace, Secret: k.Kind == config.KeySecret, AllowValue: k.AllowValue, Value: k.Key.Reveal(),
		})
	}
	for _, w := range cfg.Webhooks {
		c.Webhooks = append(c.Webhooks, webhookSource(&w))
	}
	return c
}

func webhookSource(w *config.Webhook) collector.Webhook {
	out := collector.Webhook{
		Name: w.Name, Workspace: w.Workspace, Secrets: w.Secrets(), PublicURL: w.PublicURL, Signatures: w.Signatures, Currency: w.Currency,
		AmountProperty: w.AmountProperty, LeadStages: w.LeadStages, Organizations: w.Organizations, IDPrefix: w.IDPrefix, StageNames: w.StageNames,
	}
	if w.Provider != config.ProviderStandard {
		out.Provider = collector.Provider(w.Provider)
	}
	return out
}

// ShippedStages are the translations of CRMs' stages that hold behind the configured ones, as a configuration has them.
func ShippedStages() []config.Stage {
	var out []config.Stage
	for _, r := range collector.ShippedStages() {
		s := config.Stage{SourceSystem: r.SourceSystem, Pipeline: r.Pipeline, From: r.From, To: r.To}
		switch {
		case r.IsWon:
			s.Outcome, s.Milestone = config.OutcomeWon, attribution.MilestoneClosedWon
		case r.IsLost:
			s.Outcome = config.OutcomeLost
		}
		if r.HasProbability {
			s.Probability = probability(r.ProbabilityPPM)
		}
		out = append(out, s)
	}
	return out
}

// probability writes millionths as the decimal that configurations have.
func probability(ppm int64) string {
	text := fmt.Sprintf("%d.%06d", ppm/1_000_000, ppm%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func spendTemplates(templates []config.SpendTemplate) []collector.SpendTemplate {
	out := make([]collector.SpendTemplate, len(templates))
	for i, t := range templates {
		out[i] = collector.SpendTemplate(t)
	}
	return out
}

func stageRules(stages []config.Stage) []event.StageRule {
	rules := make([]event.StageRule, 0, len(stages))
	for _, s := range stages {
		rules = append(rules, event.StageRule{
			SourceSystem: s.SourceSystem, Pipeline: s.Pipeline, From: s.From, To: s.To,
			IsWon: s.Won(), IsLost: s.Outcome == config.OutcomeLost,
		})
		if ppm, ok := event.ParseProbability(s.Probability); ok {
			rules[len(rules)-1].HasProbability, rules[len(rules)-1].ProbabilityPPM = true, ppm
		}
	}
	return rules
}

// SinkConfig turns the configuration into the sink's.
func SinkConfig(cfg *config.Config, broker kafka.Config, store clickhouse.Config) (sink.Config, error) {
	c := sink.DefaultConfig()
	c.Kafka, c.ClickHouse, c.InstanceID = broker, store, cfg.Sink.InstanceID
	if cfg.Sink.FlushInterval > 0 {
		c.FlushInterval = cfg.Sink.FlushInterval
	}
	if cfg.Sink.BatchRows > 0 {
		c.BatchRows = cfg.Sink.BatchRows
	}
	c.Models = nil
	for _, m := range cfg.Models {
		c.Models = append(c.Models, m.Name)
	}
	var err error
	c.Rates, err = sinkRates(cfg)
	return c, err
}

// sinkRates are the rates in each workspace's base currency, which itself is always worth 1.
func sinkRates(cfg *config.Config) ([]sink.Rate, error) {
	all := cfg.AllRates()
	if len(all) == 0 {
		return nil, nil
	}
	var out []sink.Rate
	for _, w := range cfg.Workspaces {
		// Floats are enough here: these rates are for the BI views; the API computes with the decimals.
		based, err := rates.ToBase(all, baseCurrency(w))
		if err != nil {
			return nil, fmt.Errorf("rates: %w", err)
		}
		for _, r := range based {
			out = append(out, sink.Rate{Workspace: w.Name, Currency: r.Currency, Day: time.Unix(int64(r.Day)*secondsPerDay, 0).UTC(), Rate: r.Rate})
		}
	}
	return out, nil
}

const secondsPerDay = 24 * 60 * 60

func baseCurrency(w config.Workspace) string {
	if w.BaseCurrency != "" {
		return w.BaseCurrency
	}
	return w.Currency
}

// QueryConfig turns the configuration into the query service's.
func QueryConfig(cfg *config.Config, broker kafka.Config, store clickhouse.Config, collectorURL string) query.Config {
	c := query.DefaultConfig()
	c.Kafka = broker
	c.Kafka.ClientID += "-query" // the collector has a producer in the same process
	c.ClickHouse, c.CollectorURL, c.Open = store, collectorURL, cfg.Query.Open
	c.HTTP.Addr, c.HTTP.TLSCertFile, c.HTTP.TLSKeyFile = cfg.Query.Addr, cfg.Query.TLSCertFile, cfg.Query.TLSKeyFile
	if cfg.Query.Model != "" {
		c.Model = cfg.Query.Model
	}
	c.StageOrder = cfg.Stages.Order
	c.Workspaces = nil
	for _, w := range cfg.Workspaces {
		c.Workspaces = append(c.Workspaces, query.Workspace{
			Name: w.Name, BaseCurrency: baseCurrency(w), Tracking: w.Tracking, ChannelRules: cfg.Channels.Rules, ChannelRulesVersion: cfg.Channels.Version,
			GrossMargin: w.GrossMargin, ContractMonths: w.ContractMonths,
		})
	}
	for _, t := range cfg.Query.Tokens {
		c.Tokens = append(c.Tokens, query.Token{Name: t.Name, Secret: t.Token.Reveal(), Role: t.Role, Workspaces: t.Workspaces})
	}
	c.Readers = queryReaders(cfg)
	for _, r := range cfg.AllRates() {
		c.Rates = append(c.Rates, query.Rate(r))
	}
	return c
}

package host

import (
	"path/filepath"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor"
)

// AttributorConfig turns the configuration into the attributor's.
func AttributorConfig(cfg *config.Config, broker kafka.Config) (attributor.Config, error) {
	c := attributor.DefaultConfig()
	c.Kafka, c.Partitions = broker, cfg.Engines.Kafka.PartitionCount()
	c.StateDir = cfg.Attributor.StateDir
	if c.StateDir == "" {
		c.StateDir = filepath.Join(cfg.Engines.DataDir, "attributor")
	}
	c.Ordinal = cfg.Attributor.Ordinal
	if cfg.Attributor.Sessions > 0 {
		c.Sessions = cfg.Attributor.Sessions
	}
	c.Sessions = min(c.Sessions, int(c.Partitions)) // More would idle.
	if cfg.Attributor.CacheBytes > 0 {
		c.CacheBytes = cfg.Attributor.CacheBytes
	}
	if cfg.Attributor.PauseMax > 0 {
		c.PauseMax = cfg.Attributor.PauseMax
	}
	if cfg.Attributor.CommitInterval > 0 {
		c.CommitInterval = cfg.Attributor.CommitInterval
	}
	for _, w := range cfg.Workspaces {
		c.Workspaces = append(c.Workspaces, w.Name)
	}
	c.ErasureSecret = []byte(cfg.Attributor.ErasureSecret.Reveal())
	var err error
	c.Rules.Default, err = rulesOf(cfg)
	return c, err
}

// rulesOf are the rules of credit, the same for every workspace.
func rulesOf(cfg *config.Config) (attributor.Rules, error) {
	r := attributor.Rules{
		Forms: cfg.Forms, Stages: cfg.Stages.StageRules, SessionGap: cfg.Journeys.SessionGap, JourneyTouchesMax: cfg.Journeys.TouchesMax,
		Retention: cfg.Journeys.Retention,
	}
	r.Stages.Marks = cfg.Stages.Marks()
	for _, v := range cfg.Conversions {
		r.Conversions = append(r.Conversions, attributor.Conversion{
			Event: v.Event, Type: v.Type, Primary: v.Primary, IsLead: v.Lead, Only: conditions(v.Only), Exclude: conditions(v.Exclude),
		})
	}
	for _, m := range cfg.Models {
		compiled, err := attribution.Compile(m.ModelConfig)
		if err != nil {
			return r, err
		}
		r.Models = append(r.Models, compiled)
	}
	shipped, err := channelfile.Shipped()
	if err != nil {
		return r, err
	}
	r.Channels = &attributor.Channels{Shipped: shipped, Own: cfg.Channels.Own()}
	return r, nil
}

func conditions(from []config.Condition) []attributor.Condition {
	var out []attributor.Condition
	for _, c := range from {
		out = append(out, attributor.Condition{Account: c.Account, Property: c.Property, EmailDomain: c.EmailDomain, In: c.In})
	}
	return out
}

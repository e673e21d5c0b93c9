package query

import (
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/tracking"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// conventions are how each workspace tags and classifies links.
func (c Config) conventions() (map[string]answer.Conventions, error) {
	shipped, err := channelfile.Shipped()
	if err != nil {
		return nil, err
	}
	out := map[string]answer.Conventions{}
	for _, w := range c.Workspaces {
		cfg := tracking.DefaultConfig()
		if w.Tracking != nil {
			cfg = *w.Tracking
		}
		rules, err := tracking.New(cfg)
		if err != nil {
			return nil, fmt.Errorf("workspaces: %s: tracking: %w", w.Name, err)
		}
		channels, err := channel.New(shipped, channel.Options{Overrides: w.ChannelRules, OverridesVersion: w.ChannelRulesVersion})
		if err != nil {
			return nil, fmt.Errorf("workspaces: %s: %w", w.Name, err)
		}
		out[w.Name] = answer.Conventions{Rules: rules, Channels: channels}
	}
	return out, nil
}

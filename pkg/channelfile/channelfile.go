// Package channelfile reads channel rule sets from YAML, so that pkg/channel itself needs no parser.
package channelfile

import (
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/yamlx"
	"github.com/tributary-attribution/tributary/schemas"
)

// Parse reads one rule set. Unknown keys are errors: a misspelt test would make its rule match too much.
func Parse(data []byte) (channel.RuleSet, error) {
	var set channel.RuleSet
	if err := yamlx.Decode(data, &set); err != nil {
		return channel.RuleSet{}, fmt.Errorf("read channel rules: %w", err)
	}
	return set, nil
}

// Shipped is the rule set of schemas/channels.yaml.
func Shipped() (channel.RuleSet, error) { return Parse(schemas.ChannelsYAML) }

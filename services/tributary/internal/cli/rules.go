package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/yamlx"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/query"
)

type rulesCommand struct {
	List  rulesListCommand  `cmd:"" default:"withargs" help:"Print the workspace's own channel rules and aliases that are in force."`
	Set   rulesSetCommand   `cmd:"" help:"Replace them and classify every touch again: posts the difference, with reason rules."`
	Reset rulesResetCommand `cmd:"" help:"Go back to those of the configuration."`
}

type rulesListCommand struct{ modelsFlags }

// Run prints the rules in the form that set takes.
func (c *rulesListCommand) Run(ctx context.Context, s Streams) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	models, err := query.AskModels(ctx, request)
	if err != nil {
		return err
	}
	var own channel.Own
	if err := json.Unmarshal(models.Rules.Own, &own); err != nil {
		return fmt.Errorf("read the rules in force: %w", err)
	}
	text, err := yaml.Marshal(own)
	if err != nil {
		return fmt.Errorf("print the rules: %w", err)
	}
	fmt.Fprintf(s.Out, "# in force: %s; computed for %.0f%% of the workspace\n%s", models.Rules.Version, 100*models.Progress.Share, text)
	return nil
}

type rulesSetCommand struct {
	modelsFlags
	File string        `arg:"" help:"YAML with version, rules and aliases, as the section channels of the configuration. A file named - is standard input."`
	Wait time.Duration `help:"Wait so long until everything is classified, and say how far it is." placeholder:"DURATION"`
}

// Run sends the rules.
func (c *rulesSetCommand) Run(ctx context.Context, s Streams) error {
	data, err := readFile(c.File, s.In)
	if err != nil {
		return err
	}
	var own channel.Own
	if err := yamlx.Decode(data, &own); err != nil {
		return fmt.Errorf("read channel rules from %s: %w", c.File, err)
	}
	if len(own.Rules)+len(own.Aliases) == 0 {
		return errors.New("no rule and no alias; to go back to the configuration's there is: tributary rules reset")
	}
	shipped, err := channelfile.Shipped()
	if err != nil {
		return err
	}
	compiled, err := channel.New(shipped, own.Options())
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	t, err := c.target(ctx)
	if err != nil {
		return err
	}
	return t.setRules(ctx, s, &own, compiled.Version(), c.Wait)
}

type rulesResetCommand struct {
	modelsFlags
	Wait time.Duration `help:"Wait so long until everything is classified." placeholder:"DURATION"`
}

// Run goes back to the configuration's rules.
func (c *rulesResetCommand) Run(ctx context.Context, s Streams) error {
	t, err := c.target(ctx)
	if err != nil {
		return err
	}
	compiled, err := channel.New(t.base.Channels.Shipped, t.base.Channels.Own.Options())
	if err != nil {
		return err
	}
	return t.setRules(ctx, s, nil, compiled.Version(), c.Wait)
}

func (t *modelsTarget) setRules(ctx context.Context, s Streams, own *channel.Own, version string, wait time.Duration) error {
	if own != nil && t.models.Rules.Version == version {
		var now channel.Own
		if err := json.Unmarshal(t.models.Rules.Own, &now); err != nil || attributor.OwnFingerprint(now) != attributor.OwnFingerprint(*own) {
			return fmt.Errorf("version %s is in force with other rules; changed rules need another version, because touches store it", version)
		}
		fmt.Fprintf(s.Out, "rules %s are in force already\n", version)
		return nil
	}
	if err := t.send(ctx, attributor.SetChannels(t.base, own)); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "rules %s take effect; their postings have the reason rules and the cause %s\n", version, t.sent)
	return t.awaitUntil(ctx, s, wait, func() bool { return t.models.Rules.Version == version && t.models.Progress.IsComplete })
}

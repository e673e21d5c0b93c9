package cli

import (
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/telemetry"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

// configFlag is the configuration file, shared by most commands.
type configFlag struct {
	Config string `help:"Configuration file; without it the defaults." type:"path" placeholder:"FILE"`
}

func (f configFlag) load() (*config.Config, error) { return config.Load(f.Config) }

type checkConfigCommand struct {
	File     string `arg:"" optional:"" help:"Configuration file." type:"path"`
	Defaults bool   `help:"Print the defaults as a file."`
}

// Run prints the effective configuration, secrets hidden; an error says what is wrong and where.
func (c *checkConfigCommand) Run(s Streams) error {
	if c.File == "" && !c.Defaults {
		return usage("name a file, or ask for --defaults")
	}
	if c.Defaults {
		cfg, err := config.Default()
		if err != nil {
			return err
		}
		cfg.Stages.Map = host.ShippedStages()
		return cfg.Print(s.Out)
	}
	if _, err := config.Load(c.File); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s is valid\n", c.File)
	return nil
}

type versionCommand struct{}

// Run prints the version, the commit it was built from, and the toolchain.
func (c *versionCommand) Run(s Streams, version buildVersion) error {
	build := telemetry.Build()
	fmt.Fprintf(s.Out, "tributary %s %s %s\n", version, build.Revision, build.Go)
	return nil
}

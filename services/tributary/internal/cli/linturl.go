package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/tracking"
)

type lintURLCommand struct {
	configFlag
	Links     []string `arg:"" optional:"" help:"Links to check; - reads one per line." placeholder:"LINK"`
	Workspace string   `help:"Workspace whose conventions hold; without it the first." placeholder:"W"`
	JSON      bool     `help:"Print a JSON document per link."`
	Strict    bool     `help:"Warnings are errors."`
}

// Run checks each link by the conventions of the workspace, and says which channel its visits will have.
func (c *lintURLCommand) Run(s Streams) error {
	rules, channels, err := c.conventions()
	if err != nil {
		return err
	}
	if len(c.Links) == 0 {
		return usage("name a link, or - to read links from the standard input")
	}
	links := c.Links
	if len(links) == 1 && links[0] == "-" {
		if links, err = lines(s.In); err != nil {
			return err
		}
	}
	failed := 0
	for _, link := range links {
		checked := tracking.Check(rules, channels, link)
		if !checked.OK || (c.Strict && len(checked.Findings) > 0) {
			failed++
		}
		if err := c.print(s.Out, checked); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d links need mending", failed, len(links))
	}
	return nil
}

func (c *lintURLCommand) conventions() (*tracking.Rules, *channel.Classifier, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, nil, err
	}
	w := &cfg.Workspaces[0]
	for i := range cfg.Workspaces {
		if cfg.Workspaces[i].Name == c.Workspace {
			w = &cfg.Workspaces[i]
		}
	}
	if c.Workspace != "" && w.Name != c.Workspace {
		return nil, nil, usage("--workspace: there is no workspace %q in the configuration", c.Workspace)
	}
	return conventionsOf(cfg, w)
}

func conventionsOf(cfg *config.Config, w *config.Workspace) (*tracking.Rules, *channel.Classifier, error) {
	rules, err := tracking.New(w.Conventions())
	if err != nil {
		return nil, nil, err
	}
	shipped, err := channelfile.Shipped()
	if err != nil {
		return nil, nil, err
	}
	channels, err := channel.New(shipped, channel.Options{
		Overrides: cfg.Channels.Rules, OverridesVersion: cfg.Channels.Version, Domains: w.SiteDomains, ExcludedReferrers: w.IgnoredReferrers,
	})
	return rules, channels, err
}

func (c *lintURLCommand) print(w io.Writer, l tracking.Checked) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(l)
	}
	state := "ok"
	switch {
	case !l.OK:
		state = "wrong"
	case len(l.Findings) > 0:
		state = "works, and could be better"
	}
	fmt.Fprintf(w, "%s\n  %s", l.Link, state)
	if l.Channel != "" {
		fmt.Fprintf(w, ": visits count for %s (%s / %s)", l.Channel, l.Source, l.Medium)
	}
	fmt.Fprintln(w)
	for _, f := range l.Findings {
		name := f.Parameter
		if f.Value != "" {
			name += "=" + f.Value
		}
		fmt.Fprintf(w, "  %-7s %s\n", f.Severity, strings.TrimSpace(name+"  "+f.Reason))
		if f.Fix != "" {
			fmt.Fprintf(w, "          %s\n", f.Fix)
		}
	}
	return nil
}

// lines are the lines of r that are not empty.
func lines(r io.Reader) ([]string, error) {
	var out []string
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			out = append(out, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	return out, nil
}

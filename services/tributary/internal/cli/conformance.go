package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/conformance"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
)

type conformanceCommand struct {
	collectorFlags
	URL      address       `name:"query" help:"Query service's address; without it, the one running on the data folder." placeholder:"URL"`
	Token    string        `help:"API token." env:"TRIBUTARY_TOKEN" placeholder:"T"`
	Case     []string      `help:"Only these cases." placeholder:"NAME"`
	List     bool          `help:"Only list the cases, with the sentence that says why."`
	Parallel int           `help:"Cases under way at once." default:"24"`
	Settle   time.Duration `help:"How long nothing may change before a case has failed." default:"15s"`
	Files    []string      `arg:"" optional:"" help:"Files of cases; without any, the suite that is built in." type:"existingfile"`
}

// Run runs the cases and prints a line for each, with the reason and the differences of those that failed, and a summary.
func (c *conformanceCommand) Run(ctx context.Context, s Streams) error {
	cases, err := c.cases()
	if err != nil {
		return err
	}
	if c.List {
		for _, k := range cases {
			fmt.Fprintf(s.Out, "%s\n    %s\n", k.Name, k.Why)
		}
		return nil
	}
	cfg, err := c.target()
	if err != nil {
		return err
	}
	runner, err := conformance.New(cfg)
	if err != nil {
		return err
	}
	defer runner.Close()
	started, failed := time.Now(), 0
	err = runner.Run(ctx, cases, func(r conformance.Result) {
		if len(r.Failed) == 0 {
			fmt.Fprintf(s.Out, "ok    %s\n", r.Case.Name)
			return
		}
		failed++
		fmt.Fprintf(s.Out, "FAIL  %s\n      why: %s\n", r.Case.Name, r.Case.Why)
		for _, f := range r.Failed {
			fmt.Fprintf(s.Out, "      %s\n", f)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d cases: %d passed, %d failed in %s\n", len(cases), len(cases)-failed, failed, time.Since(started).Round(100*time.Millisecond))
	if failed > 0 {
		return errSilent
	}
	return nil
}

// cases are those of the files, or of the built-in suite, that were asked for.
func (c *conformanceCommand) cases() ([]conformance.Case, error) {
	all, err := conformance.Load(c.Files...)
	if err != nil || len(c.Case) == 0 {
		return all, err
	}
	var chosen []conformance.Case
	for _, name := range c.Case {
		i := slices.IndexFunc(all, func(k conformance.Case) bool { return k.Name == name })
		if i < 0 {
			return nil, usage("--case: there is no case %q; --list names all", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// target is the engine that was named, or the one that runs on the data folder.
func (c *conformanceCommand) target() (conformance.Config, error) {
	cfg := conformance.DefaultConfig()
	cfg.Collector, cfg.Query, cfg.Key, cfg.Token = string(c.CollectorURL), string(c.URL), c.Key, c.Token
	cfg.Parallel, cfg.Settle = c.Parallel, c.Settle
	if cfg.Collector != "" && cfg.Query != "" && cfg.Key != "" {
		return cfg, nil
	}
	running, err := c.running()
	if errors.Is(err, datadir.ErrNotRunning) {
		return cfg, fmt.Errorf("%w; start one with \"tributary up --config schemas/conformance/config.yaml\", or give --collector, --query and --key", err)
	}
	if err != nil {
		return cfg, err
	}
	for setting, known := range map[*string]string{
		&cfg.Collector: running.Collector, &cfg.Query: running.Query, &cfg.Key: running.SecretKey, &cfg.Token: running.QueryToken,
	} {
		if *setting == "" {
			*setting = known
		}
	}
	return cfg, nil
}

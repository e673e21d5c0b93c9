package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/yamlx"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
)

type modelsCommand struct {
	List    modelsListCommand    `cmd:"" default:"withargs" help:"List the models that run, and how far each is computed."`
	Shadow  modelsShadowCommand  `cmd:"" help:"Compute a new version of a model, or a new model, beside the live ones."`
	Learn   modelsLearnCommand   `cmd:"" help:"Learn a Markov chain from the paths there are, and compute its model beside the live ones."`
	Diff    modelsDiffCommand    `cmd:"" help:"Show what would move if a shadow took its live model's place."`
	Promote modelsPromoteCommand `cmd:"" help:"Make a shadow the live model of its name: posts the difference, with reason model."`
	Retire  modelsRetireCommand  `cmd:"" help:"Take a shadow (NAME@VERSION) or a live model (NAME) away."`
}

type modelsListCommand struct {
	modelsFlags
	Format string `help:"table or json." enum:"table,json" default:"table"`
}

// Run prints one line per model: of the running system, or of the configuration when none runs.
func (c *modelsListCommand) Run(ctx context.Context, s Streams) error {
	request, err := c.request()
	if errors.Is(err, datadir.ErrNotRunning) {
		return c.configured(s)
	}
	if err != nil {
		return err
	}
	models, err := query.AskModels(ctx, request)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(s.Out, models)
	}
	fmt.Fprintln(s.Out, models.Headline)
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MODEL\tVERSION\tSTATUS\tCOMPUTED\tRULE\tFROM\tSINCE")
	for _, m := range models.Models {
		fmt.Fprintf(table, "%s\t%s\t%s\t%.0f%%\t%s\t%s\t%s\n", m.Name, m.Version, m.Status, 100*m.Progress, m.Rule, m.Origin, m.Since)
	}
	return table.Flush()
}

// configured prints the models of the configuration.
func (c *modelsListCommand) configured(s Streams) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MODEL\tVERSION\tRULE\tLOOK-BACK\tDIRECT")
	for _, m := range cfg.Models {
		compiled, err := attribution.Compile(m.ModelConfig)
		if err != nil {
			return err
		}
		full := compiled.Config()
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", full.Name, full.Version, full.Rule, full.Lookback, full.Direct)
	}
	return table.Flush()
}

type modelsShadowCommand struct {
	modelsFlags
	File    string        `arg:"" help:"YAML with a model as in the configuration, or a list under models:. A file named - is standard input."`
	Promote bool          `help:"Let them go live at once, without a look at the difference."`
	Wait    time.Duration `help:"Wait so long for the computation, and say how far it is." placeholder:"DURATION"`
}

// Run sends the definitions.
func (c *modelsShadowCommand) Run(ctx context.Context, s Streams) error {
	models, err := readModels(c.File, s.In)
	if err != nil {
		return err
	}
	t, err := c.target(ctx)
	if err != nil {
		return err
	}
	for i := range models {
		if err := t.bring(ctx, s, &models[i], c.Promote, c.Wait); err != nil {
			return err
		}
	}
	return nil
}

// bring defines a model, lets it go live where that is wanted, and waits for it.
func (t *modelsTarget) bring(ctx context.Context, s Streams, m *attribution.Model, promote bool, wait time.Duration) error {
	name, version, status := m.Name(), m.Version(), "shadow"
	if t.find(name, version, "live") != nil {
		return fmt.Errorf("%s is live in version %s already; a changed model needs another version", name, version)
	}
	if err := t.send(ctx, attributor.DefineModel(m)); err != nil {
		return err
	}
	if promote {
		status = "live"
		if err := t.send(ctx, attributor.PromoteModel(t.base, name, version)); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "%s goes live in version %s\n", name, version)
	} else {
		fmt.Fprintf(s.Out, "%s is computed beside the live models; compare with: tributary models diff %[1]s\n", attribution.ShadowName(name, version))
	}
	return t.await(ctx, s, wait, name, version, status)
}

// readModels reads one model, or a list under the key that the configuration has.
func readModels(file string, in io.Reader) ([]attribution.Model, error) {
	data, err := readFile(file, in)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("%s is empty: it should hold a model as the configuration has them (tributary check-config --defaults)", file)
	}
	var list struct {
		Models []attribution.ModelConfig `yaml:"models"`
	}
	if yamlx.Decode(data, &list) != nil || len(list.Models) == 0 {
		list.Models = make([]attribution.ModelConfig, 1)
		if err := yamlx.Decode(data, &list.Models[0]); err != nil {
			return nil, fmt.Errorf("read a model from %s: %w", file, err)
		}
	}
	models := make([]attribution.Model, len(list.Models))
	for i, m := range list.Models {
		if models[i], err = attribution.Compile(m); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return models, nil
}

func readFile(file string, in io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}

type modelsPromoteCommand struct {
	modelsFlags
	Model string        `arg:"" help:"The shadow: NAME@VERSION, or NAME when there is one of that name."`
	Wait  time.Duration `help:"Wait so long until it is posted." placeholder:"DURATION"`
}

// Run promotes a shadow that is there and complete.
func (c *modelsPromoteCommand) Run(ctx context.Context, s Streams) error {
	t, err := c.target(ctx)
	if err != nil {
		return err
	}
	name, version, err := t.shadow(c.Model)
	if err != nil {
		return err
	}
	if m := t.find(name, version, "shadow"); m == nil {
		// Promoted before: asked again, there is nothing to do.
		fmt.Fprintf(s.Out, "%s is live in version %s already\n", name, version)
		return nil
	} else if !m.IsComplete {
		return fmt.Errorf("%s is computed for %.0f%% of the workspace; promote it when it is complete (tributary models list), or it would be posted unseen",
			attribution.ShadowName(name, version), 100*m.Progress)
	}
	if err := t.send(ctx, attributor.PromoteModel(t.base, name, version)); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s goes live in version %s; its postings have the reason model and the cause %s\n", name, version, t.sent)
	return t.await(ctx, s, c.Wait, name, version, "live")
}

type modelsRetireCommand struct {
	modelsFlags
	Model string `arg:"" help:"NAME@VERSION of a shadow, or NAME of a live model."`
}

// Run retires a model.
func (c *modelsRetireCommand) Run(ctx context.Context, s Streams) error {
	t, err := c.target(ctx)
	if err != nil {
		return err
	}
	name, version, isShadow := attribution.SplitShadow(c.Model)
	status := "live"
	if isShadow {
		status = "shadow"
	}
	if t.find(name, version, status) == nil {
		return fmt.Errorf("there is no %s model %s", status, c.Model)
	}
	live := 0
	for _, m := range t.models.Models {
		if m.Status == "live" {
			live++
		}
	}
	switch {
	case !isShadow && live == 1:
		return fmt.Errorf("%s is the only live model", name)
	case !isShadow && name == t.defaultModel:
		return fmt.Errorf("%s is the model that reports take when none is named; configure another one first (query.model)", name)
	}
	if err := t.send(ctx, attributor.RetireModel(t.base, name, version)); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s is taken away; cause %s\n", c.Model, t.sent)
	return nil
}

// shadow reads the name of a shadow. Without a version it is the only shadow of that name.
func (t *modelsTarget) shadow(model string) (name, version string, err error) {
	name, version, ok := attribution.SplitShadow(model)
	if ok {
		if t.find(name, version, "shadow") == nil && t.find(name, version, "live") == nil {
			return "", "", fmt.Errorf("no shadow %s is known%s", model, t.others())
		}
		return name, version, nil
	}
	var versions []string
	for _, m := range t.models.Models {
		if m.Name == name && m.Status == "shadow" {
			versions = append(versions, m.Version)
		}
	}
	switch len(versions) {
	case 1:
		return name, versions[0], nil
	case 0:
		return "", "", fmt.Errorf("no shadow of %s is known%s", name, t.others())
	default:
		return "", "", fmt.Errorf("%s has the shadows %s: name one as %[1]s@VERSION", name, strings.Join(versions, ", "))
	}
}

func (t *modelsTarget) others() string {
	var names []string
	for _, m := range t.models.Models {
		if m.Status == "shadow" {
			names = append(names, attribution.ShadowName(m.Name, m.Version))
		}
	}
	if len(names) == 0 {
		return "; bring one with: tributary models shadow FILE"
	}
	return "; there is " + strings.Join(names, ", ")
}

func (t *modelsTarget) find(name, version, status string) *query.Model {
	i := slices.IndexFunc(t.models.Models, func(m query.Model) bool {
		return m.Name == name && (m.Version == version || version == "") && m.Status == status
	})
	if i < 0 {
		return nil
	}
	return &t.models.Models[i]
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

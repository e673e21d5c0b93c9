package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/yamlx"
)

// fileBytesMax bounds a configuration file.
const fileBytesMax = 4 << 20

// Load reads a file over the defaults, resolves its secrets and validates the result. An empty path gives the defaults.
func Load(path string) (*Config, error) {
	if path == "" {
		return Default()
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, fileBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if len(text) > fileBytesMax {
		return nil, fmt.Errorf("%s: over %d bytes", path, fileBytesMax)
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("%s is no text: a configuration is YAML in UTF-8", path)
	}
	return Parse(path, text, Sources{ReadFile: os.ReadFile, LookupEnv: os.LookupEnv})
}

// Parse is Load without the file. name stands in errors.
func Parse(name string, text []byte, from Sources) (*Config, error) {
	cfg, err := Default()
	if err != nil {
		return nil, err
	}
	// Lists start empty: an entry of the file must not be decoded into the memory of a default one.
	shipped := *cfg
	cfg.Conversions, cfg.Models, cfg.Forms, cfg.Workspaces = nil, nil, nil, nil
	if err := decode(name, text, cfg); err != nil {
		return nil, err
	}
	cfg.merge(&shipped)
	if err := errors.Join(cfg.resolve(from), cfg.readRates(from), cfg.Validate()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return cfg, nil
}

// decode is strict: unknown keys and wrong types are errors that say where.
func decode(name string, text []byte, into any) error {
	if err := unknownKeys(name, text, reflect.TypeOf(into)); err != nil {
		return err
	}
	var anything any
	if err := yamlx.Decode(text, &anything); err == nil && anything == nil {
		return nil // An empty document would set everything to its zero value.
	}
	if err := yamlx.Decode(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// merge puts the shipped entries before the file's own: by name, an entry of the file replaces a shipped one in its place, or removes it.
func (c *Config) merge(shipped *Config) {
	c.Conversions = mergeByName(shipped.Conversions, c.Conversions,
		func(v Conversion) (string, bool) { return v.Event, v.Disabled })
	c.Models = mergeByName(shipped.Models, c.Models, func(m Model) (string, bool) { return m.Name, m.Disabled })
	if c.Forms == nil {
		c.Forms = shipped.Forms
	}
	if len(c.Workspaces) == 0 {
		c.Workspaces = shipped.Workspaces
	}
	if c.Journeys.People != attribution.PeopleAccount {
		c.scopePeople()
	}
}

// scopePeople gives models the setting of the workspace. A model with a version of its own gets another one: its weights are others.
func (c *Config) scopePeople() {
	for i := range c.Models {
		m := &c.Models[i]
		if m.People != "" {
			continue
		}
		m.People = c.Journeys.People
		if m.Version != "" {
			m.Version += "-" + string(m.People)
		}
	}
}

// mergeByName keeps order: shipped entries first, then new ones.
func mergeByName[T any](shipped, own []T, name func(T) (name string, disabled bool)) []T {
	replaced := map[string]T{}
	for _, v := range own {
		n, _ := name(v)
		replaced[n] = v
	}
	var out []T
	add := func(v T) {
		if _, disabled := name(v); !disabled {
			out = append(out, v)
		}
	}
	seen := map[string]bool{}
	for _, v := range shipped {
		n, _ := name(v)
		seen[n] = true
		if o, ok := replaced[n]; ok {
			v = o
		}
		add(v)
	}
	for _, v := range own {
		if n, _ := name(v); !seen[n] {
			add(v) // A name given twice stays twice, for Validate to refuse.
		}
	}
	return out
}

// Print writes the configuration as YAML, secrets hidden.
func (c *Config) Print(w io.Writer) error {
	text, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(true))
	if err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	_, err = w.Write(text)
	return err
}

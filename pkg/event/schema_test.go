package event_test

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/schemas/events"
)

func compileSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	names, err := fs.Glob(events.FS, "*.schema.json")
	if err != nil || len(names) != 14 {
		t.Fatalf("%d schemas (%v), want 14", len(names), err)
	}
	c := jsonschema.NewCompiler()
	for _, name := range names {
		raw, err := events.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.AddResource("https://schemas.invalid/"+name, doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	out := map[string]*jsonschema.Schema{}
	for _, name := range names {
		s, err := c.Compile("https://schemas.invalid/" + name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(name, ".schema.json")] = s
	}
	return out
}

// TestExamples_sameVerdict asks the schema and the decoder about every example; both must say what its folder says.
func TestExamples_sameVerdict(t *testing.T) {
	schemas := compileSchemas(t)
	seen := map[string]int{}
	err := fs.WalkDir(events.FS, "examples", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		parts := strings.Split(name, "/")
		typ, valid := parts[1], parts[2] == "valid"
		seen[path.Join(typ, parts[2])]++
		raw, err := events.FS.ReadFile(name)
		if err != nil {
			return err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		if err := schemas[typ].Validate(doc); (err == nil) != valid {
			t.Errorf("%s: schema says %v", name, err)
		}
		if err := decodeExample(typ, raw); (err == nil) != valid {
			t.Errorf("%s: decoder says %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for typ := range schemas {
		if typ != "common" && (seen[typ+"/valid"] == 0 || seen[typ+"/invalid"] == 0) {
			t.Errorf("%s has no valid or no invalid example", typ)
		}
	}
}

func decodeExample(typ string, raw []byte) error {
	p := event.NewParser()
	if typ == "batch" {
		items, err := p.Split(raw, true, false)
		if err != nil {
			return err
		}
		for _, item := range items.Raw {
			if _, err := decode(p, item, event.TypeAny, items.Envelope); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := decode(p, raw, event.Type(typ), nil)
	return err
}

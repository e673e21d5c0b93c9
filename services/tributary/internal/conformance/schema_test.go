package conformance

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	suite "github.com/tributary-attribution/tributary/schemas/conformance"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := suite.FS.ReadFile(suite.Schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://schemas.invalid/"+suite.Schema, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("https://schemas.invalid/" + suite.Schema)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSuite_meetsItsSchema(t *testing.T) {
	schema := compileSchema(t)
	names, err := fs.Glob(suite.FS, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == suite.Schema {
			continue
		}
		text, err := suite.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// What the schema takes, the runner reads, and nothing else: a misspelt field would be an expectation that nobody looks at.
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		var file struct {
			Schema string `json:"$schema"`
			About  string `json:"about"`
			Cases  []struct {
				Case
				Then []struct {
					Why string `json:"why"`
					Step
				} `json:"then"`
			} `json:"cases"`
		}
		if err := dec.Decode(&file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchema_refuses(t *testing.T) {
	schema := compileSchema(t)
	const good = `{"about": "what these cases are about", "cases": [{"name": "a-case", "why": "because of a rule that says so",
		"events": [{"type": "touch", "id": "t", "occurred_at": "2025-06-01T12:00:00Z"}], "expect": {"credit": {"c:buy": {"linear": {"revenue": {"t": "1.00 USD"}}}}}}]}`
	check := func(text string) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(doc)
	}
	if err := check(good); err != nil {
		t.Fatalf("the good file is refused: %v", err)
	}
	for what, change := range map[string][2]string{
		"no why":            {`"why": "because of a rule that says so",`, ``},
		"a number":          {`"1.00 USD"`, `1.00`},
		"an amount's words": {`"1.00 USD"`, `"one dollar"`},
		"a measure":         {`"revenue"`, `"profit"`},
		"a journey":         {`"c:buy"`, `"buy"`},
		"a time's zone":     {`12:00:00Z`, `12:00:00`},
		"an event's id":     {`"id": "t", `, ``},
		"a field":           {`"expect"`, `"expects"`},
	} {
		bad := bytes.Replace([]byte(good), []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, []byte(good)) {
			t.Fatalf("%s: nothing changed", what)
		}
		if check(string(bad)) == nil {
			t.Errorf("%s is not missed", what)
		}
	}
}

package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// docsView is the API in words, from its own document.
type docsView struct {
	frame
	Description, Version string
	Operations           []operationView
	Schemas              []schemaView
}

type operationView struct {
	ID, Path, Summary, Description, Example string
	Params                                  []paramView
	Answer                                  string
}

type paramView struct{ Name, Type, Default, Description, Example string }

type schemaView struct {
	Name       string
	Properties []paramView
}

// renderDocs renders once: the document does not change while the service runs. huma's own page loads its script from another host, which an
// installation without the internet cannot, and one that guards its figures should not.
func (p *Page) renderDocs(document *huma.OpenAPI) ([]byte, error) {
	if document == nil {
		return nil, errNoDocument
	}
	v := docsView{frame: p.frame("API"), Description: document.Info.Description, Version: document.Info.Version}
	for path, item := range document.Paths {
		if item.Get != nil {
			v.Operations = append(v.Operations, operationOf(path, item.Get))
		}
	}
	slices.SortFunc(v.Operations, func(a, b operationView) int { return cmp.Compare(a.Path, b.Path) })
	for name, schema := range document.Components.Schemas.Map() {
		v.Schemas = append(v.Schemas, schemaOf(name, schema))
	}
	slices.SortFunc(v.Schemas, func(a, b schemaView) int { return cmp.Compare(a.Name, b.Name) })
	var body bytes.Buffer
	if err := p.parsed.ExecuteTemplate(&body, "docs.html", v); err != nil {
		return nil, fmt.Errorf("render documentation: %w", err)
	}
	return body.Bytes(), nil
}

func operationOf(path string, op *huma.Operation) operationView {
	v := operationView{ID: op.OperationID, Path: path, Summary: op.Summary, Description: op.Description}
	var examples []string
	for _, param := range op.Parameters {
		view := paramView{Name: param.Name, Description: param.Description}
		if param.Schema != nil {
			view.Type, view.Default = typeOf(param.Schema), text(param.Schema.Default)
			if len(param.Schema.Examples) > 0 {
				view.Example = text(param.Schema.Examples[0])
			}
		}
		if param.Example != nil {
			view.Example = text(param.Example)
		}
		if param.In == "query" && slices.Contains([]string{"model", "models", "from", "to"}, param.Name) && view.Example != "" {
			examples = append(examples, param.Name+"="+view.Example)
		}
		v.Params = append(v.Params, view)
	}
	v.Example = path
	if len(examples) > 0 {
		v.Example += "?" + strings.Join(examples, "&")
	}
	if ok := op.Responses["200"]; ok != nil {
		if media := ok.Content["application/json"]; media != nil && media.Schema != nil {
			v.Answer = refName(media.Schema.Ref)
		}
	}
	return v
}

func schemaOf(name string, schema *huma.Schema) schemaView {
	v := schemaView{Name: name}
	for property, s := range schema.Properties {
		view := paramView{Name: property, Type: typeOf(s), Description: s.Description}
		if len(s.Examples) > 0 {
			view.Example = text(s.Examples[0])
		}
		v.Properties = append(v.Properties, view)
	}
	slices.SortFunc(v.Properties, func(a, b paramView) int { return cmp.Compare(a.Name, b.Name) })
	return v
}

// typeOf says what may stand there.
func typeOf(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return refName(s.Ref)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, word := range s.Enum {
			words[i] = text(word)
		}
		return strings.Join(words, " | ")
	case s.Type == "array" && s.Items != nil:
		return "list of " + typeOf(s.Items)
	case s.Nullable:
		return s.Type + " or null"
	}
	return s.Type
}

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// text writes a value of the document as it stands in an address or an answer.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, ",")
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.Trim(string(encoded), `"`)
}

package httpapi

import (
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// exampleDepth bounds how deep an example follows schemas that contain themselves.
const exampleDepth = 8

// relateProblems says that problems name their type and their instance by references, as RFC 9457 has them: a path is one, and no whole URI.
func relateProblems(document *huma.OpenAPI) {
	problem := document.Components.Schemas.SchemaFromRef("#/components/schemas/ErrorModel")
	if problem == nil {
		return
	}
	for _, name := range []string{"type", "instance"} {
		if property := problem.Properties[name]; property != nil {
			property.Format = "uri-reference"
		}
	}
}

// addExamples gives every JSON answer of the document an example, made of the examples, choices and types of its own schema, so that none can say what
// the schema does not. Operations that brought one keep it.
func addExamples(document *huma.OpenAPI) {
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete} {
			if op == nil {
				continue
			}
			for status, response := range op.Responses {
				content := response.Content["application/json"]
				if strings.HasPrefix(status, "2") && content != nil && content.Example == nil && content.Schema != nil {
					content.Example = exampleOf(document.Components.Schemas, content.Schema, "", 0)
				}
			}
		}
	}
}

// exampleOf is a value that the schema of a field allows; nil where it goes too deep.
func exampleOf(all huma.Registry, s *huma.Schema, field string, depth int) any {
	if s != nil && s.Ref != "" {
		s = all.SchemaFromRef(s.Ref)
	}
	switch {
	case s == nil || depth > exampleDepth:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Default != nil:
		return s.Default
	}
	switch s.Type {
	case huma.TypeObject:
		object := map[string]any{}
		for name, property := range s.Properties {
			object[name] = exampleOf(all, property, name, depth+1)
		}
		return object
	case huma.TypeArray:
		if item := exampleOf(all, s.Items, strings.TrimSuffix(field, "s"), depth+1); item != nil {
			return []any{item}
		}
		return []any{}
	case huma.TypeInteger:
		return 12
	case huma.TypeNumber:
		return 0.25
	case huma.TypeBoolean:
		return true
	case huma.TypeString:
		return exampleText(s, field)
	}
	return nil
}

// exampleTexts are what texts of these fields look like.
var exampleTexts = map[string]string{
	"workspace": "default", "model": "position_based", "channel": "Paid Search", "campaign": "spring", "currency": "EUR", "base_currency": "EUR", "from": "2026-01-01",
	"to": "2026-03-31", "headline": "Paid Search returns 3.10 for 1 spent; Display returns 0.42, the least of 5 channels with spend.", "journey_id": "o:opp-1", "touchpoint_id": "t-1",
	"measure": "revenue", "reason": "late_touch", "stage": "Demo",
}

// moneyFields are texts that hold an amount.
var moneyFields = []string{
	"amount", "spend", "revenue", "pipeline", "value", "conversion_value", "cpl", "cac", "cpc", "cost_per_opportunity", "figure", "delta", "shown", "rest",
}

func exampleText(s *huma.Schema, field string) string {
	switch {
	case s.Format == "date-time":
		return "2026-03-01T12:00:00Z"
	case exampleTexts[field] != "":
		return exampleTexts[field]
	case slices.Contains(moneyFields, field):
		return "1250.00"
	case strings.HasSuffix(field, "_on") || strings.HasSuffix(field, "day") || strings.HasSuffix(field, "_from") || strings.HasSuffix(field, "_to"):
		return "2026-02-01"
	}
	return "text"
}

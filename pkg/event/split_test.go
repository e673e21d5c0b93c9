package event_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
)

func TestSplit(t *testing.T) {
	const a, b = `{"a":1}`, `{"b":[1,2]}`
	for name, v := range map[string]struct {
		body          string
		batch, ndjson bool
		want          []string
		many          bool
	}{
		"one":                            {a, false, false, []string{a}, false},
		"one with a byte order mark":     {"\xef\xbb\xbf " + a + "\n", false, false, []string{a}, false},
		"one over several lines":         {"{\n\"a\":\n1}\n", false, false, []string{"{\n\"a\":\n1}"}, false},
		"an array":                       {"[" + a + ",\n " + b + "]", false, false, []string{a, b}, true},
		"an array of one":                {"[" + a + "]", false, false, []string{a}, true},
		"lines":                          {a + "\n\n" + b + "\r\n", false, false, []string{a, b}, true},
		"lines with a bad one":           {a + "\n{bad\n" + b, false, false, []string{a, "{bad", b}, true},
		"declared lines, bad first":      {"{bad\n" + b, false, true, []string{"{bad", b}, true},
		"one declared line":              {a, false, true, []string{a}, true},
		"a batch":                        {`{"batch":[` + a + "," + b + `]}`, true, false, []string{a, b}, true},
		"one where a batch may be":       {a, true, false, []string{a}, false},
		"lines where a batch may be":     {a + "\n" + b, true, false, []string{a, b}, true},
		"duplicates stay in their item":  {`[{"a":1,"a":2}]`, false, false, []string{`{"a":1,"a":2}`}, true},
		"things that are no records too": {`[1,"x",null]`, false, false, []string{"1", `"x"`, "null"}, true},
	} {
		items, err := event.NewParser().Split([]byte(v.body), v.batch, v.ndjson)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, raw := range items.Raw {
			got = append(got, string(raw))
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", v.want) || items.Many != v.many {
			t.Errorf("%s: %q, many %v", name, got, items.Many)
		}
	}
}

func TestSplit_refuses(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("{},", event.MaxItems+1), ",")
	for name, v := range map[string]struct{ body, field, code string }{
		"nothing":             {" \r\n\t", "", event.CodeEmpty},
		"an empty array":      {"[]", "", event.CodeEmpty},
		"an empty batch":      {`{"batch":[]}`, "batch", event.CodeEmpty},
		"Latin-1":             {"{\"a\":\"\xe9\"}", "", event.CodeUTF8},
		"UTF-16":              {"\xff\xfe{\x00}\x00", "", event.CodeUTF8},
		"a cut array":         {`[{"a":1},`, "", event.CodeMalformed},
		"after an array":      {`[{"a":1}] x`, "", event.CodeMalformed},
		"a batch that is not": {`{"batch":{"a":1}}`, "batch", event.CodeWrongType},
		"2,501 in an array":   {"[" + many + "]", "", event.CodeTooMany},
		"2,501 in a batch":    {`{"batch":[` + many + "]}", "batch", event.CodeTooMany},
		"2,501 lines":         {strings.Repeat("{}\n", event.MaxItems+1), "", event.CodeTooMany},
		"a million brackets":  {strings.Repeat("[", 1<<20), "", event.CodeTooDeep},
		"binary":              {"\x1f\x8b\x08\x00\xff", "", event.CodeUTF8},
		"a wrong envelope":    {`{"batch":[{}],"sentAt":5}`, "sentAt", event.CodeWrongType},
	} {
		_, err := event.NewParser().Split([]byte(v.body), true, false)
		var e *event.Error
		if !errors.As(err, &e) || e.Code != v.code || e.Field != v.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := event.NewParser().Split([]byte("["+strings.TrimPrefix(many, "{},")+"]"), true, false); err != nil {
		t.Errorf("2,500 are refused: %v", err)
	}
}

func TestEnvelope_holdsWhereItemsAreSilent(t *testing.T) {
	p := event.NewParser()
	items, err := p.Split([]byte(`{"batch":[{"type":"page","anonymousId":"a"},{"type":"page","anonymousId":"a","context":{"campaign":{"source":"own"}}}],
		"context":{"campaign":{"source":"news","medium":"email"}},"writeKey":"k"}`), true, false)
	if err != nil {
		t.Fatal(err)
	}
	if items.Envelope.WriteKey() != "k" {
		t.Errorf("key %q", items.Envelope.WriteKey())
	}
	for i, want := range []string{"news", "own"} {
		e, err := decode(p, items.Raw[i], event.TypeAny, items.Envelope)
		if err != nil {
			t.Fatal(err)
		}
		if o := e.GetPage().Origin; o.Source != want || o.Medium != "email" {
			t.Errorf("item %d: %v", i, o)
		}
	}
}

func TestPeekWriteKey(t *testing.T) {
	for raw, want := range map[string]string{
		`{"a":{"writeKey":"no"},"writeKey":"k"}`: "k", `{"writeKey":5}`: "", `{"writeKey":null}`: "", `{"a":1}`: "", `[1]`: "", `{`: "", ``: "",
	} {
		if got := event.PeekWriteKey([]byte(raw)); got != want {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

package event

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Attributes are the names that rules use. Nothing else of traits and properties is kept.
type Attributes struct {
	// Account are attributes of accounts: traits of group calls, and the attributes of account records.
	Account []string
	// Property are properties of track calls, or what context.location says.
	Property []string
}

// attributes reads the wanted names from the object in field of the record, else from the one at the path beside it. Text, numbers and
// truth values count, longer text is cut. withdraws keeps a null, as an empty value: what was said before no longer holds.
func (b *builder) attributes(wanted []string, withdraws bool, field string, beside ...string) []*tributaryv1.Attribute {
	if len(wanted) == 0 {
		return nil
	}
	values := make(map[string]string)
	if len(beside) > 0 {
		b.collect(values, member(b.rec.raw, beside...), wanted, false)
	}
	b.collect(values, member(b.rec.raw, field), wanted, withdraws)
	var out []*tributaryv1.Attribute
	for _, name := range wanted {
		if v, ok := values[name]; ok {
			out = append(out, &tributaryv1.Attribute{Name: name, Value: v})
		}
	}
	return out
}

// collect adds the members of an object that are wanted.
func (b *builder) collect(values map[string]string, raw []byte, wanted []string, withdraws bool) {
	each(raw, func(name string, v jsontext.Value) {
		if !slices.Contains(wanted, name) {
			return
		}
		switch v.Kind() {
		case 'n':
			if withdraws {
				values[name] = ""
			}
		case '"':
			if s := strings.TrimSpace(unquote(v)); !hasNUL(s) && (s != "" || withdraws) {
				values[name] = b.cut(b.conceal(s), maxText)
			}
		case '0', 't', 'f':
			values[name] = b.cut(string(v), maxText)
		default: // objects and arrays are no attribute
		}
	})
}

// member is the value at a path of an object, nil when there is none.
func member(raw []byte, path ...string) []byte {
	for _, want := range path {
		var found []byte
		each(raw, func(name string, v jsontext.Value) {
			if name == want {
				found = bytes.Clone(v)
			}
		})
		raw = found
	}
	return raw
}

// each calls fn for every member of an object; anything else has none. The record was parsed before, so it is well-formed.
func each(raw []byte, fn func(name string, v jsontext.Value)) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if len(raw) == 0 || dec.PeekKind() != '{' {
		return
	}
	if _, err := dec.ReadToken(); err != nil {
		return
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return
		}
		word := unquote(name)
		v, err := dec.ReadValue()
		if err != nil {
			return
		}
		fn(word, v)
	}
}

package event

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxItems is the most records that one body may hold.
const MaxItems = 2500

// bodyDepth bounds a whole body before any reader recurses into it; single records are bounded by MaxDepth.
const bodyDepth = 1000

// Items is a body taken apart.
type Items struct {
	// Raw are the records, as slices of the body.
	Raw [][]byte
	// Envelope is what a batch says once for all; nil without one.
	Envelope *Envelope
	// Many tells an array, NDJSON or batch, even of one, from a single record: its answer has results by item.
	Many bool
}

// Split takes a body apart: one object, an array, NDJSON (an object a line), or, where batch is true, an object with a "batch" array. ndjson
// says that the sender declared lines, so that a malformed line is its own item's error, even the first. The error is an *Error about the whole body.
func (p *Parser) Split(body []byte, batch, ndjson bool) (Items, error) {
	body = bytes.Trim(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), jsonSpace)
	if len(body) == 0 {
		return Items{}, refuse("", CodeEmpty, "the body is empty")
	}
	if !utf8.Valid(body) {
		return Items{}, refuse("", CodeUTF8, "the body is not UTF-8 (first wrong byte: %d)", firstInvalid(body))
	}
	if err := checkDepth(body, bodyDepth); err != nil {
		return Items{}, err
	}
	if ndjson {
		return lines(body)
	}
	if body[0] == '[' {
		return array(body)
	}
	if bytes.IndexByte(body, '\n') >= 0 {
		// Either a record written over several lines or NDJSON: what follows the first value tells.
		n, err := valueEnd(body)
		if err != nil {
			return Items{}, err
		}
		if n < len(body) {
			return lines(body)
		}
	}
	if batch && body[0] == '{' {
		return p.envelope(body)
	}
	return Items{Raw: [][]byte{body}}, nil
}

func (p *Parser) envelope(body []byte) (Items, error) {
	e := &Envelope{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true)) // duplicates inside an item are the item's error
	d := decoder{rec: &e.rec, dec: dec}
	if err := d.record(body, p.sets.envelope); err != nil {
		return Items{}, err
	}
	if !e.rec.set[sBatch] {
		return Items{Raw: [][]byte{body}}, nil
	}
	raw := e.rec.vals[sBatch]
	e.rec.set[sBatch], e.rec.vals[sBatch] = false, ""
	if raw[0] != '[' {
		return Items{}, refuse("batch", CodeWrongType, "must be an array")
	}
	items, err := array([]byte(raw))
	if err != nil {
		return Items{}, under(err, "batch")
	}
	items.Envelope = e
	return items, nil
}

func array(body []byte) (Items, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return Items{}, syntax(err)
	}
	items := Items{Many: true}
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return Items{}, syntax(err)
		}
		if len(items.Raw) == MaxItems {
			return Items{}, tooMany()
		}
		end := int(dec.InputOffset())
		items.Raw = append(items.Raw, body[end-len(v):end])
	}
	if _, err := dec.ReadToken(); err != nil {
		return Items{}, syntax(err)
	}
	if len(bytes.TrimSpace(body[dec.InputOffset():])) > 0 {
		return Items{}, refuse("", CodeMalformed, "there is something after the array's end")
	}
	if len(items.Raw) == 0 {
		return Items{}, refuse("", CodeEmpty, "there are no records")
	}
	return items, nil
}

func lines(body []byte) (Items, error) {
	items := Items{Many: true}
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(items.Raw) == MaxItems {
			return Items{}, tooMany()
		}
		items.Raw = append(items.Raw, line)
	}
	return items, nil
}

func tooMany() error {
	return refuse("", CodeTooMany, "more than %d records in one body", MaxItems)
}

// valueEnd is where the first JSON value of a body ends.
func valueEnd(body []byte) (int, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadValue(); err != nil {
		return 0, syntax(err)
	}
	return int(dec.InputOffset()), nil
}

// topLevel is the text of a string member of an object; empty when it has none. It reads no further than needed.
func topLevel(raw []byte, name string) (string, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != '{' {
		if _, err := dec.ReadValue(); err != nil {
			return "", syntax(err)
		}
		return "", refuse("", CodeWrongType, "a record must be a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return "", syntax(err)
	}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadValue()
		if err != nil {
			return "", syntax(err)
		}
		found := unquote(key) == name
		v, err := dec.ReadValue()
		if err != nil {
			return "", syntax(err)
		}
		if !found {
			continue
		}
		if v.Kind() == 'n' {
			return "", nil
		}
		if v.Kind() != '"' {
			return "", refuse(name, CodeWrongType, "must be a string")
		}
		return unquote(v), nil
	}
	return "", nil
}

// PeekType is what a record's "type" says, TypeAny when it has none. The error is an *Error.
func PeekType(raw []byte) (Type, error) {
	s, err := topLevel(raw, "type")
	return Type(s), err
}

// PeekWriteKey is the write key in a record's body, empty when there is none or the record cannot be read that far.
func PeekWriteKey(raw []byte) string {
	if len(raw) > MaxItemBytes || checkDepth(raw, MaxDepth) != nil {
		return ""
	}
	key, err := topLevel(raw, "writeKey")
	if err != nil {
		return ""
	}
	return key
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

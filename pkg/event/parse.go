package event

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Record is one item as parsed: its values by field, not yet interpreted. A Record may be parsed into again, which spares allocations, and must
// not be copied. It keeps no bytes of the item but raw, which the caller must not change before Event or Spend.
type Record struct {
	Type Type

	raw      []byte
	set      [slotCount]bool
	vals     [slotCount]string
	contacts []string
	emails   []string
	// added and removed are contacts of a stage record, beside those listed.
	added, removed []string
	// clear are the fields that a contact record takes back.
	clear []string
	// unknown is the first field that a canonical record does not have.
	unknown string

	// dec and buf are kept from one Parse to the next: a new decoder costs more than reading a small record.
	dec *jsontext.Decoder
	buf bytes.Buffer
}

// WriteKey is the key that the record carries in its own body, empty when it has none.
func (r *Record) WriteKey() string { return r.vals[sWriteKey] }

// ID is the record's own id, empty when it has none.
func (r *Record) ID() string { return r.vals[sID] }

// Parser parses records. It is immutable: any number of goroutines may use it.
type Parser struct{ sets *fieldSets }

// NewParser returns a parser.
func NewParser() *Parser { return &Parser{sets: newFieldSets()} }

// Envelope is what a batch says once for all its items.
type Envelope struct{ rec Record }

// WriteKey is the key in the envelope, empty when it has none.
func (e *Envelope) WriteKey() string {
	if e == nil {
		return ""
	}
	return e.rec.vals[sWriteKey]
}

// Parse reads one item into r. t is the type that the endpoint stands for; TypeAny takes it from the item's "type". Values of the envelope, when there is one,
// hold where the item has none. The error is an *Error.
func (p *Parser) Parse(r *Record, raw []byte, t Type, env *Envelope) error {
	r.reset(raw, env)
	if len(raw) > MaxItemBytes {
		return refuse("", CodeTooLarge, "the record is %d bytes; at most %d are taken", len(raw), MaxItemBytes)
	}
	if err := checkDepth(raw, MaxDepth); err != nil {
		return err
	}
	if t == TypeAny {
		var err error
		if t, err = PeekType(raw); err != nil {
			return err
		}
		if t == TypeAny {
			return refuse("type", CodeMissing, "every record of a batch needs its type")
		}
	}
	r.Type = t
	fields, canonical := p.sets.of(t)
	if fields == nil {
		return refuse("type", CodeUnknownType, "not a type this endpoint takes")
	}
	d := decoder{rec: r, dec: r.decoder(), canonical: canonical}
	if err := d.record(raw, fields); err != nil {
		return err
	}
	if got := Type(r.vals[sType]); r.set[sType] && got != t {
		return refuse("type", CodeInvalid, "is not %q, which this endpoint stands for", string(t))
	}
	return nil
}

// TypeAny makes Parse take the type from the item.
const TypeAny Type = ""

func (s *fieldSets) of(t Type) (fields object, canonical bool) {
	switch t {
	case TypeStage:
		return s.stage, true
	case TypeContact:
		return s.contact, true
	case TypeAccount:
		return s.account, true
	case TypeErase:
		return s.erase, true
	case TypeTouch:
		return s.touch, true
	case TypeSpend:
		return s.spend, true
	default:
		if t.IsCall() {
			return s.call, false
		}
		return nil, false
	}
}

func (r *Record) reset(raw []byte, env *Envelope) {
	*r = Record{raw: raw, contacts: r.contacts[:0], emails: r.emails[:0], added: r.added[:0], removed: r.removed[:0], clear: r.clear[:0], dec: r.dec}
	if env != nil {
		r.set, r.vals = env.rec.set, env.rec.vals
	}
}

// decoder is r's JSON reader at the start of raw.
func (r *Record) decoder() *jsontext.Decoder {
	r.buf = *bytes.NewBuffer(r.raw)
	if r.dec == nil {
		r.dec = jsontext.NewDecoder(&r.buf)
	} else {
		r.dec.Reset(&r.buf)
	}
	return r.dec
}

// decoder walks one object by the fields it may have. The library checks syntax, UTF-8 and duplicate names on the way.
type decoder struct {
	rec *Record
	dec *jsontext.Decoder
	// text is what dec reads, as one string, of which the values are parts.
	text      string
	canonical bool
}

func (d *decoder) record(raw []byte, fields object) error {
	if d.dec.PeekKind() != '{' {
		if _, err := d.dec.ReadValue(); err != nil {
			return syntax(err)
		}
		return refuse("", CodeWrongType, "a record must be a JSON object")
	}
	d.text = string(raw)
	if err := d.object(fields, d.canonical); err != nil {
		return err
	}
	if len(bytes.Trim(raw[d.dec.InputOffset():], jsonSpace)) > 0 {
		return refuse("", CodeMalformed, "there is something after the record's end")
	}
	return nil
}

func (d *decoder) object(fields object, noteUnknown bool) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return syntax(err)
	}
	for d.dec.PeekKind() != '}' {
		name, err := d.dec.ReadValue()
		if err != nil {
			return syntax(err)
		}
		f, ok := fields[string(name[1:len(name)-1])]
		if !ok && bytes.IndexByte(name, '\\') >= 0 {
			f, ok = fields[unquote(name)]
		}
		if !ok {
			if noteUnknown && d.rec.unknown == "" {
				d.rec.unknown = unquote(name)
			}
			f = skip()
		}
		if err := d.value(f); err != nil {
			return under(err, f.name)
		}
	}
	_, err := d.dec.ReadToken()
	return syntax(err)
}

func (d *decoder) value(f field) error {
	if f.kind == kindObject && d.dec.PeekKind() == '{' {
		if f.slot < slotCount {
			d.rec.set[f.slot] = true
		}
		return d.object(f.sub, false)
	}
	if f.kind == kindList && d.dec.PeekKind() == '[' {
		return d.list(f)
	}
	v, err := d.dec.ReadValue()
	if err != nil {
		return syntax(err)
	}
	if f.kind == kindSkip || v.Kind() == 'n' {
		return nil
	}
	s, err := scalar(f, v, d.textOf(v))
	if err != nil || s == "" {
		return err
	}
	d.rec.set[f.slot], d.rec.vals[f.slot] = true, s
	return nil
}

// textOf is the value just read, as a string.
func (d *decoder) textOf(v jsontext.Value) string {
	end := int(d.dec.InputOffset())
	return d.text[end-len(v) : end]
}

func (d *decoder) list(f field) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return syntax(err)
	}
	to := &d.rec.contacts
	switch f.slot {
	case sEmail:
		to = &d.rec.emails
	case sAdded:
		to = &d.rec.added
	case sRemoved:
		to = &d.rec.removed
	case sClear:
		to = &d.rec.clear
	default: // contact ids
	}
	for d.dec.PeekKind() != ']' {
		v, err := d.dec.ReadValue()
		if err != nil {
			return syntax(err)
		}
		s, err := scalar(field{kind: kindID, max: f.max}, v, d.textOf(v))
		if err != nil {
			return err
		}
		if len(*to) == MaxContacts {
			return refuse("", CodeTooLong, "at most %d entries are taken", MaxContacts)
		}
		if s != "" {
			*to = append(*to, s)
		}
	}
	_, err := d.dec.ReadToken()
	return syntax(err)
}

// under adds a parent's name to the field of an error, unless it already says where (syntax errors do).
func under(err error, name string) error {
	var e *Error
	if !errors.As(err, &e) || e.Code == CodeMalformed || e.Code == CodeDuplicate || name == "" {
		return err
	}
	if e.Field == "" {
		e.Field = name
	} else {
		e.Field = name + "." + e.Field
	}
	return e
}

// syntax turns an error of the JSON library into one of ours. nil stays nil.
func syntax(err error) error {
	if err == nil {
		return nil
	}
	e := refuse("", CodeMalformed, "not well-formed JSON")
	var s *jsontext.SyntacticError
	if errors.As(err, &s) {
		e.Field = dotted(s.JSONPointer)
		e.Reason = "not well-formed JSON at byte " + itoa(s.ByteOffset)
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		e.Code, e.Reason = CodeDuplicate, "the field is given twice"
	}
	return e
}

func dotted(p jsontext.Pointer) string {
	var parts []string
	for tok := range p.Tokens() {
		parts = append(parts, cut(tok, 64))
	}
	if len(parts) > 8 {
		parts = append(parts[:8], "...")
	}
	return strings.Join(parts, ".")
}

// jsonSpace is what JSON calls white space: no vertical tab, no form feed, no space of Unicode.
const jsonSpace = " \t\r\n"

package event

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scalar is the text of a value of the field's kind; text is the value as a string. An empty text counts as absent.
func scalar(f field, v jsontext.Value, text string) (string, error) {
	var (
		s  string
		ok bool
	)
	switch k := v.Kind(); f.kind {
	case kindText:
		s, ok = textOf(v, text, k == '"')
	case kindLoose:
		if s, ok = textOf(v, text, k == '"' || k == '0'); !ok || hasNUL(s) {
			return "", nil
		}
		return s, nil
	case kindID:
		if s, ok = textOf(v, text, k == '"' || k == '0' && isInteger(v)); ok {
			s = strings.TrimSpace(s)
		}
	case kindNumber:
		if s, ok = textOf(v, text, k == '"' || k == '0'); ok {
			s = strings.TrimSpace(s)
		}
	case kindRaw:
		return text, nil
	case kindBool:
		if k == 't' || k == 'f' {
			return text, nil
		}
		ok = false
	default:
		ok = false
	}
	if !ok {
		return "", refuse("", CodeWrongType, "must be %s", f.kind)
	}
	if hasNUL(s) {
		return "", refuse("", CodeInvalid, "contains a NUL character")
	}
	if f.max > 0 && len(s) > f.max {
		return "", refuse("", CodeTooLong, "is %d bytes; at most %d are taken", len(s), f.max)
	}
	return s, nil
}

// String says what a kind takes, for reasons.
func (k kind) String() string {
	switch k {
	case kindText:
		return "a string"
	case kindID:
		return "a string or an integer"
	case kindNumber:
		return "a number or a string with one"
	case kindBool:
		return "true or false"
	case kindList:
		return "an array of strings"
	case kindObject:
		return "an object"
	default:
		return "a value"
	}
}

func textOf(v jsontext.Value, text string, allowed bool) (string, bool) {
	switch {
	case !allowed:
		return "", false
	case text[0] != '"':
		return text, true
	case strings.IndexByte(text, '\\') >= 0:
		return unquote(v), true
	}
	return text[1 : len(text)-1], true
}

// unquote is the text of a JSON string that the decoder has already accepted.
func unquote(v jsontext.Value) string {
	if bytes.IndexByte(v, '\\') >= 0 {
		b, _ := jsontext.AppendUnquote(nil, v)
		return string(b)
	}
	return string(v[1 : len(v)-1])
}

func isInteger(v []byte) bool {
	for i, c := range v {
		if (c < '0' || c > '9') && (i != 0 || c != '-') {
			return false
		}
	}
	return len(v) <= 20
}

func hasNUL(s string) bool { return strings.IndexByte(s, 0) >= 0 }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// cut shortens a text to at most n bytes, at a character's border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// checkDepth refuses nesting deeper than limit before any recursive reader sees it. It needs no valid JSON.
func checkDepth(raw []byte, limit int) error {
	if bytes.Count(raw, []byte{'{'})+bytes.Count(raw, []byte{'['}) <= limit {
		return nil // the usual record, at a fraction of the cost of looking at every byte
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return refuse("", CodeTooDeep, "nested deeper than %d levels", limit)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

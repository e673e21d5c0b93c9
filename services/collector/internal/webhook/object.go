package webhook

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// object is a JSON object whose members are read one by one, and leniently: CRMs write the same id as a number here and as a string there.
type object map[string]json.RawMessage

// parseObject reads one object. Only its form is checked.
func parseObject(raw []byte) (object, bool) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, false
	}
	return o, true
}

// parseObjects reads a body that is an object or an array of them; elements that are no objects are nil.
func parseObjects(body []byte) (raws []json.RawMessage, objects []object, err error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return nil, nil, &event.Error{Code: event.CodeEmpty, Reason: "the body is empty"}
	}
	if !utf8.Valid(body) {
		return nil, nil, &event.Error{Code: event.CodeUTF8, Reason: "the body is not UTF-8"}
	}
	if body[0] == '[' {
		if err := json.Unmarshal(body, &raws); err != nil {
			return nil, nil, malformed("not well-formed JSON")
		}
	} else {
		raws = []json.RawMessage{body}
	}
	if len(raws) > event.MaxItems {
		return nil, nil, &event.Error{Code: event.CodeTooMany, Reason: "too many events in one body"}
	}
	for i, raw := range raws {
		o, ok := parseObject(raw)
		if !ok && body[0] != '[' {
			return nil, nil, malformed("the body is neither a JSON object nor an array of them")
		}
		objects, raws[i] = append(objects, o), raw
	}
	return raws, objects, nil
}

// text is a member as text: a string's content, a number's or boolean's own form. Empty when it is absent, null, or anything else.
func (o object) text(name string) string { return scalar(o[name]) }

func scalar(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return ""
	}
	switch c := raw[0]; {
	case c == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return strings.TrimSpace(s)
	case c == 't', c == 'f', c == '-', c >= '0' && c <= '9':
		return string(raw)
	}
	return ""
}

// object is a member that is an object, nil when it is none.
func (o object) object(name string) object {
	sub, _ := parseObject(o[name])
	return sub
}

// texts is a member that is a list of ids.
func (o object) texts(name string) []string {
	var list []json.RawMessage
	if json.Unmarshal(o[name], &list) != nil {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, raw := range list {
		if s := scalar(raw); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// is tells whether a member is true.
func (o object) is(name string) bool { return o.text(name) == "true" }

// millis is a member that is a time in milliseconds since 1970, as ISO 8601.
func (o object) millis(name string) (string, bool) { return millis(o.text(name)) }

// lastMillis is the end of the year 9999.
const lastMillis = int64(253402300799999)

func millis(text string) (string, bool) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms <= 0 || ms > lastMillis {
		return "", false
	}
	return at(ms), true
}

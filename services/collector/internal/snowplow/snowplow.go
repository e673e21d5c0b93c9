// Package snowplow translates the tracker protocol of Snowplow's trackers (tp2: payload_data by POST, the same parameters by GET) into Segment's calls, which
// pkg/event reads. It is pure: no clock, no I/O, no logger.
//
//	e=pv       page
//	e=pp       track "Page Ping": it keeps a visit alive
//	e=ue       track, named by the schema of the self-describing event (link_click -> "Link Clicked", any_other -> any_other)
//	e=se       track, named by the action; category, label, property and value are properties
//	e=tr, ti   track "Order Completed" with its total as revenue; the items say nothing that the order does not
//
// The visitor is duid, the domain's own id; without it the network's (nuid, or the sp cookie), else the session's, which is all that anonymous tracking leaves.
// The first record of a delivery that names a user beside a visitor comes with an identify call, since the protocol has none of its own.
package snowplow

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// Item is one event as a Segment call.
type Item struct {
	// Record is the call as JSON; nil when Err says why there is none.
	Record []byte
	// Original is the event as it came.
	Original []byte
	Err      *event.Error
}

// Batch is what a delivery says.
type Batch struct {
	Items []Item
	// AppID is the first event's application id (aid), where sites put their write key.
	AppID string
	// Ignored is how many events say nothing of concern, such as the items of an order.
	Ignored int
}

// Options are what is known of a delivery from outside it.
type Options struct {
	// NetworkID is the visitor's id in the collector's own cookie, for events without one. Empty: none.
	NetworkID string
}

// Limits beside those of package event.
const (
	// MaxEvents is the most events of one delivery.
	MaxEvents = event.MaxItems
	// maxParams is the most parameters of one event.
	maxParams = 300
)

const payloadData = "iglu:com.snowplowanalytics.snowplow/payload_data/"

// DecodePost reads the body of a POST: a self-describing list of events. The error is an *event.Error about the body as a whole.
func DecodePost(body []byte, o Options) (Batch, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return Batch{}, refuse("", event.CodeEmpty, "the body is empty")
	}
	var envelope struct {
		Schema string            `json:"schema"`
		Data   []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return Batch{}, refuse("", event.CodeMalformed, "not a payload_data object: "+reason(err))
	}
	if !strings.HasPrefix(envelope.Schema, payloadData) {
		return Batch{}, refuse("schema", event.CodeInvalid, "is not payload_data of com.snowplowanalytics.snowplow")
	}
	if len(envelope.Data) == 0 {
		return Batch{}, refuse("data", event.CodeEmpty, "there are no events")
	}
	if len(envelope.Data) > MaxEvents {
		return Batch{}, refuse("data", event.CodeTooMany, "more than "+strconv.Itoa(MaxEvents)+" events in one body")
	}
	d := &decoder{options: o, known: map[string]bool{}}
	for _, raw := range envelope.Data {
		d.event(raw)
	}
	return d.batch, nil
}

// DecodeGet reads the parameters of a GET. The error is an *event.Error.
func DecodeGet(query string, o Options) (Batch, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return Batch{}, refuse("", event.CodeMalformed, "the query is not well-formed")
	}
	if len(values) > maxParams {
		return Batch{}, refuse("", event.CodeTooMany, "more than "+strconv.Itoa(maxParams)+" parameters")
	}
	p := params{}
	for name := range values {
		p[name] = values.Get(name)
	}
	d := &decoder{options: o, known: map[string]bool{}}
	d.params([]byte(query), p)
	return d.batch, nil
}

// params are an event's parameters; all of them are texts.
type params map[string]string

type decoder struct {
	options Options
	batch   Batch
	// known are the visitors and users for which the delivery has an identify call already.
	known map[string]bool
}

// event reads one event of a POST.
func (d *decoder) event(raw []byte) {
	if len(raw) > event.MaxItemBytes {
		d.refuse(raw, "", event.CodeTooLarge, "the event is over "+strconv.Itoa(event.MaxItemBytes)+" bytes")
		return
	}
	var loose map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&loose); err != nil || loose == nil {
		d.refuse(raw, "", event.CodeWrongType, "an event must be a JSON object of texts")
		return
	}
	if len(loose) > maxParams {
		d.refuse(raw, "", event.CodeTooMany, "more than "+strconv.Itoa(maxParams)+" parameters")
		return
	}
	p := make(params, len(loose))
	for name, v := range loose {
		switch v := v.(type) {
		case string:
			p[name] = v
		case json.Number: // the protocol says texts, and some trackers send numbers
			p[name] = v.String()
		case nil:
		default:
			d.refuse(raw, name, event.CodeWrongType, "must be a text")
			return
		}
	}
	d.params(raw, p)
}

func (d *decoder) refuse(raw []byte, field, code, why string) {
	d.batch.Items = append(d.batch.Items, Item{Original: raw, Err: refuse(field, code, why)})
}

func refuse(field, code, why string) *event.Error {
	return &event.Error{Field: field, Code: code, Reason: why}
}

// reason is an error of encoding/json without what the sender wrote.
func reason(err error) string {
	if e, ok := err.(*json.SyntaxError); ok { //nolint:errorlint // encoding/json returns it bare
		return "not well-formed JSON at byte " + strconv.FormatInt(e.Offset, 10)
	}
	return "a member has another type than it should"
}

// lastMillis is the end of the year 9999.
const lastMillis = int64(253402300799999)

// stamp is a time in milliseconds since 1970 as ISO 8601. It reports false for what is none.
func stamp(ms string) (string, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(ms), 10, 64)
	if err != nil || n <= 0 || n > lastMillis {
		return "", false
	}
	return time.UnixMilli(n).UTC().Format("2006-01-02T15:04:05.000Z"), true
}

package snowplow

import (
	"encoding/json"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// Names of the track calls that the protocol's own kinds of event become.
const (
	// EventPing is a page that is still being read.
	EventPing = "Page Ping"
	// EventOrder is an order, by its shipped conversion's name.
	EventOrder = "Order Completed"
)

// call is a Segment call as pkg/event reads it.
type call struct {
	Type        event.Type     `json:"type"`
	MessageID   string         `json:"messageId,omitempty"`
	AnonymousID string         `json:"anonymousId,omitempty"`
	UserID      string         `json:"userId,omitempty"`
	Event       string         `json:"event,omitempty"`
	Timestamp   string         `json:"timestamp,omitempty"`
	Original    string         `json:"originalTimestamp,omitempty"`
	SentAt      string         `json:"sentAt,omitempty"`
	Context     *callContext   `json:"context,omitempty"`
	Properties  map[string]any `json:"properties,omitempty"`
}

type callContext struct {
	Page      *callPage `json:"page,omitempty"`
	UserAgent string    `json:"userAgent,omitempty"`
}

type callPage struct {
	URL      string `json:"url,omitempty"`
	Referrer string `json:"referrer,omitempty"`
	Title    string `json:"title,omitempty"`
}

// params translates one event.
func (d *decoder) params(raw []byte, p params) {
	if d.batch.AppID == "" {
		d.batch.AppID = p["aid"]
	}
	c, bad := d.base(p)
	if bad == nil {
		bad = c.kind(p)
	}
	if bad != nil {
		d.refuse(raw, bad.Field, bad.Code, bad.Reason)
		return
	}
	if c.Type == "" {
		d.batch.Ignored++
		return
	}
	if pair := c.AnonymousID + "\x00" + c.UserID; c.UserID != "" && c.AnonymousID != "" && !d.known[pair] {
		d.known[pair] = true
		identify := *c
		identify.Type, identify.Event, identify.Properties = event.TypeIdentify, "", nil
		if identify.MessageID != "" {
			identify.MessageID += ":identify"
		}
		d.add(raw, &identify)
	}
	d.add(raw, c)
}

func (d *decoder) add(raw []byte, c *call) {
	record, err := json.Marshal(c)
	if err != nil { // texts only: it cannot fail
		d.refuse(raw, "", event.CodeInvalid, "cannot be written as a call")
		return
	}
	d.batch.Items = append(d.batch.Items, Item{Record: record, Original: raw})
}

// base is what every event has: ids, times and page.
func (d *decoder) base(p params) (*call, *event.Error) {
	c := &call{MessageID: p["eid"], UserID: p["uid"]}
	contexts, bad := readContexts(p)
	if bad != nil {
		return nil, bad
	}
	for _, id := range []string{p["duid"], p["nuid"], p["tnuid"], contexts.userID, d.options.NetworkID, p["sid"], contexts.sessionID} {
		if c.AnonymousID == "" {
			c.AnonymousID = id
		}
	}
	for _, t := range []struct {
		param string
		to    *string
	}{{"dtm", &c.Timestamp}, {"stm", &c.SentAt}, {"ttm", &c.Original}} {
		if p[t.param] == "" {
			continue
		}
		iso, ok := stamp(p[t.param])
		if !ok {
			return nil, refuse(t.param, event.CodeInvalid, "is not a time in milliseconds since 1970")
		}
		*t.to = iso
	}
	if c.Original != "" { // the true time, which needs no correction: both times say so
		c.Timestamp = c.Original
	}
	if p["url"] != "" || p["refr"] != "" {
		c.context().Page = &callPage{URL: p["url"], Referrer: p["refr"], Title: p["page"]}
	}
	if p["ua"] != "" {
		c.context().UserAgent = p["ua"]
	}
	return c, nil
}

func (c *call) context() *callContext {
	if c.Context == nil {
		c.Context = &callContext{}
	}
	return c.Context
}

// kind sets what the event's own kind says; Type stays empty for what is of no concern.
func (c *call) kind(p params) *event.Error {
	switch p["e"] {
	case "pv":
		c.Type = event.TypePage
	case "pp":
		c.Type, c.Event = event.TypeTrack, EventPing
	case "se":
		return c.structured(p)
	case "ue":
		return c.selfDescribing(p)
	case "tr":
		c.Type, c.Event = event.TypeTrack, EventOrder
		c.Properties = texts("order_id", p["tr_id"], "revenue", p["tr_tt"], "currency", p["tr_cu"])
	case "ti", "ad":
	case "":
		return refuse("e", event.CodeMissing, "is needed: the kind of event")
	default:
		return refuse("e", event.CodeUnknownType, "is not pv, pp, se, ue, tr or ti")
	}
	return nil
}

func (c *call) structured(p params) *event.Error {
	if p["se_ac"] == "" {
		return refuse("se_ac", event.CodeMissing, "is needed: the action of a structured event")
	}
	c.Type, c.Event = event.TypeTrack, p["se_ac"]
	c.Properties = texts("category", p["se_ca"], "label", p["se_la"], "property", p["se_pr"], "value", p["se_va"])
	return nil
}

// texts are the properties with a text.
func texts(pairs ...string) map[string]any {
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}

// schemaName is the name in an Iglu address: iglu:vendor/NAME/format/version.
func schemaName(iglu string) string {
	parts := strings.Split(strings.TrimPrefix(iglu, "iglu:"), "/")
	if len(parts) != 4 {
		return ""
	}
	return parts[1]
}

package snowplow

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// maxContexts is the most contexts of one event that are looked at.
const maxContexts = 100

// selfDescribed is any object with the address of its schema.
type selfDescribed struct {
	Schema string          `json:"schema"`
	Data   json.RawMessage `json:"data"`
}

// contexts are what the entities beside an event say that matters here.
type contexts struct{ userID, sessionID string }

// encoded is a parameter that comes as base64 under one name or plain under another. Both alphabets are taken, with or without padding: trackers differ.
func encoded(p params, packed, plain string) ([]byte, string, *event.Error) {
	if p[packed] == "" {
		return []byte(p[plain]), plain, nil
	}
	text := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(p[packed]), "=")
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, packed, refuse(packed, event.CodeInvalid, "is not base64")
	}
	return raw, packed, nil
}

func readContexts(p params) (contexts, *event.Error) {
	var out contexts
	raw, name, bad := encoded(p, "cx", "co")
	if bad != nil || len(raw) == 0 {
		return out, bad
	}
	var list struct {
		Data []selfDescribed `json:"data"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return out, refuse(name, event.CodeMalformed, "is not a list of contexts")
	}
	if len(list.Data) > maxContexts {
		return out, refuse(name, event.CodeTooMany, "has more than 100 contexts")
	}
	for _, c := range list.Data {
		if schemaName(c.Schema) != "client_session" {
			continue
		}
		var session struct {
			UserID    string `json:"userId"`
			SessionID string `json:"sessionId"`
		}
		// A context that is not as it should be is no reason to lose the event.
		if json.Unmarshal(c.Data, &session) == nil && session.UserID != anonymousUser {
			out.userID, out.sessionID = session.UserID, session.SessionID
		}
	}
	return out, nil
}

// anonymousUser stands in client_session of trackers that were told to be anonymous.
const anonymousUser = "00000000-0000-0000-0000-000000000000"

// selfDescribing reads an event of any schema. The name of the track call is the schema's, or for a few of Snowplow's own what Segment's senders call it.
func (c *call) selfDescribing(p params) *event.Error {
	raw, name, bad := encoded(p, "ue_px", "ue_pr")
	if bad != nil {
		return bad
	}
	if len(raw) == 0 {
		return refuse("ue_px", event.CodeMissing, "ue_px or ue_pr is needed")
	}
	var outer struct {
		Data selfDescribed `json:"data"`
	}
	if err := json.Unmarshal(raw, &outer); err != nil {
		return refuse(name, event.CodeMalformed, "is not a self-describing event")
	}
	schema := schemaName(outer.Data.Schema)
	if schema == "" {
		return refuse(name+".data.schema", event.CodeInvalid, "is not the address of a schema: iglu:vendor/name/format/version")
	}
	// The values stay as they are written: an amount must not pass through a float.
	properties := map[string]json.RawMessage{}
	if len(outer.Data.Data) > 0 {
		if err := json.Unmarshal(outer.Data.Data, &properties); err != nil || properties == nil {
			return refuse(name+".data.data", event.CodeWrongType, "must be an object")
		}
	}
	c.Type, c.Event, c.Properties = event.TypeTrack, eventName(schema), map[string]any{}
	for k, v := range properties {
		c.Properties[k] = v
	}
	if schema == "transaction" || schema == "snowplow_ecommerce_action" && string(properties["type"]) == `"transaction"` {
		return c.order(p)
	}
	return nil
}

func eventName(schema string) string {
	switch schema {
	case "link_click":
		return "Link Clicked"
	case "submit_form":
		return "Form Submitted"
	case "page_ping":
		return EventPing
	case "site_search":
		return "Products Searched"
	}
	return schema
}

// order takes an e-commerce transaction's total from the entity beside it.
func (c *call) order(p params) *event.Error {
	c.Event = EventOrder
	raw, name, bad := encoded(p, "cx", "co")
	if bad != nil || len(raw) == 0 {
		return bad
	}
	var list struct {
		Data []selfDescribed `json:"data"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return refuse(name, event.CodeMalformed, "is not a list of contexts")
	}
	for _, entity := range list.Data {
		if schemaName(entity.Schema) != "transaction" {
			continue
		}
		var t struct {
			ID       json.RawMessage `json:"transaction_id"`
			Revenue  json.RawMessage `json:"revenue"`
			Currency string          `json:"currency"`
		}
		if err := json.Unmarshal(entity.Data, &t); err != nil {
			return refuse(name, event.CodeMalformed, "has a transaction that is not an object")
		}
		c.Properties = texts("currency", t.Currency)
		if len(t.ID) > 0 {
			c.Properties["order_id"] = t.ID
		}
		if len(t.Revenue) > 0 {
			c.Properties["revenue"] = t.Revenue // as written: no float comes between
		}
	}
	return nil
}

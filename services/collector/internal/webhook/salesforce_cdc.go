package webhook

import (
	"encoding/json"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// changeEvents translates Change Data Capture events as JSON, one or several, as relays from the event bus send them: plain, or inside the "data" of a
// streaming message.
func (b *batch) changeEvents(body []byte) error {
	raws, objects, err := parseObjects(body)
	if err != nil {
		return err
	}
	for i, o := range objects {
		payload := o.object("payload")
		if payload == nil {
			payload = o.object("data").object("payload")
		}
		header := payload.object("ChangeEventHeader")
		if header == nil {
			b.refuse(raws[i], "payload.ChangeEventHeader", event.CodeMissing, "is needed")
			continue
		}
		b.changeEvent(raws[i], payload, header)
	}
	return nil
}

// changeEvent translates one event. The same change of several records within a second is one event for all of them.
func (b *batch) changeEvent(raw []byte, payload, header object) {
	change, ids := header.text("changeType"), header.texts("recordIds")
	if strings.HasPrefix(change, "GAP_") {
		b.refuse(raw, "payload.ChangeEventHeader.changeType", CodeGap, "changes happened that the event does not describe; read the records from the CRM")
		return
	}
	occurred, ok := header.millis("commitTimestamp")
	key := header.text("transactionKey")
	switch {
	case !ok:
		b.refuse(raw, "payload.ChangeEventHeader.commitTimestamp", event.CodeInvalid, "is not a time in milliseconds since 1970")
		return
	case key == "" || len(ids) == 0:
		b.refuse(raw, "payload.ChangeEventHeader.recordIds", event.CodeMissing, "transactionKey and recordIds are needed")
		return
	}
	fields, cleared := changedFields(payload, header)
	switch change {
	case "CREATE", "UPDATE", "UNDELETE", "SNAPSHOT":
	case "DELETE":
		fields["IsDeleted"] = "true"
	default:
		b.refuse(raw, "payload.ChangeEventHeader.changeType", event.CodeInvalid, "is not a change that is known")
		return
	}
	for _, id := range ids {
		b.salesforce(&sfObject{
			raw: raw, event: strings.Join([]string{key, header.text("sequenceNumber"), id}, ":"), entity: header.text("entityName"), id: id,
			fields: fields, cleared: cleared, occurredAt: occurred, isNew: change == "CREATE" || change == "UNDELETE",
			isChange: true, isUndeleted: change == "UNDELETE",
		})
	}
}

// changedFields are the payload's fields with a value, and those that were emptied: in nulledFields, or null although listed as changed.
func changedFields(payload, header object) (fields map[string]string, cleared map[string]bool) {
	fields, cleared = map[string]string{}, map[string]bool{}
	for name, raw := range payload {
		if value := scalar(raw); value != "" {
			fields[name] = sfTime(name, raw, value)
		}
	}
	for _, list := range []string{"nulledFields", "changedFields"} {
		for _, name := range header.texts(list) {
			cleared[name] = fields[name] == ""
		}
	}
	return fields, cleared
}

// sfTime is a time of the event bus, which may be a number of milliseconds, as ISO 8601. Other fields stay as they are.
func sfTime(name string, raw json.RawMessage, value string) string {
	if !strings.HasSuffix(name, "Date") || len(raw) == 0 || raw[0] == '"' {
		return value
	}
	if iso, ok := millis(value); ok {
		return iso
	}
	return value
}

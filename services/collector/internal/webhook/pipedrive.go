package webhook

import (
	"encoding/json"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// pipedriveEvent is one delivery: Pipedrive sends the whole object each time, and one event a delivery.
type pipedriveEvent struct {
	raw            []byte
	meta           object
	data, previous object
	// about is the object's id.
	about string
	base  record
}

func (s *Source) decodePipedrive(body []byte) (Batch, error) {
	raws, objects, err := parseObjects(body)
	if err != nil {
		return Batch{}, err
	}
	b := &batch{source: s}
	for i, o := range objects {
		if o == nil {
			b.refuse(raws[i], "", event.CodeWrongType, "an event must be a JSON object")
			continue
		}
		e := &pipedriveEvent{raw: raws[i], meta: o.object("meta"), data: o.object("data"), previous: o.object("previous")}
		e.pipedrive(b)
	}
	return b.Batch, nil
}

func (e *pipedriveEvent) pipedrive(b *batch) {
	entity, action := e.meta.text("entity"), e.meta.text("action")
	e.about = first(e.meta.text("entity_id"), e.data.text("id"), e.previous.text("id"))
	switch {
	case entity == "" || action == "":
		b.refuse(e.raw, "meta", event.CodeMissing, "meta.entity and meta.action are needed: webhooks of version 2.0")
		return
	case e.about == "":
		b.refuse(e.raw, "meta.entity_id", event.CodeMissing, "is needed")
		return
	case entity != "deal" && entity != "person" && entity != "lead" && entity != "organization":
		b.Ignored++
		return
	}
	stamp := e.meta.text("timestamp")
	id := e.meta.text("id")
	if strings.Count(id, "-") != 4 { // older samples have the object's id there
		id = strings.Join([]string{e.meta.text("webhook_id"), entity, e.about, action, stamp}, ":")
	}
	e.base = record{ID: id, OccurredAt: pipedriveTime(first(stamp, e.data.text("update_time")))}
	switch {
	case action == "delete":
		e.deleted(b, entity)
	case action != "create" && action != "change":
		b.Ignored++
	case entity == "deal":
		e.deal(b)
	case entity == "person":
		e.person(b)
	case entity == "organization":
		e.organization(b)
	default:
		e.lead(b)
	}
}

// deleted is also one half of a merge: the other is a change of the object that stays.
func (e *pipedriveEvent) deleted(b *batch, entity string) {
	r := e.base
	r.MergedInto = first(e.meta.text("merged_to_id"), e.data.text("merged_to_id"), e.previous.text("merged_to_id"),
		e.data.text("merge_what_id"), e.previous.text("merge_what_id"))
	r.IsDeleted = r.MergedInto == "" || r.MergedInto == e.about
	if r.IsDeleted {
		r.MergedInto = ""
	}
	switch entity {
	case "deal":
		r.Type, r.OpportunityID = event.TypeStage, e.about
	case "person":
		r.Type, r.ContactID = event.TypeContact, e.about
	case "organization":
		r.Type, r.AccountID = event.TypeAccount, e.about
	default:
		b.Ignored++ // the person of a lead stays
		return
	}
	b.add(e.raw, r)
}

func (e *pipedriveEvent) deal(b *batch) {
	r, status := e.base, e.data.text("status")
	r.Type, r.OpportunityID = event.TypeStage, e.about
	r.Pipeline, r.SourceStage = e.data.text("pipeline_id"), e.data.text("stage_id")
	// A deal that is won or lost stays in the stage it was in; its end is a status.
	r.Stage = r.SourceStage
	won, closed := status == "won", status == "won" || status == "lost"
	switch {
	case closed:
		r.Stage, r.SourceStage = status, status
		fallthrough
	case status == "open":
		r.IsWon, r.IsClosed = &won, &closed
	}
	r.IsDeleted = status == "deleted" || e.data.is("is_deleted")
	r.Amount, r.Currency = e.data.text("value"), e.data.text("currency")
	if r.Amount == "" {
		r.Currency = ""
	}
	r.AccountID = pipedriveID(e.data["org_id"])
	if person := pipedriveID(e.data["person_id"]); person != "" {
		r.ContactIDs = []string{person}
	}
	r.CreatedAt = pipedriveTime(e.data.text("add_time"))
	r.Probability = percent(e.data.text("probability"))
	b.add(e.raw, r)
}

func (e *pipedriveEvent) person(b *batch) {
	r := e.base
	r.Type, r.ContactID, r.AccountID = event.TypeContact, e.about, pipedriveID(e.data["org_id"])
	for _, name := range []string{"emails", "email"} {
		if r.Email == "" {
			r.Email = primaryEmail(e.data[name])
		}
	}
	b.add(e.raw, r)
}

// lead makes a lead of the person it is about; one that is about an organization only says nothing of anybody.
func (e *pipedriveEvent) lead(b *batch) {
	r := e.base
	r.Type, r.ContactID = event.TypeContact, pipedriveID(e.data["person_id"])
	r.AccountID = pipedriveID(e.data["organization_id"])
	if r.ContactID == "" || e.meta.text("action") != "create" {
		b.Ignored++
		return
	}
	r.LeadCreatedAt = first(pipedriveTime(e.data.text("add_time")), r.OccurredAt)
	b.add(e.raw, r)
}

// pipedriveID is a reference, which is a number or an object with one.
func pipedriveID(raw json.RawMessage) string {
	if s := scalar(raw); s != "" && s != "0" {
		return s
	}
	o, _ := parseObject(raw)
	return first(o.text("value"), o.text("id"))
}

// pipedriveField is a field as text: a value, or an object with one, as the fields of a company's own are.
func pipedriveField(raw json.RawMessage) string {
	o, _ := parseObject(raw)
	return first(scalar(raw), o.text("value"), o.text("label"), o.text("id"))
}

// primaryEmail is the address marked so, else the first.
func primaryEmail(raw json.RawMessage) string {
	if s := scalar(raw); s != "" {
		return s
	}
	var list []object
	if json.Unmarshal(raw, &list) != nil {
		return ""
	}
	address := ""
	for _, o := range list {
		if v := o.text("value"); v != "" && (address == "" || o.is("primary")) {
			address = v
		}
	}
	return address
}

// pipedriveTime is a time as it is written: ISO 8601, or a number of seconds or milliseconds since 1970.
func pipedriveTime(text string) string {
	if strings.Trim(text, "0123456789") != "" || text == "" {
		return text
	}
	if len(text) <= 10 {
		text += "000"
	}
	iso, _ := millis(text)
	return iso
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

package webhook

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// hubspotObject translates what a workflow's webhook sends: a contact, deal or company whole, each property with its value and, for most, all it had before. Of a deal its whole history
// comes with it, for each value its own record; sent again, by whichever workflow, they have the same ids.
func (b *batch) hubspotObject(raw []byte, o object) {
	kind, id := hubspotKind(o)
	if kind == "" || id == "" {
		b.refuse(raw, "objectId", event.CodeMissing, "the object's kind and id are needed: vid, dealId, companyId, or objectId with objectTypeId")
		return
	}
	w := &workflowObject{batch: b, raw: raw, o: o, kind: kind, id: id, properties: o.object("properties")}
	switch kind {
	case kindContact:
		w.contact()
	case kindCompany:
		w.company()
	default:
		w.deal()
	}
}

// hubspotKind is what an object is: the older forms have an id of its own name, the newer ones a type.
func hubspotKind(o object) (kind, id string) {
	switch {
	case o.text("dealId") != "":
		return kindDeal, o.text("dealId")
	case first(o.text("vid"), o.text("canonical-vid")) != "":
		return kindContact, first(o.text("canonical-vid"), o.text("vid"))
	case o.text("companyId") != "":
		return kindCompany, o.text("companyId")
	}
	kind = first(hubspotTypes(o.text("objectTypeId")), strings.ToLower(strings.TrimSuffix(o.text("objectType"), "S")))
	if kind == "companie" {
		kind = kindCompany
	}
	if kind != kindDeal && kind != kindContact && kind != kindCompany {
		kind = ""
	}
	return kind, first(o.text("objectId"), o.text("id"), o.object("properties").text("hs_object_id"))
}

type workflowObject struct {
	*batch

	raw        []byte
	o          object
	kind, id   string
	properties object
}

// version is a value that a property has, or had.
type version struct{ value, at string }

// versions are a property's values, the latest first; those without a time count from the object's own.
func (w *workflowObject) versions(name string) []version {
	raw := w.properties[name]
	if text := scalar(raw); text != "" {
		return []version{{text, w.changed()}}
	}
	p, _ := parseObject(raw)
	var list []json.RawMessage
	_ = json.Unmarshal(p["versions"], &list) // an object without them has its value only
	var out []version
	for _, v := range append([]json.RawMessage{raw}, list...) {
		o, _ := parseObject(v)
		at, ok := o.millis("timestamp")
		if !ok {
			at = w.changed()
		}
		one := version{o.text("value"), at}
		if (one.value != "" || ok) && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func (w *workflowObject) latest(name string) string {
	if all := w.versions(name); len(all) > 0 {
		return all[0].value
	}
	return ""
}

// changed is when the object was last changed, empty when it does not say.
func (w *workflowObject) changed() string {
	for _, name := range []string{"hs_lastmodifieddate", "lastmodifieddate"} {
		p, _ := parseObject(w.properties[name])
		text := first(scalar(w.properties[name]), p.text("value"))
		if at, ok := millis(text); ok {
			return at
		}
		if text != "" {
			return text
		}
	}
	return ""
}

// put adds a record whose id is made of the object, the property and its time, as those of HubSpot's events are.
func (w *workflowObject) put(property string, v version, set func(r *record)) {
	value := v.value
	if property == "email" { // an address is kept nowhere, in an id neither
		value = rowID([]byte(value))
	}
	id := strings.Join([]string{"workflow", w.o.text("portalId"), w.kind, w.id, property, value, v.at}, ":")
	r := recordOf(hubspotRecord(w.kind), w.id, id, v.at)
	if set(&r); r.saysNothing() {
		w.Ignored++
		return
	}
	w.add(w.raw, r)
}

func (w *workflowObject) deal() {
	amount := w.source.AmountProperty
	if amount == "" {
		amount = "amount"
	}
	if given, want := w.latest("deal_currency_code"), w.source.currency(); amount == "amount" && given != "" && !strings.EqualFold(given, want) {
		w.refuse(w.raw, "properties.deal_currency_code", CodeCurrency, "the deal's currency is not "+want+", which this source's amounts are taken for: set amount_property to amount_in_home_currency")
		return
	}
	for _, v := range w.versions("pipeline") {
		w.put("pipeline", v, func(r *record) { r.Pipeline = v.value })
	}
	for _, v := range w.versions("dealstage") {
		w.put("dealstage", v, func(r *record) { r.Stage = v.value })
	}
	for _, v := range w.versions(amount) {
		w.put(amount, v, func(r *record) {
			if r.Amount = v.value; v.value == "" {
				r.Amount = "0"
			}
		})
	}
	if versions := w.versions("hs_deal_stage_probability"); len(versions) > 0 {
		if _, ok := event.ParseProbability(versions[0].value); ok {
			w.put("hs_deal_stage_probability", versions[0], func(r *record) {
				r.Probability, r.OccurredAt = versions[0].value, strings.Replace(r.OccurredAt, "Z", "001Z", 1)
			})
		}
	}
	if created, ok := millis(w.latest("createdate")); ok {
		w.put("createdate", version{created, created}, func(r *record) { r.CreatedAt = created })
	}
	a := w.o.object("associations")
	for _, id := range a.texts("associatedVids") {
		w.put("contact", version{id, w.changed()}, func(r *record) { r.AddContacts = []string{id} })
	}
	if companies := a.texts("associatedCompanyIds"); len(companies) > 0 {
		w.put("company", version{companies[0], w.changed()}, func(r *record) { r.AccountID = companies[0] })
	}
	if w.o.is("isDeleted") {
		w.put("deleted", version{"true", w.changed()}, func(r *record) { r.IsDeleted = true })
	}
}

func (w *workflowObject) contact() {
	for _, v := range w.versions("email") {
		if v.value != "" {
			w.put("email", v, func(r *record) { r.Email = v.value })
		}
	}
	company := w.o.object("associated-company").text("company-id")
	for _, v := range w.versions("associatedcompanyid") {
		if v.value != "" {
			company = ""
			w.put("associatedcompanyid", v, func(r *record) { r.AccountID = v.value })
		}
	}
	if company != "" {
		w.put("associatedcompanyid", version{company, w.changed()}, func(r *record) { r.AccountID = company })
	}
	for _, v := range w.versions("lifecyclestage") {
		if slices.Contains(w.source.leadStages(), v.value) {
			w.put("lifecyclestage", v, func(r *record) { r.LeadCreatedAt = v.at })
		}
	}
}

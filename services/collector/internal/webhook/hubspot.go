package webhook

import (
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// kinds of CRM object, whatever a CRM calls them.
const (
	kindDeal    = "deal"
	kindContact = "contact"
	kindCompany = "company"
)

// hubspotTypes are the object types of the generic subscriptions ("object.propertyChange").
func hubspotTypes(id string) string {
	switch id {
	case "0-3":
		return kindDeal
	case "0-1":
		return kindContact
	case "0-2":
		return kindCompany
	}
	return ""
}

// hubspotEvent is one event of a delivery.
type hubspotEvent struct {
	object

	raw            []byte
	kind, action   string
	id, occurredAt string
	property       string
}

func (s *Source) decodeHubSpot(body []byte) (Batch, error) {
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
		e := hubspotEvent{object: o, raw: raws[i], property: o.text("propertyName")}
		if o["subscriptionType"] == nil && o.object("properties") != nil {
			b.hubspotObject(raws[i], o)
			continue
		}
		e.kind, e.action, _ = strings.Cut(o.text("subscriptionType"), ".")
		if e.kind == "object" {
			e.kind = hubspotTypes(o.text("objectTypeId"))
		}
		if e.action == "" {
			b.refuse(raws[i], "subscriptionType", event.CodeMissing, "is needed, as in deal.propertyChange")
			continue
		}
		if e.kind != kindDeal && e.kind != kindContact && e.kind != kindCompany {
			b.Ignored++
			continue
		}
		e.hubspot(b)
	}
	return b.Batch, nil
}

// hubspot translates one event about a deal, contact or company.
func (e *hubspotEvent) hubspot(b *batch) {
	var ok bool
	if e.occurredAt, ok = e.millis("occurredAt"); !ok {
		b.refuse(e.raw, "occurredAt", event.CodeInvalid, "is not a time in milliseconds since 1970")
		return
	}
	about := e.text("objectId")
	e.id = strings.Join([]string{e.text("portalId"), e.text("subscriptionId"), about, e.property, e.text("occurredAt")}, ":")
	switch e.action {
	case "associationChange":
		e.association(b)
		return
	case "merge":
		e.merge(b)
		return
	}
	if about == "" {
		b.refuse(e.raw, "objectId", event.CodeMissing, "is needed")
		return
	}
	switch e.kind {
	case kindDeal:
		e.deal(b, about)
	case kindContact:
		e.contact(b, about)
	default:
		e.company(b, about)
	}
}

func (e *hubspotEvent) record(t event.Type, about string) record {
	return recordOf(t, about, e.id, e.occurredAt)
}

func (e *hubspotEvent) deal(b *batch, about string) {
	r := e.record(event.TypeStage, about)
	switch e.action {
	case "creation":
		r.CreatedAt = e.occurredAt
	case "deletion":
		r.IsDeleted = true
	case "restore": // the latest record decides whether there is such a deal: one that says nothing says that there is
	case "propertyChange":
		if !e.dealProperty(b, &r) {
			return
		}
	default:
		b.Ignored++
		return
	}
	b.add(e.raw, r)
}

// dealProperty sets the one property that changed; it reports false when there is nothing to add.
func (e *hubspotEvent) dealProperty(b *batch, r *record) bool {
	value := e.text("propertyValue")
	amount := b.source.AmountProperty
	if amount == "" {
		amount = "amount"
	}
	switch e.property {
	case amount:
		// An amount that was cleared is no longer what was said before; the canonical record has no other word for it than none.
		if r.Amount = value; value == "" {
			r.Amount = "0"
		}
	case "dealstage":
		r.Stage = value
	case "pipeline":
		r.Pipeline = value
	case "createdate":
		r.CreatedAt, _ = millis(value)
	case "hs_is_closed_won":
		// HubSpot computes it from the stage, in the same millisecond: it has to come after the record of the stage, whichever arrives first.
		// "false" says nothing that the stage does not.
		if value == "true" {
			r.IsWon, r.OccurredAt = new(true), strings.Replace(r.OccurredAt, "Z", "001Z", 1)
		}
	case "hs_deal_stage_probability":
		// Computed from the stage too, or set by hand: what it says stands over what the stage map says of the stage.
		if _, ok := event.ParseProbability(value); ok {
			r.Probability, r.OccurredAt = value, strings.Replace(r.OccurredAt, "Z", "001Z", 1)
		}
	case "deal_currency_code":
		if want := b.source.currency(); amount == "amount" && value != "" && !strings.EqualFold(value, want) {
			b.refuse(e.raw, "propertyValue", CodeCurrency, "the deal's currency is not "+want+", which this source's amounts are taken for: set amount_property to amount_in_home_currency")
			return false
		}
	}
	if r.saysNothing() {
		b.Ignored++
		return false
	}
	return true
}

// currency is what amounts without one are taken for.
func (s *Source) currency() string {
	if s.Currency != "" || s.Workspace == nil {
		return s.Currency
	}
	return s.Workspace.Currency
}

func (e *hubspotEvent) contact(b *batch, about string) {
	r := e.record(event.TypeContact, about)
	switch e.action {
	case "creation", "restore":
	case "deletion":
		r.IsDeleted = true
	case "privacyDeletion":
		erase := e.record(event.TypeErase, about)
		erase.ID += ":erase"
		b.add(e.raw, erase)
		r.IsDeleted = true
	case "propertyChange":
		value := e.text("propertyValue")
		switch e.property {
		case "email":
			r.Email = value
		case "associatedcompanyid":
			r.AccountID = value
		case "lifecyclestage":
			if slices.Contains(b.source.leadStages(), value) {
				r.LeadCreatedAt = e.occurredAt
			}
		}
		if r.saysNothing() {
			b.Ignored++
			return
		}
	default:
		b.Ignored++
		return
	}
	b.add(e.raw, r)
}

func (s *Source) leadStages() []string {
	if len(s.LeadStages) == 0 {
		return []string{"lead"}
	}
	return s.LeadStages
}

// merge says of every object that went into another one where it is now. Newer merges make a new object, into which the primary one goes as well.
func (e *hubspotEvent) merge(b *batch) {
	into, merged := e.text("primaryObjectId"), e.texts("mergedObjectIds")
	if next := e.text("newObjectId"); next != "" && next != "0" {
		merged, into = append(merged, into), next
	}
	if into == "" || len(merged) == 0 {
		b.refuse(e.raw, "mergedObjectIds", event.CodeMissing, "primaryObjectId and mergedObjectIds are needed")
		return
	}
	t := hubspotRecord(e.kind)
	for i, id := range merged {
		if id == "" || id == into || slices.Contains(merged[:i], id) {
			continue
		}
		r := e.record(t, id)
		r.ID, r.MergedInto = e.id+":"+id, into
		b.add(e.raw, r)
	}
}

// association says who belongs to whom: people to a deal, a deal or a contact to its company.
func (e *hubspotEvent) association(b *batch) {
	from, to := e.text("fromObjectId"), e.text("toObjectId")
	if from == "" || to == "" {
		b.refuse(e.raw, "fromObjectId", event.CodeMissing, "fromObjectId and toObjectId are needed")
		return
	}
	removed := e.is("associationRemoved")
	// Secondary companies are no owner. Without the field there is one company only.
	primary := e.text("isPrimaryAssociation") != "false"
	e.id += ":" + e.text("associationType") + ":" + from + ":" + to
	var r record
	switch strings.ToUpper(e.text("associationType")) {
	case "CONTACT_TO_DEAL":
		from, to = to, from
		fallthrough
	case "DEAL_TO_CONTACT":
		r = e.record(event.TypeStage, from)
		if removed {
			r.RemoveContacts = []string{to}
		} else {
			r.AddContacts = []string{to}
		}
		b.add(e.raw, r)
		return
	case "COMPANY_TO_DEAL":
		from, to = to, from
		fallthrough
	case "DEAL_TO_COMPANY":
		r = e.record(event.TypeStage, from)
	case "COMPANY_TO_CONTACT":
		from, to = to, from
		fallthrough
	case "CONTACT_TO_COMPANY":
		r = e.record(event.TypeContact, from)
	}
	if r.Type == "" || removed || !primary {
		b.Ignored++ // a company that is taken away is replaced by the next one that is named
		return
	}
	r.AccountID = to
	b.add(e.raw, r)
}

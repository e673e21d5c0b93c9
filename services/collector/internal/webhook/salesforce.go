package webhook

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/offline"
)

// sfObject is what a delivery says about one record of Salesforce, whichever way it came.
type sfObject struct {
	raw []byte
	// event identifies the delivery of this record.
	event string
	// entity is the object's type: Opportunity, Contact ...
	entity, id string
	// fields are the record's, those with a value; cleared are those that have none any more.
	fields  map[string]string
	cleared map[string]bool
	// occurredAt is ISO 8601, empty when the delivery does not say.
	occurredAt string
	isNew      bool
	// isChange: a change event told of it; isUndeleted: that the record is back from the bin.
	isChange, isUndeleted bool
}

func (s *Source) decodeSalesforce(body []byte) (Batch, error) {
	b := &batch{source: s}
	var err error
	if trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))); len(trimmed) > 0 && trimmed[0] == '<' {
		err = b.outboundMessage(trimmed)
	} else {
		err = b.changeEvents(body)
	}
	return b.Batch, err
}

// allows tells whether an organization may send. Its id has 15 characters, and three more that only repeat how they are written.
func (s *Source) allows(organization string) bool {
	short := func(id string) string { return id[:min(len(id), 15)] }
	return len(s.Organizations) == 0 || slices.ContainsFunc(s.Organizations, func(o string) bool { return short(o) == short(organization) })
}

// longID is the long form of a record's id. Reports have the short one, of 15 letters in which case counts; what the long one adds is which of them are capitals, five
// letters to a sign.
func longID(id string) string {
	if len(id) != 15 || !isSalesforceID(id) {
		return id
	}
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	suffix := make([]byte, 0, 3)
	for five := 0; five < len(id); five += 5 {
		bits := 0
		for i := range 5 {
			if c := id[five+i]; c >= 'A' && c <= 'Z' {
				bits |= 1 << i
			}
		}
		suffix = append(suffix, signs[bits])
	}
	return id + string(suffix)
}

// salesforce translates one record.
func (b *batch) salesforce(o *sfObject) {
	if o.id == "" || strings.Contains(o.id, "*") {
		b.refuse(o.raw, "Id", event.CodeMissing, "the record's id is needed; one with a wildcard names none")
		return
	}
	switch o.entity {
	case "Opportunity":
		b.opportunity(o)
	case "Contact", "Lead":
		b.person(o)
	case "Account":
		b.salesforceAccount(o)
	case "OpportunityContactRole":
		b.role(o)
	case "CampaignMember":
		b.member(o)
	default:
		b.Ignored++
	}
}

func (o *sfObject) record(t event.Type) record {
	r := recordOf(t, o.id, o.event, o.occurredAt)
	r.IsDeleted = o.fields["IsDeleted"] == "true"
	return r
}

func (b *batch) opportunity(o *sfObject) {
	r := o.record(event.TypeStage)
	r.AccountID, r.Stage, r.CreatedAt = o.fields["AccountId"], o.fields["StageName"], o.fields["CreatedDate"]
	if r.Amount = o.fields["Amount"]; r.Amount == "" && o.cleared["Amount"] {
		r.Amount = "0"
	}
	if r.Amount != "" {
		r.Currency = o.fields["CurrencyIsoCode"]
	}
	won, closed := o.fields["IsWon"], o.fields["IsClosed"]
	isWon, isClosed := won == "true", won == "true" || closed == "true"
	// One of the two alone says only half: closed how, or not won but open? The stage then decides.
	if won != "" && closed != "" || isWon || closed == "false" {
		r.IsWon, r.IsClosed = &isWon, &isClosed
	}
	r.Probability = percent(o.fields["Probability"])
	if r.saysNothing() && !o.isNew {
		b.Ignored++
		return
	}
	b.add(o.raw, r)
}

// person translates contacts and leads. A lead that is converted is the contact that it became.
func (b *batch) person(o *sfObject) {
	r := o.record(event.TypeContact)
	r.Email, r.AccountID = o.fields["Email"], o.fields["AccountId"]
	r.MergedInto = o.fields["MasterRecordId"]
	if o.entity == "Lead" {
		r.AccountID = o.fields["ConvertedAccountId"]
		r.MergedInto = first(r.MergedInto, o.fields["ConvertedContactId"])
		if r.LeadCreatedAt = o.fields["CreatedDate"]; r.LeadCreatedAt == "" && o.isNew {
			r.LeadCreatedAt = o.occurredAt
		}
	}
	if r.MergedInto != "" {
		r.IsDeleted = false
	}
	if r.saysNothing() && !o.isNew {
		b.Ignored++
		return
	}
	b.add(o.raw, r)
	if deal, contact := o.fields["ConvertedOpportunityId"], o.fields["ConvertedContactId"]; deal != "" && contact != "" {
		b.add(o.raw, record{
			Type: event.TypeStage, ID: o.event + ":converted", OccurredAt: o.occurredAt, OpportunityID: deal,
			AccountID: o.fields["ConvertedAccountId"], AddContacts: []string{contact},
		})
	}
}

// role says that a contact has to do with an opportunity. Its deletion in a change event names neither.
func (b *batch) role(o *sfObject) {
	deal, contact := o.fields["OpportunityId"], o.fields["ContactId"]
	if deal == "" || contact == "" {
		b.Ignored++
		return
	}
	r := record{Type: event.TypeStage, ID: o.event, OccurredAt: o.occurredAt, OpportunityID: deal}
	if o.fields["IsDeleted"] == "true" {
		r.RemoveContacts = []string{contact}
	} else {
		r.AddContacts = []string{contact}
	}
	b.add(o.raw, r)
}

// member makes a touch of a campaign's member who responded. Whatever tells of it, a message or a file, its id is the member's: it counts once.
func (b *batch) member(o *sfObject) {
	person, campaign := first(o.fields["ContactId"], o.fields["LeadId"]), o.fields["CampaignId"]
	responded, said := o.fields["FirstRespondedDate"], o.fields["HasResponded"]
	switch {
	case o.fields["IsDeleted"] == "true", said == "false", responded == "" && said == "" && !offline.TookPart(o.fields["Status"]):
		b.Ignored++
		return
	case person == "" || campaign == "":
		// A change event names what changed, and not whose membership it is.
		b.refuse(o.raw, "ContactId", event.CodeMissing, "CampaignId and ContactId or LeadId are needed: send the membership whole, or as a file")
		return
	}
	r := record{
		Type: event.TypeTouch, ID: "member:" + o.id, OccurredAt: first(responded, o.fields["CreatedDate"], o.occurredAt), ContactID: person, CampaignID: campaign,
		Campaign: first(o.fields["Campaign.Name"], o.fields["CampaignName"], o.fields["Name"], campaign), Content: o.fields["Status"], Source: string(Salesforce),
	}
	var ok bool
	if r.Medium, r.Channel, ok = offline.Kind(first(o.fields["Campaign.Type"], o.fields["CampaignType"], o.fields["Type"])); !ok {
		r.Medium, r.Channel, _ = offline.Kind("campaign member")
	}
	b.add(o.raw, r)
}

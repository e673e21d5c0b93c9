package webhook

import (
	"maps"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// Accounts come from companies (HubSpot), accounts (Salesforce) and organizations (Pipedrive). Of what they say counts where they were merged to, the company's
// domain, and the attributes that the workspace's rules ask for; deals and people say themselves whose they are.

// recordOf is a record about one object that says nothing yet.
func recordOf(t event.Type, about, id, occurredAt string) record {
	r := record{Type: t, ID: id, OccurredAt: occurredAt}
	switch t {
	case event.TypeStage:
		r.OpportunityID = about
	case event.TypeAccount:
		r.AccountID = about
	default:
		r.ContactID = about
	}
	return r
}

// wants tells whether an account's attribute is one that rules ask for.
func (s *Source) wants(name string) bool {
	return s.Workspace != nil && slices.Contains(s.Workspace.Attributes.Account, name)
}

// domain sets the account's domain from a host or address. What is none, or one of free mail, is left out: CRMs take any text there, and the rest of the
// record still holds.
func (r *record) domain(s *Source, text string) {
	if s.Workspace == nil {
		r.Domain = text
		return
	}
	r.Domain, _ = s.Workspace.FreeMail.CompanyDomain(text)
}

// attribute sets an attribute; an empty value withdraws it.
func (r *record) attribute(name, value string) {
	if r.Attributes == nil {
		r.Attributes = map[string]any{}
	}
	if r.Attributes[name] = value; value == "" {
		r.Attributes[name] = nil
	}
}

// hubspotRecord is the type of the records about a kind of object.
func hubspotRecord(kind string) event.Type {
	switch kind {
	case kindDeal:
		return event.TypeStage
	case kindCompany:
		return event.TypeAccount
	}
	return event.TypeContact
}

func (e *hubspotEvent) company(b *batch, about string) {
	r := e.record(event.TypeAccount, about)
	switch e.action {
	case "restore":
		b.add(e.raw, r) // there is such a company again, and it is no longer part of another
		return
	case "deletion":
		r.IsDeleted = true
	case "propertyChange":
		b.source.companyProperty(&r, e.property, e.text("propertyValue"))
	}
	if r.saysNothing() {
		b.Ignored++
		return
	}
	b.add(e.raw, r)
}

// companyProperty sets what a property of HubSpot's says.
func (s *Source) companyProperty(r *record, name, value string) {
	if name == "domain" {
		r.domain(s, value)
	}
	if s.wants(name) {
		r.attribute(name, value)
	}
}

// company translates a company that a workflow sends. What was merged into it is one of its properties.
func (w *workflowObject) company() {
	for _, name := range slices.Sorted(maps.Keys(w.properties)) {
		if name != "domain" && !w.source.wants(name) {
			continue
		}
		for _, v := range w.versions(name) {
			w.put(name, v, func(r *record) { w.source.companyProperty(r, name, v.value) })
		}
	}
	for _, v := range w.versions("hs_merged_object_ids") {
		for id := range strings.SplitSeq(v.value, ";") {
			if id = strings.TrimSpace(id); id == "" || id == w.id {
				continue
			}
			r := recordOf(event.TypeAccount, id, strings.Join([]string{"workflow", w.o.text("portalId"), kindCompany, id, "merged", w.id, v.at}, ":"), v.at)
			r.MergedInto = w.id
			w.add(w.raw, r)
		}
	}
}

// salesforceAccount translates an account. A change event of a deletion may be one half of a merge, of which Salesforce does not say so there: people and deals
// that belonged to it come anew with their new account, and a deletion would take back what a message or file says of the merge. So it is left out.
func (b *batch) salesforceAccount(o *sfObject) {
	r := o.record(event.TypeAccount)
	r.MergedInto = o.fields["MasterRecordId"]
	if r.MergedInto != "" || o.isChange {
		r.IsDeleted = false
	}
	r.domain(b.source, o.fields["Website"])
	for name, value := range o.fields {
		if b.source.wants(name) {
			r.attribute(name, value)
		}
	}
	for name, empty := range o.cleared {
		if empty && b.source.wants(name) {
			r.attribute(name, "")
		}
	}
	if r.saysNothing() && !o.isUndeleted {
		b.Ignored++
		return
	}
	b.add(o.raw, r)
}

// nameAttributes takes the columns of a file of accounts that rules ask for.
func (s *Source) nameAttributes(t *csvTable) {
	for i, cell := range t.sheet.Rows[t.row].Cells {
		if i < len(t.fields) && t.fields[i] == "" && s.wants(cell) {
			t.fields[i] = cell
		}
	}
}

// organization translates an organization of Pipedrive's, which comes whole. Fields of a company's own are in an object of their own, by their keys.
func (e *pipedriveEvent) organization(b *batch) {
	r := e.base
	r.Type, r.AccountID = event.TypeAccount, e.about
	r.IsDeleted = e.data.is("is_deleted")
	r.domain(b.source, e.data.text("website"))
	own := e.data.object("custom_fields")
	if b.source.Workspace != nil {
		for _, name := range b.source.Workspace.Attributes.Account {
			raw, ok := e.data[name]
			if field, isOwn := own[name]; isOwn {
				raw, ok = field, true
			}
			if ok {
				r.attribute(name, pipedriveField(raw))
			}
		}
	}
	_, restored := e.previous["is_deleted"]
	if _, active := e.previous["active_flag"]; r.saysNothing() && !restored && !active {
		b.Ignored++
		return
	}
	b.add(e.raw, r)
}

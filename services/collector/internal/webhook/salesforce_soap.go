package webhook

import (
	"encoding/xml"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// ackSOAP says that all notifications of an outbound message were taken. Anything else makes Salesforce send the message again for a day.
const ackSOAP = `<?xml version="1.0" encoding="UTF-8"?>` +
	`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
	`<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>` +
	`</soapenv:Body></soapenv:Envelope>`

// soapEnvelope is an outbound message. Elements are known by their local names: prefixes differ, names do not.
type soapEnvelope struct {
	XMLName xml.Name `xml:"Envelope"`
	Body    struct {
		Message *struct {
			OrganizationID string             `xml:"OrganizationId"`
			Notifications  []soapNotification `xml:"Notification"`
		} `xml:"notifications"`
	} `xml:"Body"`
}

type soapNotification struct {
	ID     string `xml:"Id"`
	Object struct {
		Type   string      `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Fields []soapField `xml:",any"`
	} `xml:"sObject"`
	Raw []byte `xml:",innerxml"`
}

type soapField struct {
	XMLName xml.Name
	Nil     bool   `xml:"http://www.w3.org/2001/XMLSchema-instance nil,attr"`
	Value   string `xml:",chardata"`
}

// outboundMessage translates an outbound message. encoding/xml resolves no external entities and expands none of the document's own.
func (b *batch) outboundMessage(body []byte) error {
	var env soapEnvelope
	if err := xml.Unmarshal(body, &env); err != nil {
		return malformed("not a well-formed SOAP envelope in UTF-8")
	}
	m := env.Body.Message
	if m == nil || len(m.Notifications) == 0 {
		return malformed("the SOAP body has no notifications")
	}
	if !b.source.allows(strings.TrimSpace(m.OrganizationID)) {
		return ErrOrganization
	}
	b.Ack, b.AckType = ackSOAP, "text/xml; charset=utf-8"
	for i := range m.Notifications {
		n := &m.Notifications[i]
		if n.ID = strings.TrimSpace(n.ID); n.ID == "" {
			b.refuse(n.Raw, "Notification.Id", event.CodeMissing, "is needed")
			continue
		}
		o := &sfObject{raw: n.Raw, event: n.ID, fields: map[string]string{}, cleared: map[string]bool{}, isNew: true}
		o.entity = n.Object.Type[strings.IndexByte(n.Object.Type, ':')+1:]
		for _, f := range n.Object.Fields {
			if value := strings.TrimSpace(f.Value); value != "" && !f.Nil {
				o.fields[f.XMLName.Local] = value
			} else {
				o.cleared[f.XMLName.Local] = true
			}
		}
		o.id = o.fields["Id"]
		// The message is the record as it was when it was sent; when it changed, the record says itself.
		o.occurredAt = first(o.fields["LastModifiedDate"], o.fields["SystemModstamp"])
		b.salesforce(o)
	}
	return nil
}

package webhook_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// om is an outbound message with notifications of one sObject each: its type and its fields.
func om(objects ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>00D5e000000KQ2eEAG</OrganizationId>
   <ActionId>04k5e000000CaRkAAK</ActionId>
   <SessionId xsi:nil="true"/>
   <PartnerUrl>https://example.my.salesforce.com/services/Soap/u/62.0/00D5e000000KQ2e</PartnerUrl>`)
	for i := 0; i < len(objects); i += 2 {
		b.WriteString(`
   <Notification>
    <Id>04l` + string(rune('a'+i/2)) + `</Id>
    <sObject xsi:type="sf:` + objects[i] + `" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">` + objects[i+1] + `</sObject>
   </Notification>`)
	}
	b.WriteString("\n  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>")
	return b.String()
}

func TestSalesforce_outboundMessage(t *testing.T) {
	const opportunity = `<sf:Id>006A</sf:Id><sf:AccountId>001Z</sf:AccountId><sf:Amount>12500.0</sf:Amount><sf:CloseDate>2026-09-30</sf:CloseDate>` +
		`<sf:IsClosed>false</sf:IsClosed><sf:LastModifiedDate>2026-07-15T21:00:00.000Z</sf:LastModifiedDate><sf:StageName>Proposal/Price Quote</sf:StageName>`
	const closed = `<sf:Id>006A</sf:Id><sf:IsClosed>true</sf:IsClosed><sf:StageName>Closed Won</sf:StageName><sf:SystemModstamp>2026-07-16T21:00:00.000Z</sf:SystemModstamp>`
	body := om(
		"Opportunity", opportunity,
		"Opportunity", closed,
		"Opportunity", `<sf:Id>006A</sf:Id><sf:Amount xsi:nil="true"/><sf:CurrencyIsoCode>GBP</sf:CurrencyIsoCode><sf:IsClosed>true</sf:IsClosed><sf:IsWon>false</sf:IsWon>`,
		"Lead", `<sf:Id>00Q1</sf:Id><sf:Email>ann@acme.example</sf:Email><sf:CreatedDate>2026-07-01T00:00:00.000Z</sf:CreatedDate><sf:IsConverted>true</sf:IsConverted>`+
			`<sf:ConvertedContactId>003C</sf:ConvertedContactId><sf:ConvertedAccountId>001Z</sf:ConvertedAccountId><sf:ConvertedOpportunityId>006A</sf:ConvertedOpportunityId>`,
		"OpportunityContactRole", `<sf:Id>00K1</sf:Id><sf:OpportunityId>006A</sf:OpportunityId><sf:ContactId>003D</sf:ContactId>`,
		"Contact", `<sf:Id>003X</sf:Id><sf:IsDeleted>true</sf:IsDeleted><sf:MasterRecordId>003C</sf:MasterRecordId>`,
		"Opportunity", `<sf:StageName>x</sf:StageName>`,
	)
	s := webhook.Source{Provider: webhook.Salesforce, Currency: "EUR", Organizations: []string{"00D5e000000KQ2e"}}
	b, err := s.Decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	check(t, "outbound message", b, []string{
		`{"type":"stage","id":"salesforce:04la","occurred_at":"2026-07-15T21:00:00.000Z","opportunity_id":"006A","account_id":"001Z","stage":"Proposal/Price Quote",` +
			`"amount":"12500.0","currency":"EUR","is_won":false,"is_closed":false,"source_system":"salesforce"}`,
		// Closed, but how is not said: the stage decides.
		`{"type":"stage","id":"salesforce:04lb","occurred_at":"2026-07-16T21:00:00.000Z","opportunity_id":"006A","stage":"Closed Won","source_system":"salesforce"}`,
		`{"type":"stage","id":"salesforce:04lc","opportunity_id":"006A","amount":"0","currency":"GBP","is_won":false,"is_closed":true,"source_system":"salesforce"}`,
		`{"type":"contact","id":"salesforce:04ld","contact_id":"00Q1","account_id":"001Z","email":"ann@acme.example","lead_created_at":"2026-07-01T00:00:00.000Z","merged_into":"003C"}`,
		`{"type":"stage","id":"salesforce:04ld:converted","opportunity_id":"006A","account_id":"001Z","add_contact_ids":["003C"],"source_system":"salesforce"}`,
		`{"type":"stage","id":"salesforce:04le","opportunity_id":"006A","add_contact_ids":["003D"],"source_system":"salesforce"}`,
		`{"type":"contact","id":"salesforce:04lf","contact_id":"003X","merged_into":"003C"}`,
		"error missing_field Id",
	})
	if !strings.Contains(b.Ack, "<Ack>true</Ack>") || !strings.HasPrefix(b.AckType, "text/xml") {
		t.Errorf("the answer is %q as %q", b.Ack, b.AckType)
	}
	if s.Organizations = []string{"00D5e000000KQ2f"}; true {
		if _, err := s.Decode([]byte(body)); !errors.Is(err, webhook.ErrOrganization) {
			t.Errorf("another organization: %v", err)
		}
	}
}

func TestSalesforce_refusesWhatIsNoMessage(t *testing.T) {
	good := om("Contact", "<sf:Id>003X</sf:Id>")
	for name, body := range map[string]string{
		"cut":          good[:len(good)-20],
		"other root":   "<a/>",
		"no message":   `<e:Envelope xmlns:e="x"><e:Body/></e:Envelope>`,
		"no records":   om(),
		"entity":       strings.Replace(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>`+strings.Replace(good, "003X", "&x;", 1), `<?xml version="1.0" encoding="UTF-8"?>`, "", 1),
		"other coding": strings.Replace(good, "UTF-8", "ISO-8859-1", 1),
	} {
		b, err := (&webhook.Source{Provider: webhook.Salesforce}).Decode([]byte(body))
		var e *event.Error
		if !errors.As(err, &e) || e.Code != event.CodeMalformed || b.Ack != "" {
			t.Errorf("%s: %v, acknowledged with %q", name, err, b.Ack)
		}
	}
}

// cdc is a change event.
func cdc(entity, change, ids, header, fields string) string {
	return `{"schema":"x","payload":{"ChangeEventHeader":{"entityName":"` + entity + `","recordIds":[` + ids + `],"changeType":"` + change + `",` +
		`"transactionKey":"000b7375","sequenceNumber":1,"commitTimestamp":1752613200000` + header + `}` + fields + `},"event":{"replayId":6}}`
}

func TestSalesforce_changeEvents(t *testing.T) {
	const head = `"occurred_at":"2025-07-15T21:00:00.000Z"`
	for name, v := range map[string]struct {
		body string
		want []string
	}{
		"several records": {cdc("Opportunity", "UPDATE", `"006A","006B"`, `,"changedFields":["StageName","IsClosed","IsWon"]`, `,"StageName":"Closed Won","IsClosed":true,"IsWon":true,"Probability":100.0`), []string{
			`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","stage":"Closed Won","is_won":true,"is_closed":true,"probability":"1","source_system":"salesforce"}`,
			`{"type":"stage","id":"salesforce:000b7375:1:006B",` + head + `,"opportunity_id":"006B","stage":"Closed Won","is_won":true,"is_closed":true,"probability":"1","source_system":"salesforce"}`,
		}},
		"account alone":   {cdc("Opportunity", "UPDATE", `"006A"`, `,"changedFields":["AccountId"]`, `,"AccountId":"001Z"`), []string{`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","account_id":"001Z","source_system":"salesforce"}`}},
		"chance alone":    {cdc("Opportunity", "UPDATE", `"006A"`, `,"changedFields":["Probability"]`, `,"Probability":32.5`), []string{`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","probability":"0.325","source_system":"salesforce"}`}},
		"amount emptied":  {cdc("Opportunity", "UPDATE", `"006A"`, `,"nulledFields":["Amount"]`, ``), []string{`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","amount":"0","source_system":"salesforce"}`}},
		"nothing of ours": {cdc("Opportunity", "UPDATE", `"006A"`, `,"changedFields":["NextStep"]`, `,"NextStep":"call"`), nil},
		"created":         {`{"data":` + cdc("Opportunity", "CREATE", `"006A"`, ``, `,"CreatedDate":1752613200000,"Amount":7,"CurrencyIsoCode":"GBP"`) + `,"channel":"/data/ChangeEvents"}`, []string{`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","amount":"7","currency":"GBP","created_at":"2025-07-15T21:00:00.000Z","source_system":"salesforce"}`}},
		"deleted":         {cdc("Opportunity", "DELETE", `"006A"`, ``, ``), []string{`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","source_system":"salesforce","is_deleted":true}`}},
		"undeleted":       {cdc("Opportunity", "UNDELETE", `"006A"`, ``, ``), []string{`{"type":"stage","id":"salesforce:000b7375:1:006A",` + head + `,"opportunity_id":"006A","source_system":"salesforce"}`}},
		"lead":            {cdc("Lead", "CREATE", `"00Q1"`, ``, `,"Name":{"FirstName":"Ann"},"Email":"ann@acme.example"`), []string{`{"type":"contact","id":"salesforce:000b7375:1:00Q1",` + head + `,"contact_id":"00Q1","email":"ann@acme.example","lead_created_at":"2025-07-15T21:00:00.000Z"}`}},
		"gap":             {cdc("Opportunity", "GAP_UPDATE", `"006A"`, ``, ``), []string{"error gap_event payload.ChangeEventHeader.changeType"}},
		"wildcard":        {cdc("Opportunity", "UPDATE", `"006*"`, ``, `,"StageName":"x"`), []string{"error missing_field Id"}},
		"unknown change":  {cdc("Opportunity", "ARCHIVE", `"006A"`, ``, ``), []string{"error invalid_value payload.ChangeEventHeader.changeType"}},
		"no header":       {`{"payload":{}}`, []string{"error missing_field payload.ChangeEventHeader"}},
		"case":            {cdc("Case", "CREATE", `"5001"`, ``, ``), nil},
	} {
		for _, body := range []string{v.body, "[" + v.body + "]"} {
			b, err := (&webhook.Source{Provider: webhook.Salesforce}).Decode([]byte(body))
			if err != nil || b.Ack != "" {
				t.Errorf("%s: %v, acknowledged with %q", name, err, b.Ack)
				continue
			}
			check(t, name, b, v.want)
		}
	}
}

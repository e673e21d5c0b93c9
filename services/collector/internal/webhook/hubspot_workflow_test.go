package webhook_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

func TestHubSpot_workflowObjects(t *testing.T) {
	s := webhook.Source{Provider: webhook.HubSpot, Currency: "EUR"}
	for name, v := range map[string]struct {
		body string
		want []string
	}{
		"deal": {`{"portalId":7,"dealId":3,"isDeleted":false,"associations":{"associatedVids":[11],"associatedCompanyIds":[77],"associatedDealIds":[]},"properties":{
			"dealstage":{"value":"closedwon","timestamp":1752613200000,"versions":[{"value":"closedwon","timestamp":1752613200000},{"value":"contractsent","timestamp":1752600000000}]},
			"amount":{"value":"12.5","timestamp":1752600000000},"hs_lastmodifieddate":{"value":"1752613200000"}}}`, []string{
			`{"type":"stage","id":"hubspot:workflow:7:deal:3:dealstage:closedwon:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","opportunity_id":"3","stage":"closedwon","source_system":"hubspot"}`,
			`{"type":"stage","id":"hubspot:workflow:7:deal:3:dealstage:contractsent:2025-07-15T17:20:00.000Z","occurred_at":"2025-07-15T17:20:00.000Z","opportunity_id":"3","stage":"contractsent","source_system":"hubspot"}`,
			`{"type":"stage","id":"hubspot:workflow:7:deal:3:amount:12.5:2025-07-15T17:20:00.000Z","occurred_at":"2025-07-15T17:20:00.000Z","opportunity_id":"3","amount":"12.5","currency":"EUR","source_system":"hubspot"}`,
			`{"type":"stage","id":"hubspot:workflow:7:deal:3:contact:11:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","opportunity_id":"3","add_contact_ids":["11"],"source_system":"hubspot"}`,
			`{"type":"stage","id":"hubspot:workflow:7:deal:3:company:77:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","opportunity_id":"3","account_id":"77","source_system":"hubspot"}`,
		}},
		"contact": {`{"vid":11,"portal-id":7,"associated-company":{"company-id":77},"properties":{"email":{"value":"ann@acme.example","versions":[{"value":"ann@acme.example","timestamp":1752600000000}]},
			"lifecyclestage":{"value":"lead","versions":[{"value":"lead","timestamp":1752600000000}]},"lastmodifieddate":{"value":"1752613200000"}}}`, []string{
			`{"type":"contact","id":"hubspot:workflow::contact:11:email:b759382850d65342:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","contact_id":"11","email":"ann@acme.example"}`,
			`{"type":"contact","id":"hubspot:workflow::contact:11:email:b759382850d65342:2025-07-15T17:20:00.000Z","occurred_at":"2025-07-15T17:20:00.000Z","contact_id":"11","email":"ann@acme.example"}`,
			`{"type":"contact","id":"hubspot:workflow::contact:11:associatedcompanyid:77:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","contact_id":"11","account_id":"77"}`,
			`{"type":"contact","id":"hubspot:workflow::contact:11:lifecyclestage:lead:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","contact_id":"11","lead_created_at":"2025-07-15T21:00:00.000Z"}`,
			`{"type":"contact","id":"hubspot:workflow::contact:11:lifecyclestage:lead:2025-07-15T17:20:00.000Z","occurred_at":"2025-07-15T17:20:00.000Z","contact_id":"11","lead_created_at":"2025-07-15T17:20:00.000Z"}`,
		}},
		"newer form": {`{"objectId":3,"objectTypeId":"0-3","properties":{"dealstage":"closedwon","hs_lastmodifieddate":"2025-07-15T21:00:00.000Z"}}`, []string{
			`{"type":"stage","id":"hubspot:workflow::deal:3:dealstage:closedwon:2025-07-15T21:00:00.000Z","occurred_at":"2025-07-15T21:00:00.000Z","opportunity_id":"3","stage":"closedwon","source_system":"hubspot"}`,
		}},
		"other currency": {`{"dealId":3,"properties":{"amount":"1","deal_currency_code":"USD"}}`, []string{"error currency_mismatch properties.deal_currency_code"}},
		"no kind":        {`{"properties":{"a":"b"}}`, []string{"error missing_field objectId"}},
	} {
		b, err := s.Decode([]byte(v.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

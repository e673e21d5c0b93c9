package webhook_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// source is one of a workspace whose rules ask for two attributes.
func source(p webhook.Provider) *webhook.Source {
	s := &webhook.Source{Provider: p}
	s.Workspace = &event.Workspace{FreeMail: identity.NewFreeMail(), Attributes: event.Attributes{Account: []string{"industry", "Tier__c", "9dc8"}}}
	return s
}

func TestHubSpot_companies(t *testing.T) {
	const head = `"occurred_at":"2025-07-15T21:00:00.123Z","account_id":"77"`
	id := func(property string) string {
		return `{"type":"account","id":"hubspot:7:5:77:` + property + `:1752613200123",`
	}
	change := func(name, value string) string {
		return hs("company.propertyChange", `"objectId":77,"propertyName":"`+name+`","propertyValue":"`+value+`"`)
	}
	for name, v := range map[string]struct {
		event string
		want  []string
	}{
		"merged": {hs("company.merge", `"objectId":77,"primaryObjectId":77,"mergedObjectIds":[78,79],"newObjectId":0`), []string{
			strings.Replace(id("")+head+`,"merged_into":"77"}`, `123",`+`"occurred_at":"2025-07-15T21:00:00.123Z","account_id":"77"`, `123:78","occurred_at":"2025-07-15T21:00:00.123Z","account_id":"78"`, 1),
			strings.Replace(id("")+head+`,"merged_into":"77"}`, `123",`+`"occurred_at":"2025-07-15T21:00:00.123Z","account_id":"77"`, `123:79","occurred_at":"2025-07-15T21:00:00.123Z","account_id":"79"`, 1),
		}},
		"merge of nothing": {hs("object.merge", `"objectTypeId":"0-2","objectId":77,"primaryObjectId":77`), []string{"error missing_field mergedObjectIds"}},
		"domain":           {change("domain", "https://www.Acme.example/en"), []string{id("domain") + head + `,"domain":"acme.example"}`}},
		"free mail":        {change("domain", "gmail.com"), nil},
		"attribute":        {change("industry", "Steel"), []string{id("industry") + head + `,"attributes":{"industry":"Steel"}}`}},
		"attribute gone":   {change("industry", ""), []string{id("industry") + head + `,"attributes":{"industry":null}}`}},
		"not asked for":    {change("phone", "1"), nil},
		"created":          {hs("company.creation", `"objectId":77`), nil},
		"deleted":          {hs("company.deletion", `"objectId":77`), []string{id("") + head + `,"is_deleted":true}`}},
		"restored":         {hs("company.restore", `"objectId":77`), []string{id("") + head + `}`}},
		"by a workflow": {`{"portalId":7,"companyId":77,"properties":{"industry":{"value":"Steel","timestamp":1752613200123},` +
			`"hs_merged_object_ids":{"value":"78; 77","timestamp":1752613200123}}}`, []string{
			`{"type":"account","id":"hubspot:workflow:7:company:77:industry:Steel:2025-07-15T21:00:00.123Z",` + head + `,"attributes":{"industry":"Steel"}}`,
			`{"type":"account","id":"hubspot:workflow:7:company:78:merged:77:2025-07-15T21:00:00.123Z","occurred_at":"2025-07-15T21:00:00.123Z","account_id":"78","merged_into":"77"}`,
		}},
	} {
		b, err := source(webhook.HubSpot).Decode([]byte(v.event))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

func TestSalesforce_accounts(t *testing.T) {
	const head = `"id":"salesforce:000b7375:1:001A","occurred_at":"2025-07-15T21:00:00.000Z","account_id":"001A"`
	for name, v := range map[string]struct {
		body string
		want []string
	}{
		"message of a merge": {om("Account", `<sf:Id>001A</sf:Id><sf:IsDeleted>true</sf:IsDeleted><sf:MasterRecordId>001B</sf:MasterRecordId>`), []string{`{"type":"account","id":"salesforce:04la","account_id":"001A","merged_into":"001B"}`}},
		"message of an end":  {om("Account", `<sf:Id>001A</sf:Id><sf:IsDeleted>true</sf:IsDeleted>`), []string{`{"type":"account","id":"salesforce:04la","account_id":"001A","is_deleted":true}`}},
		"change with master": {cdc("Account", "DELETE", `"001A"`, ``, `,"MasterRecordId":"001B"`), []string{`{"type":"account",` + head + `,"merged_into":"001B"}`}},
		"deletion":           {cdc("Account", "DELETE", `"001A"`, ``, ``), nil},
		"undeleted":          {cdc("Account", "UNDELETE", `"001A"`, ``, ``), []string{`{"type":"account",` + head + `}`}},
		"fields":             {cdc("Account", "UPDATE", `"001A"`, `,"nulledFields":["industry"]`, `,"Website":"www.acme.example","Tier__c":2,"Phone":"1"`), []string{`{"type":"account",` + head + `,"domain":"acme.example","attributes":{"Tier__c":"2","industry":null}}`}},
		"of no concern":      {cdc("Account", "CREATE", `"001A"`, ``, `,"Phone":"1"`), nil},
	} {
		b, err := source(webhook.Salesforce).Decode([]byte(v.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

// TestSalesforce_longIDs: reports shorten ids, and an account must be the same in all of them.
func TestSalesforce_longIDs(t *testing.T) {
	sheet, err := tabular.Read([]byte("Id,MasterRecordId,IsDeleted,SystemModstamp,industry\n0015e000000MqAb,00D5e000000KQ2e,1,2026-07-01T00:00:00Z,Steel\n"), "", tabular.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	b, err := source(webhook.Salesforce).DecodeTable(sheet, webhook.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "a file of accounts", b, []string{
		`{"type":"account","id":"salesforce:file:Account:0015e000000MqAb:2026-07-01T00:00:00Z","occurred_at":"2026-07-01T00:00:00Z","account_id":"0015e000000MqAbAAK","attributes":{"industry":"Steel"},"merged_into":"00D5e000000KQ2eEAG"}`,
	})
}

func TestPipedrive_organizations(t *testing.T) {
	const id = "0b7cb2a4-9d50-4c6b-8c4e-0a1b2c3d4e5f"
	const head = `{"type":"account","id":"pipedrive:` + id + `","occurred_at":"2024-09-27T14:25:28.000Z","account_id":"1"`
	merged := strings.Replace(pd("organization", "delete", id, `"data":null,"previous":{"id":1}`), `"attempt":1`, `"attempt":1,"merged_to_id":"5"`, 1)
	for name, v := range map[string]struct {
		body string
		want []string
	}{
		"merged":  {merged, []string{head + `,"merged_into":"5"}`}},
		"deleted": {pd("organization", "delete", id, `"data":null,"previous":{"id":1}`), []string{head + `,"is_deleted":true}`}},
		"fields": {pd("organization", "change", id, `"data":{"id":1,"website":"http://acme.example","industry":null,"custom_fields":{"9dc8":{"type":"enum","id":27}}},"previous":{}`), []string{
			head + `,"domain":"acme.example","attributes":{"9dc8":"27","industry":null}}`,
		}},
		"restored":      {pd("organization", "change", id, `"data":{"id":1,"is_deleted":false},"previous":{"is_deleted":true}`), []string{head + `}`}},
		"of no concern": {pd("organization", "change", id, `"data":{"id":1,"name":"x"},"previous":{"name":"y"}`), nil},
	} {
		b, err := source(webhook.Pipedrive).Decode([]byte(v.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

func TestPipedrive_stageNames(t *testing.T) {
	s := source(webhook.Pipedrive)
	s.StageNames = map[string]string{"2": "Proposal Made"}
	for stage, want := range map[string]string{"2": `"stage":"Proposal Made","source_stage":"Proposal Made"`, "3": `"stage":"3","source_stage":"3"`} {
		b, err := s.Decode([]byte(pd("deal", "change", "x", `"data":{"id":1,"status":"open","stage_id":`+stage+`}`)))
		if err != nil || len(b.Items) != 1 || !strings.Contains(string(b.Items[0].Record), want) {
			t.Errorf("stage %s: %v %v, want %s", stage, b, err, want)
		}
	}
}

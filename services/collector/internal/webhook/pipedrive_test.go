package webhook_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// pd is a delivery of version 2.0.
func pd(entity, action, id, rest string) string {
	return `{"meta":{"action":"` + action + `","entity":"` + entity + `","version":"2.0","company_id":12882925,"id":"` + id + `","entity_id":1,` +
		`"webhook_id":99,"attempt":1,"timestamp":"2024-09-27T14:25:28.000Z","change_source":"app","type":"general"},` + rest + `}`
}

func TestPipedrive_events(t *testing.T) {
	const id = "0b7cb2a4-9d50-4c6b-8c4e-0a1b2c3d4e5f"
	const head = `"id":"pipedrive:` + id + `","occurred_at":"2024-09-27T14:25:28.000Z"`
	deal := func(status string) string {
		return `"data":{"id":1,"title":"test deal","value":2.5,"currency":"USD","status":"` + status + `","stage_id":2,"pipeline_id":1,"owner_id":1,"person_id":3,"org_id":2,` +
			`"add_time":"2024-09-01T10:00:00Z","update_time":"2024-09-27T14:25:28Z"},"previous":{"stage_id":1}`
	}
	known := `"opportunity_id":"1","account_id":"2","contact_ids":["3"],"pipeline":"1","amount":"2.5","currency":"USD","source_system":"pipedrive","created_at":"2024-09-01T10:00:00Z"`
	for name, v := range map[string]struct {
		body string
		want []string
	}{
		"moved": {pd("deal", "change", id, deal("open")), []string{`{"type":"stage",` + head + `,` + known + `,"stage":"2","source_stage":"2","is_won":false,"is_closed":false}`}},
		"chance in hundredths": {
			pd("deal", "change", id, strings.Replace(deal("open"), `"stage_id":2`, `"stage_id":2,"probability":35`, 1)),
			[]string{`{"type":"stage",` + head + `,` + known + `,"stage":"2","source_stage":"2","is_won":false,"is_closed":false,"probability":"0.35"}`},
		},
		"won":  {pd("deal", "change", id, deal("won")), []string{`{"type":"stage",` + head + `,` + known + `,"stage":"won","source_stage":"won","is_won":true,"is_closed":true}`}},
		"lost": {pd("deal", "change", id, deal("lost")), []string{`{"type":"stage",` + head + `,` + known + `,"stage":"lost","source_stage":"lost","is_won":false,"is_closed":true}`}},
		"references as objects, other id and time": {
			`{"meta":{"action":"create","entity":"deal","id":1,"webhook_id":"99","timestamp":1727447128},"data":{"id":1,"person_id":{"value":3},"org_id":{"id":2},"stage_id":2,"status":"open"}}`,
			[]string{`{"type":"stage","id":"pipedrive:99:deal:1:create:1727447128","occurred_at":"2024-09-27T14:25:28.000Z","opportunity_id":"1","account_id":"2","contact_ids":["3"],` +
				`"stage":"2","source_stage":"2","is_won":false,"is_closed":false,"source_system":"pipedrive"}`},
		},
		"deleted":       {pd("deal", "delete", id, `"data":null,"previous":{"id":1}`), []string{`{"type":"stage",` + head + `,"opportunity_id":"1","source_system":"pipedrive","is_deleted":true}`}},
		"merged":        {pd("deal", "delete", id, `"data":null,"previous":{"id":1,"merged_to_id":5}`), []string{`{"type":"stage",` + head + `,"opportunity_id":"1","source_system":"pipedrive","merged_into":"5"}`}},
		"person":        {pd("person", "change", id, `"data":{"id":1,"org_id":2,"emails":[{"value":"b@acme.example","primary":false},{"value":"ann@acme.example","primary":true}]}`), []string{`{"type":"contact",` + head + `,"contact_id":"1","account_id":"2","email":"ann@acme.example"}`}},
		"person merged": {pd("person", "delete", id, `"previous":{"merged_to_id":"5"}`), []string{`{"type":"contact",` + head + `,"contact_id":"1","merged_into":"5"}`}},
		"person gone":   {pd("person", "delete", id, `"previous":{}`), []string{`{"type":"contact",` + head + `,"contact_id":"1","is_deleted":true}`}},
		"lead":          {pd("lead", "create", id, `"data":{"id":"u","person_id":3,"organization_id":2,"add_time":"2024-09-27T14:00:00Z"}`), []string{`{"type":"contact",` + head + `,"contact_id":"3","account_id":"2","lead_created_at":"2024-09-27T14:00:00Z"}`}},
		"lead changed":  {pd("lead", "change", id, `"data":{"id":"u","person_id":3}`), nil},
		"activity":      {pd("activity", "create", id, `"data":{"id":1}`), nil},
		"no meta":       {`{"current":{"id":1}}`, []string{"error missing_field meta"}},
		"no id":         {`{"meta":{"action":"change","entity":"deal"},"data":{}}`, []string{"error missing_field meta.entity_id"}},
	} {
		b, err := (&webhook.Source{Provider: webhook.Pipedrive}).Decode([]byte(v.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

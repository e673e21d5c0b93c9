package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMerges_moveCredit sends what each CRM says when two companies become one: the deal of the company that is no more earns its credit from the touches of the one that stays.
func TestMerges_moveCredit(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "tributary.yaml")
	if err := os.WriteFile(config, []byte(`workspaces: [{name: default, currency: EUR}]
webhooks:
  - {name: hub, provider: hubspot, workspace: default, secret: hubspot-secret, public_url: "https://in.example", id_prefix: h-}
  - {name: sf, provider: salesforce, workspace: default, secret: salesforce-token, id_prefix: s-}
  - {name: pipe, provider: pipedrive, workspace: default, secret: "pipe:password", id_prefix: p-}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := up(t, dir, "--secret-key", secretKey, "--config", config)
	for crm, ids := range map[string][2]string{"hubspot": {"h-78", "h-77"}, "salesforce": {"s-001A", "s-001B"}, "pipedrive": {"p-1", "p-5"}} {
		p.post(t, "/v1/stages", `{"type":"stage","id":"deal-`+crm+`","occurred_at":"2026-07-20T10:00:00Z","opportunity_id":"`+crm+`","account_id":"`+ids[0]+`","stage":"Closed Won","amount":"100.00","currency":"EUR","is_won":true}`)
		p.post(t, "/v1/touches", `{"id":"touch-`+crm+`","occurred_at":"2026-07-05T10:00:00Z","account_id":"`+ids[1]+`","source":"fair","medium":"event","campaign":"`+crm+`"}`)
	}
	credited := "SELECT count() FROM credits WHERE model = 'linear' AND campaign IN ('hubspot', 'salesforce', 'pipedrive') AND measure = 'revenue'"
	eventually(t, "the deals", func() bool { return p.sql(t, "SELECT count() FROM opportunities WHERE is_won") == "3" })
	if n := p.sql(t, credited); n != "0" {
		t.Fatalf("%s lines of credit before there was a merge", n)
	}
	hub := `[{"eventId":1,"portalId":7,"subscriptionId":5,"occurredAt":1784600000000,"subscriptionType":"company.merge","objectId":77,"primaryObjectId":77,"mergedObjectIds":[78],"newObjectId":0}]`
	p.deliver(t, "hubspot/hub", hub, func(r *http.Request) { signHubSpot(r, "hubspot-secret", "https://in.example", hub) })
	p.deliver(t, "salesforce/sf?token=salesforce-token", `{"payload":{"ChangeEventHeader":{"entityName":"Account","recordIds":["001A"],"changeType":"DELETE","transactionKey":"k","sequenceNumber":1,`+
		`"commitTimestamp":1784600000000},"MasterRecordId":"001B"}}`, nil)
	p.deliver(t, "pipedrive/pipe", `{"meta":{"action":"delete","entity":"organization","version":"2.0","id":"0b7cb2a4-9d50-4c6b-8c4e-0a1b2c3d4e5f","entity_id":"1","merged_to_id":"5",`+
		`"timestamp":"2026-07-21T10:00:00.000Z"},"data":null,"previous":{"id":1}}`, func(r *http.Request) { r.SetBasicAuth("pipe", "password") })
	revenue := "SELECT campaign, amount_minor FROM credits WHERE model = 'linear' AND measure = 'revenue' AND campaign != '' ORDER BY campaign"
	eventually(t, "the credit of the companies that stay", func() bool {
		return p.sql(t, revenue) == "hubspot\t10000\npipedrive\t10000\nsalesforce\t10000"
	})
	verifyClean(t, dir)
}

// deliver posts what a CRM sends to its webhook.
func (p *program) deliver(t *testing.T, path, body string, sign func(*http.Request)) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.values["collector"]+"/v1/webhooks/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if sign != nil {
		sign(req)
	}
	if text, status := do(t, req); status != http.StatusOK || !strings.Contains(text, `"accepted":1`) {
		t.Fatalf("%s: %d %s", path, status, text)
	}
}

// signHubSpot signs a delivery as HubSpot does, by its third version, for the address it was sent to.
func signHubSpot(r *http.Request, secret, public, body string) {
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(http.MethodPost + public + r.URL.RequestURI() + body + stamp))
	r.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.Header.Set("X-HubSpot-Request-Timestamp", stamp)
}

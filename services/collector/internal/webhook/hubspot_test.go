package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

const hubspotSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"

// The published vectors of the three versions, and one computed for v3.
func TestHubSpot_signatureVectors(t *testing.T) {
	v1 := `[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,` +
		`"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]`
	v3 := `[{"eventId":1,"subscriptionId":12345,"portalId":62515,"appId":54321,"occurredAt":1752613200000,"subscriptionType":"deal.propertyChange",` +
		`"attemptNumber":0,"objectId":123,"propertyName":"dealstage","propertyValue":"closedwon","changeSource":"CRM_UI","sourceId":"userId:42"}]`
	const stamp = int64(1752613200123)
	for name, v := range map[string]struct {
		method, body, version, signature string
	}{
		"v1":      {http.MethodPost, v1, "v1", "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"},
		"v2 get":  {http.MethodGet, "", "v2", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"},
		"v2 post": {http.MethodPost, `{"example_field":"example_value"}`, "v2", "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"},
		"v3":      {http.MethodPost, v3, "v3", "zkXU98LTSgxMld82U7rN7eKxECqyMHpbAIMVidKdNTo="},
	} {
		d := webhook.Delivery{
			Method: v.method, Host: "internal:8080", URI: "/webhook_uri", Body: []byte(v.body), Now: time.UnixMilli(stamp + 1000), Header: http.Header{},
		}
		if v.version == "v3" {
			d.Header.Set("X-HubSpot-Signature-v3", v.signature)
			d.Header.Set("X-HubSpot-Request-Timestamp", strconv.FormatInt(stamp, 10))
		} else {
			d.Header.Set("X-HubSpot-Signature", v.signature)
			d.Header.Set("X-HubSpot-Signature-Version", v.version)
		}
		s := webhook.Source{PublicURL: "https://www.example.com", Provider: webhook.HubSpot, Secrets: []string{"another-secret", hubspotSecret}}
		if err := s.Verify(d); err != nil {
			t.Errorf("%s: %v, want it taken with the second of two secrets", name, err)
		}
		other := s
		other.Secrets = s.Secrets[:1]
		if err := other.Verify(d); !errors.Is(err, webhook.ErrSignature) {
			t.Errorf("%s with another secret: %v, want ErrSignature", name, err)
		}
		if s.Signatures = []string{"v0"}; s.Verify(d) == nil {
			t.Errorf("%s: taken although the source takes none such", name)
		}
		s.Signatures = nil
		changed := d
		changed.Body = append([]byte(" "), d.Body...)
		if err := s.Verify(changed); !errors.Is(err, webhook.ErrSignature) {
			t.Errorf("%s with another body: %v, want ErrSignature", name, err)
		}
		if v.version == "v1" {
			continue
		}
		changed = d
		changed.URI = "/elsewhere"
		if err := s.Verify(changed); !errors.Is(err, webhook.ErrSignature) {
			t.Errorf("%s for another URL: %v, want ErrSignature", name, err)
		}
	}
}

func signV3(secret, target, body string, ms int64) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("POST" + target + body + strconv.FormatInt(ms, 10)))
	h := http.Header{}
	h.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	h.Set("X-HubSpot-Request-Timestamp", strconv.FormatInt(ms, 10))
	return h
}

func TestHubSpot_replayWindow(t *testing.T) {
	const ms = int64(1752613200123)
	s := webhook.Source{Provider: webhook.HubSpot, Secrets: []string{hubspotSecret}}
	d := webhook.Delivery{Method: "POST", Host: "in.example", URI: "/h", Header: signV3(hubspotSecret, "https://in.example/h", "[]", ms), Body: []byte("[]")}
	for age, want := range map[int64]error{
		0: nil, 300_000: nil, 300_001: webhook.ErrStale, -300_000: nil, -300_001: webhook.ErrStale, 1 << 60: webhook.ErrStale,
	} {
		d.Now = time.UnixMilli(ms + age)
		if err := s.Verify(d); !errors.Is(err, want) {
			t.Errorf("%d ms later: %v, want %v", age, err, want)
		}
	}
	// A good old signature beside the stale one must not let the replay in.
	sum := sha256.Sum256([]byte(hubspotSecret + "[]"))
	d.Header.Set("X-HubSpot-Signature", hex.EncodeToString(sum[:]))
	d.Now = time.UnixMilli(ms + 300_001)
	if err := s.Verify(d); !errors.Is(err, webhook.ErrStale) {
		t.Errorf("with a v1 signature beside: %v, want ErrStale", err)
	}
	d.Header.Add("X-HubSpot-Request-Timestamp", "1")
	if err := s.Verify(d); !errors.Is(err, webhook.ErrHeaders) {
		t.Errorf("two timestamps: %v, want ErrHeaders", err)
	}
}

// HubSpot decodes some escapes of the URL before it signs; proxies hand them on as they came.
func TestHubSpot_escapedURL(t *testing.T) {
	const ms = int64(1752613200123)
	s := webhook.Source{Provider: webhook.HubSpot, Secrets: []string{hubspotSecret}, PublicURL: "https://in.example/base/"}
	for _, signed := range []string{"https://in.example/base/h?a=b%20c@d:e", "https://in.example/base/h?a=b%20c%40d%3Ae"} {
		d := webhook.Delivery{
			Method: "POST", Host: "x", URI: "/h?a=b%20c%40d%3Ae", Header: signV3(hubspotSecret, signed, "[]", ms), Body: []byte("[]"), Now: time.UnixMilli(ms),
		}
		if err := s.Verify(d); err != nil {
			t.Errorf("signed as %s: %v", signed, err)
		}
	}
}

// hs is an event of a deal, contact or company at 1752613200123.
func hs(kind, rest string) string {
	return `{"eventId":9,"portalId":7,"subscriptionId":5,"occurredAt":1752613200123,"subscriptionType":"` + kind + `",` + rest + `}`
}

func TestHubSpot_events(t *testing.T) {
	const atUS = `"occurred_at":"2025-07-15T21:00:00.123Z"`
	const deal = `"opportunity_id":"3"`
	const crm = `"source_system":"hubspot"`
	source := webhook.Source{Provider: webhook.HubSpot, Currency: "EUR"}
	for name, v := range map[string]struct {
		event string
		want  []string
	}{
		"deal created":   {hs("deal.creation", `"objectId":3`), []string{`{"type":"stage","id":"hubspot:7:5:3::1752613200123",` + atUS + `,` + deal + `,` + crm + `,"created_at":"2025-07-15T21:00:00.123Z"}`}},
		"deal stage":     {hs("deal.propertyChange", `"objectId":3,"propertyName":"dealstage","propertyValue":"contractsent"`), []string{`{"type":"stage","id":"hubspot:7:5:3:dealstage:1752613200123",` + atUS + `,` + deal + `,"stage":"contractsent",` + crm + `}`}},
		"generic":        {hs("object.propertyChange", `"objectTypeId":"0-3","objectId":"3","propertyName":"pipeline","propertyValue":"default"`), []string{`{"type":"stage","id":"hubspot:7:5:3:pipeline:1752613200123",` + atUS + `,` + deal + `,"pipeline":"default",` + crm + `}`}},
		"amount":         {hs("deal.propertyChange", `"objectId":3,"propertyName":"amount","propertyValue":"12500.50"`), []string{`{"type":"stage","id":"hubspot:7:5:3:amount:1752613200123",` + atUS + `,` + deal + `,"amount":"12500.50","currency":"EUR",` + crm + `}`}},
		"amount cleared": {hs("deal.propertyChange", `"objectId":3,"propertyName":"amount","propertyValue":""`), []string{`{"type":"stage","id":"hubspot:7:5:3:amount:1752613200123",` + atUS + `,` + deal + `,"amount":"0","currency":"EUR",` + crm + `}`}},
		"same currency":  {hs("deal.propertyChange", `"objectId":3,"propertyName":"deal_currency_code","propertyValue":"EUR"`), nil},
		"other currency": {hs("deal.propertyChange", `"objectId":3,"propertyName":"deal_currency_code","propertyValue":"USD"`), []string{"error currency_mismatch"}},
		"won by formula": {hs("deal.propertyChange", `"objectId":3,"propertyName":"hs_is_closed_won","propertyValue":"true"`), []string{`{"type":"stage","id":"hubspot:7:5:3:hs_is_closed_won:1752613200123","occurred_at":"2025-07-15T21:00:00.123001Z",` + deal + `,"is_won":true,` + crm + `}`}},
		// Computed from the stage in the same millisecond: it comes after the stage, whose rule would otherwise stand over it.
		"chance":        {hs("deal.propertyChange", `"objectId":3,"propertyName":"hs_deal_stage_probability","propertyValue":"0.4"`), []string{`{"type":"stage","id":"hubspot:7:5:3:hs_deal_stage_probability:1752613200123","occurred_at":"2025-07-15T21:00:00.123001Z",` + deal + `,"probability":"0.4",` + crm + `}`}},
		"no chance":     {hs("deal.propertyChange", `"objectId":3,"propertyName":"hs_deal_stage_probability","propertyValue":""`), nil},
		"not won":       {hs("deal.propertyChange", `"objectId":3,"propertyName":"hs_is_closed_won","propertyValue":"false"`), nil},
		"close date":    {hs("deal.propertyChange", `"objectId":3,"propertyName":"closedate","propertyValue":"1752613200000"`), nil},
		"deal deleted":  {hs("deal.deletion", `"objectId":3`), []string{`{"type":"stage","id":"hubspot:7:5:3::1752613200123",` + atUS + `,` + deal + `,` + crm + `,"is_deleted":true}`}},
		"deal restored": {hs("deal.restore", `"objectId":3`), []string{`{"type":"stage","id":"hubspot:7:5:3::1752613200123",` + atUS + `,` + deal + `,` + crm + `}`}},
		"deals merged": {hs("deal.merge", `"objectId":3,"primaryObjectId":3,"mergedObjectIds":[4,3,4],"numberOfPropertiesMoved":2`), []string{
			`{"type":"stage","id":"hubspot:7:5:3::1752613200123:4",` + atUS + `,"opportunity_id":"4",` + crm + `,"merged_into":"3"}`,
		}},
		"contacts merged into a new one": {hs("contact.merge", `"objectId":8,"primaryObjectId":1,"mergedObjectIds":[2],"newObjectId":8`), []string{
			`{"type":"contact","id":"hubspot:7:5:8::1752613200123:2",` + atUS + `,"contact_id":"2","merged_into":"8"}`,
			`{"type":"contact","id":"hubspot:7:5:8::1752613200123:1",` + atUS + `,"contact_id":"1","merged_into":"8"}`,
		}},
		"contact created": {hs("contact.creation", `"objectId":1`), []string{`{"type":"contact","id":"hubspot:7:5:1::1752613200123",` + atUS + `,"contact_id":"1"}`}},
		"contact address": {hs("contact.propertyChange", `"objectId":1,"propertyName":"email","propertyValue":"ann@acme.example"`), []string{`{"type":"contact","id":"hubspot:7:5:1:email:1752613200123",` + atUS + `,"contact_id":"1","email":"ann@acme.example"}`}},
		"contact company": {hs("contact.propertyChange", `"objectId":1,"propertyName":"associatedcompanyid","propertyValue":"77"`), []string{`{"type":"contact","id":"hubspot:7:5:1:associatedcompanyid:1752613200123",` + atUS + `,"contact_id":"1","account_id":"77"}`}},
		"contact a lead":  {hs("contact.propertyChange", `"objectId":1,"propertyName":"lifecyclestage","propertyValue":"lead"`), []string{`{"type":"contact","id":"hubspot:7:5:1:lifecyclestage:1752613200123",` + atUS + `,"contact_id":"1","lead_created_at":"2025-07-15T21:00:00.123Z"}`}},
		"contact no lead": {hs("contact.propertyChange", `"objectId":1,"propertyName":"lifecyclestage","propertyValue":"subscriber"`), nil},
		"contact erased": {hs("contact.privacyDeletion", `"objectId":1`), []string{
			`{"type":"erase","id":"hubspot:7:5:1::1752613200123:erase",` + atUS + `,"contact_id":"1"}`,
			`{"type":"contact","id":"hubspot:7:5:1::1752613200123",` + atUS + `,"contact_id":"1","is_deleted":true}`,
		}},
		"contact of a deal": {hs("deal.associationChange", `"associationType":"DEAL_TO_CONTACT","fromObjectId":3,"toObjectId":1,"associationRemoved":false,"isPrimaryAssociation":false`), []string{
			`{"type":"stage","id":"hubspot:7:5:::1752613200123:DEAL_TO_CONTACT:3:1",` + atUS + `,` + deal + `,"add_contact_ids":["1"],` + crm + `}`,
		}},
		"contact off a deal": {hs("contact.associationChange", `"associationType":"CONTACT_TO_DEAL","fromObjectId":1,"toObjectId":3,"associationRemoved":true`), []string{
			`{"type":"stage","id":"hubspot:7:5:::1752613200123:CONTACT_TO_DEAL:1:3",` + atUS + `,` + deal + `,"remove_contact_ids":["1"],` + crm + `}`,
		}},
		"company of a deal":    {hs("deal.associationChange", `"associationType":"DEAL_TO_COMPANY","fromObjectId":3,"toObjectId":77,"isPrimaryAssociation":true`), []string{`{"type":"stage","id":"hubspot:7:5:::1752613200123:DEAL_TO_COMPANY:3:77",` + atUS + `,` + deal + `,"account_id":"77",` + crm + `}`}},
		"company of a contact": {hs("company.associationChange", `"associationType":"COMPANY_TO_CONTACT","fromObjectId":77,"toObjectId":1`), []string{`{"type":"contact","id":"hubspot:7:5:::1752613200123:COMPANY_TO_CONTACT:77:1",` + atUS + `,"contact_id":"1","account_id":"77"}`}},
		"secondary company":    {hs("deal.associationChange", `"associationType":"DEAL_TO_COMPANY","fromObjectId":3,"toObjectId":78,"isPrimaryAssociation":false`), nil},
		"company off":          {hs("deal.associationChange", `"associationType":"DEAL_TO_COMPANY","fromObjectId":3,"toObjectId":77,"associationRemoved":true`), nil},
		"company":              {hs("company.propertyChange", `"objectId":77,"propertyName":"name","propertyValue":"x"`), nil},
		"ticket":               {hs("ticket.creation", `"objectId":1`), nil},
		"no time":              {`{"subscriptionType":"deal.creation","objectId":3}`, []string{"error invalid_value occurredAt"}},
		"no object":            {hs("deal.creation", `"x":1`), []string{"error missing_field objectId"}},
		"no type":              {`{"eventId":1}`, []string{"error missing_field subscriptionType"}},
		"no event":             {`7`, []string{"error wrong_type"}},
	} {
		b, err := source.Decode([]byte("[" + v.event + "]"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

package collector_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
)

// TestPublicKeys_bringNoMoney tries every route by which somebody who has read a key from a page could state a value, a stage, a cost or a touch.
func TestPublicKeys_bringNoMoney(t *testing.T) {
	r := start(t)
	b64 := base64.RawURLEncoding.EncodeToString
	money := `"revenue":"99.50","value":99.5,"total":"99.5","currency":"EUR","order_id":"o"`
	order := `{"type":"track","anonymousId":"v","event":"Order Completed","properties":{` + money + `}`
	tp2 := func(fields string) string {
		return `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"aid":"` + publicKey + `","duid":"d",` + fields + `}]}`
	}
	ue := b64([]byte(`{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2","data":{"type":"transaction","revenue":99.5,"currency":"EUR"}}}`))
	for name, s := range map[string]sent{
		"track":               {"/v1/track", publicKey, "", order + `}`},
		"track, key in body":  {"/v1/t", "", "", order + `,"writeKey":"` + publicKey + `"}`},
		"batch":               {"/v1/batch", publicKey, "", `{"batch":[` + order + `}]}`},
		"import":              {"/v1/import", publicKey, "", `{"batch":[` + order + `}]}`},
		"claims to be secret": {"/v1/track", publicKey, "", order + `,"trusted":true,"secret":true,"allow_value":true,"integrations":{"secret":true}}`},
		"other key in item":   {"/v1/batch", publicKey, "", `{"writeKey":"` + secretKey + `","batch":[` + order + `,"writeKey":"` + secretKey + `"}]}`},
		"identify":            {"/v1/identify", publicKey, "", `{"userId":"u","traits":{` + money + `,"lifetime_value":99.5}}`},
		"page":                {"/v1/page", publicKey, "", `{"anonymousId":"v","properties":{` + money + `}}`},
		"group":               {"/v1/group", publicKey, "", `{"groupId":"g","userId":"u","traits":{` + money + `,"amount":99.5}}`},
		"beacon":              {"/beacon/v1/batch?writeKey=" + publicKey, "", "", `{"batch":[` + order + `}]}`},
		"tp2 transaction":     {"/com.snowplowanalytics.snowplow/tp2", "", "", tp2(`"e":"tr","tr_id":"o","tr_tt":"99.5","tr_cu":"EUR"`)},
		"tp2 commerce":        {"/com.snowplowanalytics.snowplow/tp2", "", "", tp2(`"e":"ue","ue_px":"` + ue + `"`)},
		"tp2 structured":      {"/com.snowplowanalytics.snowplow/tp2", "", "", tp2(`"e":"se","se_ca":"shop","se_ac":"Order Completed","se_va":"99.5"`)},
	} {
		if got := r.post(s.path, s.key, s.body); got.Status != http.StatusOK {
			t.Errorf("%s: %d %s", name, got.Status, got.Raw)
		}
	}
	for _, query := range []string{
		"d=" + b64([]byte(order+"}")), "d=" + b64([]byte(`{"batch":[`+order+`}]}`)),
		"event=" + url.QueryEscape("Order Completed") + "&revenue=99.5&value=99.5&currency=EUR&properties.revenue=99.5",
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/px.gif?k="+publicKey+"&"+query, http.NoBody)
		if got := r.do(req); got.Status != http.StatusOK {
			t.Errorf("px.gif %s: %d %s", query, got.Status, got.Raw)
		}
	}
	events := r.events()
	if len(events) < 14 {
		t.Errorf("%d events", len(events))
	}
	for _, e := range events {
		if tr := e.Msg.GetTrack(); e.Msg.Trusted || tr.GetHasValue() || tr.GetValueMinor() != 0 {
			t.Errorf("a public key brought money: %v", e.Msg)
		}
		if e.Msg.GetStage() != nil || e.Msg.GetTouch() != nil || e.Msg.GetContact() != nil || e.Msg.GetAccount() != nil {
			t.Errorf("a public key brought more than a call: %v", e.Msg)
		}
	}
	refusedRecords(t, r)
	if n := len(r.events()); n != len(events) {
		t.Errorf("%d events more", n-len(events))
	}
	if n := len(r.spend()); n > 0 {
		t.Errorf("%d costs", n)
	}
}

// refusedRecords sends records that public keys may not send, to every endpoint.
func refusedRecords(t *testing.T, r *rig) {
	t.Helper()
	records := map[string]string{
		"stage":   `{"type":"stage","occurred_at":"2026-07-01T00:00:00Z","opportunity_id":"o","stage":"Closed Won","amount":"9","currency":"EUR","is_won":true,"anonymousId":"v","event":"X","userId":"u","groupId":"g","previousId":"p"}`,
		"contact": `{"type":"contact","occurred_at":"2026-07-01T00:00:00Z","contact_id":"c","email":"a@b.example","anonymousId":"v"}`,
		"account": `{"type":"account","occurred_at":"2026-07-01T00:00:00Z","account_id":"a","anonymousId":"v"}`,
		"touch":   `{"type":"touch","occurred_at":"2026-07-01T00:00:00Z","email":"a@b.example","source":"s","anonymousId":"v"}`,
		"spend":   `{"type":"spend","day":"2026-07-01","platform":"x","campaign":"c","currency":"EUR","spend":"9","anonymousId":"v"}`,
		"erase":   `{"type":"erase","email":"a@b.example","anonymousId":"v"}`,
	}
	for name, record := range records {
		for _, path := range []string{"/v1/stages", "/v1/touches", "/v1/spend", "/v1/erase", "/v1/batch", "/v1/import"} {
			for _, body := range []string{record, `[` + record + `]`, `{"batch":[` + record + `]}`} {
				if got := r.post(path, publicKey, body); got.Status < 400 || got.Status >= 500 {
					t.Errorf("%s to %s: %d %s", name, path, got.Status, got.Raw)
				}
			}
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/px.gif?k="+publicKey+"&d="+base64.RawURLEncoding.EncodeToString([]byte(record)), http.NoBody)
		if got := r.do(req); got.Status < 400 || got.Status >= 500 {
			t.Errorf("%s to px.gif: %d %s", name, got.Status, got.Raw)
		}
	}
}

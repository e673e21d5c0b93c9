package collector_test

import (
	"crypto/hmac" //nolint:gosec // as Segment signs
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector"
)

func TestKeys_whereSegmentPutsThem(t *testing.T) {
	r := start(t)
	b64 := base64.StdEncoding.EncodeToString
	for id, h := range map[string]http.Header{
		"basic":    header("Authorization", "Basic "+b64([]byte(secretKey+":"))),
		"password": header("Authorization", "Basic "+b64([]byte(secretKey+":x"))),
		"no-colon": header("Authorization", "basic "+b64([]byte(secretKey))),
		"bearer":   header("Authorization", "Bearer "+secretKey),
	} {
		if got := r.post("/v1/page", "", `{"anonymousId":"a","messageId":"`+id+`"}`, h); got.Status != 200 {
			t.Errorf("%s: %d %s", id, got.Status, got.Raw)
		}
	}
	r.ok("/v1/page", "", `{"anonymousId":"a","messageId":"body","writeKey":"`+secretKey+`"}`, 1)
	r.ok("/v1/batch", "", `[{"type":"page","anonymousId":"a","messageId":"item","writeKey":"`+secretKey+`"},{"type":"page","anonymousId":"b"}]`, 2)
	r.ok("/v1/page", otherKey, `{"anonymousId":"a","messageId":"other"}`, 1)
	for _, e := range r.events() {
		want := "acme"
		if e.Msg.Id == "other" {
			want = "other"
		}
		if e.Msg.Workspace != want || !e.Msg.Trusted {
			t.Errorf("%s: workspace %q, trusted %v", e.Msg.Id, e.Msg.Workspace, e.Msg.Trusted)
		}
	}
	if got := r.post("/v1/page", "", `{"anonymousId":"a","writeKey":"`+secretKey+`"}`, header("Authorization", "Basic !")); got.Status != 401 {
		t.Errorf("an unreadable header: %d, want 401", got.Status)
	}
}

func TestPublicKey_valueIsDropped(t *testing.T) {
	r := start(t)
	order := `{"userId":"u","event":"Order Completed","properties":{"revenue":12.5,"currency":"EUR"},"messageId":`
	r.ok("/v1/track", publicKey, order+`"public"}`, 1)
	r.ok("/v1/track", valueKey, order+`"allowed"}`, 1)
	r.ok("/v1/track", secretKey, order+`"secret"}`, 1)
	for id, has := range map[string]bool{"public": false, "allowed": true, "secret": true} {
		e := r.byID(id).Msg
		if tr := e.GetTrack(); tr.HasValue != has || has && (tr.ValueMinor != 1250 || tr.Currency != "EUR") {
			t.Errorf("%s: %v", id, tr)
		}
	}
	if n := r.metric("tributary_collector_flags_total", "flag", "value_untrusted"); n != 1 {
		t.Errorf("the flag is counted %v times, want 1", n)
	}
}

// sign is a delivery's headers, by a secret at a time.
func sign(secret, id, body string, at time.Time) http.Header {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "." + body))
	return header("Webhook-Id", id, "Webhook-Timestamp", stamp, "Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// TestSigned_byOtherSchemes sends what services sign in ways of their own.
func TestSigned_byOtherSchemes(t *testing.T) {
	const shared = "shared-by-both-sides"
	r := start(t, func(c *collector.Config) {
		c.Webhooks = append(c.Webhooks, collector.Webhook{Name: "cdp", Workspace: "acme", Provider: "segment", Secrets: []string{shared}},
			collector.Webhook{Name: "billing", Workspace: "acme", Provider: "stripe", Secrets: []string{shared}})
	})
	mac := func(h func() hash.Hash, text string) string {
		m := hmac.New(h, []byte(shared))
		m.Write([]byte(text))
		return hex.EncodeToString(m.Sum(nil))
	}
	order := `{"type":"track","messageId":"seg-1","anonymousId":"v","event":"Order Completed","properties":{"revenue":"5.00","currency":"EUR"}}`
	batch := "[" + order + `,{"type":"page","messageId":"seg-2","anonymousId":"v"}]`
	deal := `{"id":"str-1","occurred_at":"2026-07-15","opportunity_id":"o7","stage":"Open"}`
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	for _, v := range []struct {
		what, path, body, header, value string
		status                          int
	}{
		{"a batch of Segment's", "/v1/batch", batch, "X-Signature", mac(sha1.New, order), 200},
		{"a call of Segment's", "/v1/batch", order, "X-Signature", mac(sha1.New, order), 200},
		{"another's signature", "/v1/batch", batch, "X-Signature", mac(sha1.New, batch+" "), 401},
		{"Segment's where single calls go", "/v1/track", order, "X-Signature", mac(sha1.New, order), 401},
		{"a stage in Stripe's manner", "/v1/stages", deal, "Stripe-Signature", "t=" + stamp + ",v1=" + mac(sha256.New, stamp+"."+deal), 200},
		{"too late", "/v1/stages", deal, "Stripe-Signature", "t=1700000000,v1=" + mac(sha256.New, "1700000000."+deal), 401},
		{"a scheme that no source has", "/v1/stages", deal, "X-Hub-Signature-256", "sha256=" + mac(sha256.New, deal), 401},
	} {
		if got := r.post(v.path, "", v.body, header(v.header, v.value)); got.Status != v.status {
			t.Errorf("%s: %d %s, want %d", v.what, got.Status, got.Raw, v.status)
		}
	}
	if e := r.byID("seg-1"); e.Msg.SourceName != "cdp" || !e.Msg.Trusted {
		t.Errorf("%v", e)
	}
	if e := r.byID("str-1"); e.Msg.SourceName != "billing" || e.Msg.GetStage() == nil {
		t.Errorf("%v", e)
	}
}

func TestStages_signed(t *testing.T) {
	r := start(t)
	now := time.Now()
	one := `{"type":"stage","opportunity_id":"o1","stage":"new","occurred_at":"2026-07-15"}`
	two := `[{"type":"contact","contact_id":"c1"},{"opportunity_id":"o2","stage":"won","amount":"1250.00","id":"own"}]`
	for name, v := range map[string]struct {
		path, body string
		header     http.Header
		status     int
	}{
		"first secret":       {"/v1/stages", one, sign(hookSecret, "msg_1", one, now), 200},
		"second secret":      {"/v1/stages?source=crm", two, sign(hookSecret2, "msg_2", two, now), 200},
		"four minutes late":  {"/v1/stages", one, sign(hookSecret, "msg_1", one, now.Add(-4*time.Minute)), 200},
		"six minutes late":   {"/v1/stages", one, sign(hookSecret, "msg_3", one, now.Add(-6*time.Minute)), 401},
		"six minutes early":  {"/v1/stages", one, sign(hookSecret, "msg_3", one, now.Add(6*time.Minute)), 401},
		"another body":       {"/v1/stages", one + " ", sign(hookSecret, "msg_3", one, now), 401},
		"another secret":     {"/v1/stages", one, sign("whsec_"+strings.Repeat("A", 32), "msg_3", one, now), 401},
		"another source":     {"/v1/stages?source=erp", one, sign(hookSecret, "msg_3", one, now), 401},
		"no signature":       {"/v1/stages", one, header("Webhook-Id", "msg_3"), 401},
		"where none belongs": {"/v1/touches", one, sign(hookSecret, "msg_3", one, now), 401},
	} {
		if got := r.post(v.path, "", v.body, v.header); got.Status != v.status {
			t.Errorf("%s: %d %s, want %d", name, got.Status, got.Raw, v.status)
		}
	}
	// A repeated delivery has the same event id, so it counts once.
	if e := r.byID("msg_1"); e.Key != "acme|o|o1" || !e.Msg.Trusted || e.Msg.SourceName != "crm" {
		t.Errorf("%v", e)
	}
	if e := r.byID("msg_2/0"); e.Key != "acme|c|c1" || e.Msg.GetContact() == nil {
		t.Errorf("%v", e)
	}
	if s := r.byID("own").Msg.GetStage(); s.Stage != "closed_won" || !s.IsWon || s.AmountMinor != 125000 || s.Currency != "EUR" {
		t.Errorf("%v", s)
	}
	if n := r.metric("tributary_collector_strangers_total", "code", "invalid_signature"); n != 6 {
		t.Errorf("%v deliveries are counted as badly signed, want 6", n)
	}
}

func TestRecords_touchesAndSpend(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/v1/touches", "/v1/stages"} { // one file with every kind of canonical record goes to either
		r.ok(path, secretKey, `{"type":"touch","id":"t0`+path+`","occurred_at":"2026-07-15","email":"ann@acme.example","channel":"Webinar"}
			{"type":"contact","id":"c0`+path+`","occurred_at":"2026-07-15","contact_id":"k"}
			{"type":"stage","id":"s0`+path+`","occurred_at":"2026-07-15","opportunity_id":"d","stage":"Open"}`, 3)
	}
	r.ok("/v1/touches", secretKey, `{"type":"touch","id":"t1","occurred_at":"2026-07-15","email":"ann@acme.example","channel":"Webinar"}`, 1)
	r.ok("/v1/spend", secretKey, `{"type":"spend","day":"2026-07-15","platform":"google","campaign":"brand","medium":"cpc","currency":"EUR","spend":"10.00"}`, 1)
	r.ok("/v1/spend", secretKey, `{"type":"spend","day":"2026-07-15","platform":"google","campaign":"brand","medium":"cpc","currency":"EUR","spend":12}`, 1)
	r.ok("/v1/batch", secretKey, `{"type":"stage","id":"s1","opportunity_id":"o","stage":"new"}
{"type":"spend","day":"2026-07-16","platform":"google","currency":"EUR","spend":1}
{"type":"page","anonymousId":"a","messageId":"p1"}`, 3)
	if o := r.byID("t1").Msg.GetTouch().GetOrigin(); o.Channel != "Webinar" || o.RulesVersion != "explicit" {
		t.Errorf("%v", o)
	}
	spend := r.spend()
	if len(spend) != 3 {
		t.Fatalf("%d records on spend-v1, want 3", len(spend))
	}
	var day []int64
	var seq []int64
	for _, s := range spend {
		if s.Msg.Day == 20649 {
			if s.Msg.Channel != "Paid Search" {
				t.Errorf("channel %q", s.Msg.Channel)
			}
			day, seq = append(day, s.Msg.SpendMinor), append(seq, s.Msg.ReceiptSeq)
		}
	}
	// Same key, same partition, later sequence: the second replaces the first.
	if len(day) != 2 || day[0] != 1000 || day[1] != 1200 || seq[1] <= seq[0] {
		t.Errorf("spend of the day: %v with sequences %v", day, seq)
	}
}

func TestReceiptSeq_neverRepeats(t *testing.T) {
	frozen := time.Now()
	cfg := testConfig(topics(t))
	r := startWith(t, cfg, collector.Dependencies{Now: func() time.Time { return frozen }})
	for range 5 {
		r.ok("/v1/batch", secretKey, `[{"type":"page","anonymousId":"a"},{"type":"page","anonymousId":"b"},{"type":"page","anonymousId":"c"}]`, 3)
	}
	seen := map[int64]bool{}
	for _, e := range r.events() {
		if seen[e.Msg.ReceiptSeq] || e.Msg.ReceiptSeq < e.Msg.ReceivedUs {
			t.Errorf("sequence %d: repeated, or before the receipt %d", e.Msg.ReceiptSeq, e.Msg.ReceivedUs)
		}
		seen[e.Msg.ReceiptSeq] = true
	}
	if len(seen) != 15 {
		t.Errorf("%d sequences, want 15", len(seen))
	}
}

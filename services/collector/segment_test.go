package collector_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
)

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// TestSegmentCalls sends each call in the long and the short form and reads it back.
func TestSegmentCalls(t *testing.T) {
	r := start(t)
	for i, path := range []string{"track", "t", "page", "p", "screen", "s", "identify", "i", "group", "g", "alias", "a"} {
		body := fmt.Sprintf(`{"messageId":"m%d","anonymousId":"v%d","userId":"u%d","event":"Demo Requested","groupId":"g1","previousId":"old",
			"timestamp":"2026-07-15T21:00:00Z","context":{"page":{"url":"https://acme.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"}}}`, i, i, i)
		r.ok("/v1/"+path, publicKey, body, 1)
	}
	events := r.events()
	if len(events) != 12 {
		t.Fatalf("%d events on events-v1, want 12", len(events))
	}
	for _, e := range events {
		if want := "acme|v|" + e.Msg.VisitorId; e.Key != want {
			t.Errorf("%s: key %q, want %q", e.Msg.Id, e.Key, want)
		}
		if e.Msg.Workspace != "acme" || e.Msg.SourceName != "site" || e.Msg.Trusted {
			t.Errorf("%s: workspace %q, source %q, trusted %v", e.Msg.Id, e.Msg.Workspace, e.Msg.SourceName, e.Msg.Trusted)
		}
	}
	if tr := r.byID("m0").Msg.GetTrack(); tr.GetName() != "Demo Requested" || tr.GetOrigin().GetChannel() != "Paid Search" || !tr.OnPage {
		t.Errorf("track: %v", tr)
	}
	if p := r.byID("m3").Msg.GetPage(); p == nil || p.IsScreen || p.GetOrigin().GetCampaign() != "brand" {
		t.Errorf("page: %v", p)
	}
	if s := r.byID("m5").Msg.GetPage(); s == nil || !s.IsScreen {
		t.Errorf("screen: %v", s)
	}
	if g := r.byID("m8").Msg; g.GetGroup() == nil || g.AccountId != "g1" {
		t.Errorf("group: %v", g)
	}
	if a := r.byID("m11").Msg; a.GetAlias().GetPreviousId() != "old" || a.UserId != "u11" {
		t.Errorf("alias: %v", a)
	}
	if n := r.metric("tributary_collector_accepted_total", "endpoint", "track"); n != 2 {
		t.Errorf("accepted_total of track is %v, want 2", n)
	}
}

// TestBatch has an envelope whose key, clock and context hold for its items.
func TestBatch(t *testing.T) {
	r := start(t)
	r.ok("/v1/batch", "", `{"batch":[
		{"type":"page","anonymousId":"v1","messageId":"b1","properties":{"url":"https://acme.example/a?gclid=x"}},
		{"type":"track","userId":"u1","messageId":"b2","event":"Lead Submitted","properties":{"email":" Ann@Example.COM "}},
		{"type":"identify","userId":"u1","anonymousId":"v1","messageId":"b3","traits":{"email":"ann@gmail.com"}}
	],"context":{"userAgent":"Googlebot/2.1"},"sentAt":"2026-07-15T21:00:05Z","writeKey":"`+publicKey+`"}`, 3)
	if p := r.byID("b1"); p.Msg.GetPage().GetOrigin().GetClickIdType() != "gclid" || !p.Msg.GetPage().GetOrigin().IsBot {
		t.Errorf("page: %v", p.Msg)
	}
	e := r.byID("b2")
	if e.Key != "acme|u|u1" || e.Msg.EmailDomain != "example.com" || e.Msg.EmailSha256 != sha256Hex("ann@example.com") {
		t.Errorf("track: key %q, %v", e.Key, e.Msg)
	}
	if id := r.byID("b3").Msg; id.EmailDomain != "" || id.EmailSha256 == "" {
		t.Errorf("identify by free mail: %v", id)
	}
}

package collector_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/collector"
)

// identifying is a browser's record with an identifier in every place that has one.
const identifying = `"anonymousId":"visitor-7","userId":"user-7","traits":{"email":"ann@acme.example"},` +
	`"properties":{"email":"ann@acme.example"}`

func pageWith(id, url, referrer, consent string) string {
	return `{"type":"page","messageId":"` + id + `",` + identifying + `,"context":{"page":{"url":"` + url + `","referrer":"` + referrer + `"},` +
		`"traits":{"email":"ann@acme.example"},"consent":` + consent + `}}`
}

// TestConsent_deniedLeavesNoIdentifier sends a denied visitor's records: a page from outside stays as a touch of nobody, a conversion stays without anybody, and what is about
// identity, or about moving within the site, is not kept at all.
func TestConsent_deniedLeavesNoIdentifier(t *testing.T) {
	r := start(t)
	const denied = `{"state":"denied"}`
	const entry = "https://acme.example/?utm_source=google&utm_medium=cpc&gclid=CLICK-7"
	r.ok("/v1/batch", publicKey, `{"batch":[`+strings.Join([]string{
		pageWith("d-entry", entry, "", denied),
		pageWith("d-direct", "https://acme.example/", "", denied),
		pageWith("d-inside", "https://acme.example/pricing", "https://acme.example/", denied),
		`{"type":"identify","messageId":"d-identify",` + identifying + `,"context":{"consent":` + denied + `}}`,
		`{"type":"track","event":"Lead Submitted","messageId":"d-lead",` + identifying + `,"context":{"page":{"url":"https://acme.example/form"},"consent":` + denied + `}}`,
		pageWith("g-entry", entry, "", `{"state":"granted"}`),
	}, ",")+`]}`, 6)
	visitors := map[string]bool{}
	got := r.events()
	for _, e := range got {
		if e.Msg.Id == "g-entry" {
			if e.Msg.VisitorId != "visitor-7" || e.Msg.GetPage().Origin.Consent != "granted" {
				t.Errorf("granted: %v", e.Msg)
			}
			continue
		}
		text := string(e.Key) + e.Msg.String()
		for _, trace := range []string{"visitor-7", "user-7", "acme.example\"", "CLICK-7", "email_sha256", "client_network"} {
			if strings.Contains(text, trace) && !strings.Contains(trace, "acme.example") {
				t.Errorf("%s still has %s: %s", e.Msg.Id, trace, text)
			}
		}
		if e.Msg.EmailSha256+e.Msg.EmailDomain+e.Msg.UserId != "" || visitors[e.Msg.VisitorId] {
			t.Errorf("%s is of somebody: %v", e.Msg.Id, e.Msg)
		}
		visitors[e.Msg.VisitorId] = true
	}
	if len(got) != 4 || len(visitors) != 3 {
		t.Fatalf("%d events kept of %d visitors, want 4 and 3", len(got), len(visitors))
	}
	if o := r.byID("d-entry").Msg.GetPage().Origin; o.Channel != "Paid Search" || o.Consent != "denied" {
		t.Errorf("the entry is %v", o)
	}
	if n := r.metric("tributary_collector_withheld_total"); n != 2 {
		t.Errorf("%v records withheld, want 2", n)
	}
	if len(r.rejected()) > 0 {
		t.Error("a denied record was kept as refused")
	}
}

// TestConsent_whoSaysIt has the choice on the site before the browser's signal, and that before what the site assumes.
func TestConsent_whoSaysIt(t *testing.T) {
	r := start(t, func(c *collector.Config) { c.Workspaces[1].IgnoreGPC = true })
	gpc := header("Sec-GPC", "1")
	for id, want := range map[string]struct {
		key, consent string
		gpc          bool
		state        string
	}{
		"nothing":               {publicKey, `{}`, false, ""},
		"signal":                {publicKey, `{}`, true, "denied"},
		"signal-implied":        {publicKey, `{"basis":"implied"}`, true, "denied"},
		"signal-granted":        {publicKey, `{"state":"granted"}`, true, "granted"},
		"signal-ignored":        {otherKey, `{}`, true, ""},
		"signal-of-server":      {secretKey, `{}`, true, ""},
		"implied":               {publicKey, `{"basis":"implied"}`, false, "implied"},
		"tcf":                   {publicKey, `{"basis":"tcf"}`, false, "granted"},
		"category-denied":       {publicKey, `{"categoryPreferences":{"Advertising":true,"Analytics":false}}`, false, "denied"},
		"category-granted":      {publicKey, `{"categoryPreferences":{"Advertising":false,"C0002":true}}`, false, "granted"},
		"category-other":        {publicKey, `{"categoryPreferences":{"Advertising":false}}`, false, ""},
		"category-of-no-object": {publicKey, `{"categoryPreferences":7}`, false, ""},
		"one-word":              {publicKey, `"denied"`, false, "denied"},
		"one-bit":               {publicKey, `true`, false, "granted"},
		"of-another-kind":       {publicKey, `{"state":[],"basis":{}}`, false, ""},
		"list":                  {publicKey, `[1]`, false, ""},
	} {
		h := header()
		if want.gpc {
			h = gpc
		}
		if got := r.post("/v1/page", want.key, pageWith(id, "https://acme.example/?utm_source=a", "", want.consent), h); got.Status != 200 {
			t.Fatalf("%s: %d %s", id, got.Status, got.Raw)
		}
		if got := r.byID(id).Msg.GetPage().Origin.Consent; got != want.state {
			t.Errorf("%s: %q, want %q", id, got, want.state)
		}
	}
}

// TestAddress_isNeverWhole keeps a network, or nothing, and flags a company's own.
func TestAddress_isNeverWhole(t *testing.T) {
	r := start(t, func(c *collector.Config) {
		c.Limits.TrustedProxies = []string{"127.0.0.0/8"}
		c.Workspaces[0].InternalNetworks = []string{"198.51.100.0/24"}
		c.Workspaces[1].DropAddress = true
		c.Keys = append(c.Keys, collector.Key{Name: "drop", Workspace: "other", Value: "pk_drop"})
	})
	for id, want := range map[string]struct{ key, forwarded, context, network, bot string }{
		"four":       {publicKey, "203.0.113.77", "", "203.0.113.0/24", ""},
		"six":        {publicKey, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1::/48", ""},
		"claimed":    {publicKey, "203.0.113.77", "192.0.2.1", "203.0.113.0/24", ""},
		"by-server":  {secretKey, "203.0.113.77", "192.0.2.1", "192.0.2.0/24", ""},
		"server":     {secretKey, "203.0.113.77", "", "", ""},
		"not-one":    {secretKey, "203.0.113.77", "x", "", ""},
		"internal":   {publicKey, "198.51.100.9", "", "198.51.100.0/24", "INTERNAL"},
		"drop":       {"pk_drop", "203.0.113.77", "", "", ""},
		"mapped-six": {publicKey, "::ffff:203.0.113.77", "", "203.0.113.0/24", ""},
	} {
		body := `{"anonymousId":"a","messageId":"` + id + `","context":{"ip":"` + want.context + `"}}`
		if got := r.post("/v1/page", want.key, body, header("X-Forwarded-For", want.forwarded, "User-Agent", "Mozilla/5.0")); got.Status != 200 {
			t.Fatalf("%s: %d %s", id, got.Status, got.Raw)
		}
		e := r.byID(id).Msg
		if e.ClientNetwork != want.network || e.GetPage().Origin.BotReason != want.bot {
			t.Errorf("%s: %q %q, want %q %q", id, e.ClientNetwork, e.GetPage().Origin.BotReason, want.network, want.bot)
		}
		for _, whole := range []string{"113.77", "100.9", "192.0.2.1", "3:4:5:6"} {
			if strings.Contains(e.String(), whole) {
				t.Errorf("%s: a whole address is kept: %v", id, e)
			}
		}
	}
}

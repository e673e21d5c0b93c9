package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// world is what was received.
type world struct {
	t      *testing.T
	events []*tributaryv1.Event
}

// landed are the page calls of a story.
func (w world) landed(story string) []*tributaryv1.Event {
	return w.where(func(e *tributaryv1.Event) bool {
		return strings.HasSuffix(e.GetPage().GetOrigin().GetLandingPage(), "/"+story+"/")
	})
}

// tracked are the track calls of a name.
func (w world) tracked(name string) []*tributaryv1.Event {
	return w.where(func(e *tributaryv1.Event) bool { return e.GetTrack().GetName() == name })
}

func (w world) where(ok func(*tributaryv1.Event) bool) []*tributaryv1.Event {
	return slices.DeleteFunc(slices.Clone(w.events), func(e *tributaryv1.Event) bool { return !ok(e) })
}

// one is the only event; the test fails when there are others.
func (w world) one(what string, list []*tributaryv1.Event) *tributaryv1.Event {
	w.t.Helper()
	if len(list) != 1 {
		w.t.Errorf("%s: %d events, want 1", what, len(list))
		return &tributaryv1.Event{}
	}
	return list[0]
}

// paid insists that a story's page call says what its address says.
func (w world) paid(story string) *tributaryv1.Event {
	w.t.Helper()
	e := w.one(story, w.landed(story))
	o := e.GetPage().GetOrigin()
	if o.GetChannel() != "Paid Search" || o.GetSource() != "google" || o.GetCampaign() != "brand" || o.GetClickIdType() != "gclid" || o.GetIsBot() || e.VisitorId == "" || e.Trusted {
		w.t.Errorf("%s: %v", story, e)
	}
	return e
}

func TestSDKs(t *testing.T) {
	chromium := need(t, "chromium", "chromium-browser", "google-chrome")
	install(t)
	k, port := startCollector(t)
	browser := drive(t, chromium, startSite(t, port), port)
	node(t, "node.mjs", "COLLECTOR=http://127.0.0.1:"+port, "SECRET_KEY="+secretKey)
	w := world{t: t}
	w.events = received(t, k, func(all []*tributaryv1.Event) bool {
		w := world{events: all}
		return len(w.tracked("Batched")) == 2 && len(w.tracked("Beaconed")) == 1 && len(w.landed("snowplow-anonymous")) == 4 && len(w.tracked("Page Ping")) > 0 &&
			len(w.where(func(e *tributaryv1.Event) bool { return e.GetPage().GetIsScreen() })) == 1
	})
	for story, s := range browser {
		if s.Failed != "" || len(s.Complaints) > 0 {
			t.Errorf("%s: %s; the browser complained: %q", story, s.Failed, s.Complaints)
		}
	}
	t.Run("segment", func(t *testing.T) { segment(world{t, w.events}) })
	t.Run("rudder", func(t *testing.T) { rudder(world{t, w.events}) })
	t.Run("snowplow", func(t *testing.T) { snowplow(world{t, w.events}, browser) })
	t.Run("node", func(t *testing.T) { server(world{t, w.events}) })
}

func segment(w world) {
	page := w.paid("segment")
	visitor := page.VisitorId
	of := func(ok func(*tributaryv1.Event) bool) *tributaryv1.Event {
		w.t.Helper()
		return w.one("of the visitor", w.where(func(e *tributaryv1.Event) bool { return e.VisitorId == visitor && ok(e) }))
	}
	if e := of(func(e *tributaryv1.Event) bool { return e.GetIdentify() != nil }); e.UserId != "seg-user" || e.EmailSha256 != hash("ann@acme.example") {
		w.t.Errorf("identify: %v", e)
	}
	if e := of(func(e *tributaryv1.Event) bool { return e.GetTrack() != nil }); e.GetTrack().GetName() != "Lead Submitted" || !e.GetTrack().GetOnPage() || e.GetTrack().GetHasValue() ||
		!slices.Contains(e.Flags, "value_untrusted") {
		w.t.Errorf("track: %v", e)
	}
	if e := of(func(e *tributaryv1.Event) bool { return e.GetGroup() != nil }); e.AccountId != "acme" {
		w.t.Errorf("group: %v", e)
	}
	if e := of(func(e *tributaryv1.Event) bool { return e.GetAlias() != nil }); e.UserId != "seg-user" || e.GetAlias().GetPreviousId() != visitor {
		w.t.Errorf("alias: %v", e)
	}
	batched := w.tracked("Batched")
	if first := w.paid("segment-batch"); len(batched) != 2 || batched[0].VisitorId != first.VisitorId {
		w.t.Errorf("batched: %v", batched)
	}
	for _, e := range append(batched, page) {
		if !strings.HasPrefix(e.Id, "ajs-next-") || len(e.Flags) > 0 {
			w.t.Errorf("id %q, flags %v", e.Id, e.Flags)
		}
	}
}

func rudder(w world) {
	page := w.paid("rudder")
	if e := w.one("track", w.tracked("Demo Requested")); e.VisitorId != page.VisitorId || e.UserId != "rudder-user" {
		w.t.Errorf("track: %v", e)
	}
	email := hash("cy@acme.example")
	identified := w.where(func(e *tributaryv1.Event) bool { return e.GetIdentify() != nil && e.UserId == "rudder-user" })
	if e := w.one("identify", identified); e.EmailSha256 != email || e.VisitorId != page.VisitorId {
		w.t.Errorf("identify: %v", e)
	}
	if e := w.one("group", w.where(func(e *tributaryv1.Event) bool { return e.GetGroup() != nil && e.VisitorId == page.VisitorId })); e.AccountId != "acme" {
		w.t.Errorf("group: %v", e)
	}
	if e := w.one("beacon", w.tracked("Beaconed")); e.VisitorId != w.paid("rudder-beacon").VisitorId {
		w.t.Errorf("beacon: %v", e)
	}
}

func snowplow(w world, browser map[string]seen) {
	page := w.paid("snowplow")
	struc, own, link := w.one("structured", w.tracked("Trial Started")), w.one("self-describing", w.tracked("demo_requested")), w.one("link", w.tracked("Link Clicked"))
	for _, e := range []*tributaryv1.Event{struc, own, link} {
		if e.VisitorId != page.VisitorId || e.UserId != "sp-user" || !e.GetTrack().GetOnPage() {
			w.t.Errorf("%v", e)
		}
	}
	if own.EmailSha256 != hash("di@acme.example") || !slices.Contains(struc.Flags, "value_untrusted") {
		w.t.Errorf("address %q, flags %v", own.EmailSha256, struc.Flags)
	}
	if e := w.one("identify", w.where(func(e *tributaryv1.Event) bool { return e.GetIdentify() != nil && e.UserId == "sp-user" })); e.VisitorId != page.VisitorId {
		w.t.Errorf("identify: %v", e)
	}
	saw := browser["snowplow"]
	if saw.SP == nil || saw.SP.Domain != "t.shop.test" && saw.SP.Domain != ".shop.test" || !saw.SP.HTTPOnly || !strings.Contains(saw.Duid, page.VisitorId+".") {
		w.t.Errorf("cookies: %+v %+v of visitor %s", saw.SP, saw, page.VisitorId)
	}
	if n := len(w.tracked("plain")); n != 3 {
		w.t.Errorf("%d events without base64, want 3", n)
	}
	w.paid("snowplow-plain")
	w.paid("snowplow-get")
	if ping := w.tracked("Page Ping"); len(ping) == 0 || !ping[0].GetTrack().GetOnPage() {
		w.t.Errorf("pings: %v", ping)
	}
	anonymous := w.landed("snowplow-anonymous")
	if len(anonymous) != 4 || anonymous[0].VisitorId == "" || slices.Contains(browser["snowplow-anonymous"].Cookies, "sp") {
		w.t.Errorf("anonymous: %d pages, cookies %v", len(anonymous), browser["snowplow-anonymous"].Cookies)
	}
}

func server(w world) {
	mine := w.where(func(e *tributaryv1.Event) bool { return e.UserId == "node-user" || e.VisitorId == "node-visitor" })
	if len(mine) != 6 {
		w.t.Errorf("%d calls of analytics-node, want 6", len(mine))
	}
	order := w.one("order", w.tracked("Order Completed"))
	if tr := order.GetTrack(); tr.GetValueMinor() != 125050 || tr.GetCurrency() != "EUR" || !order.Trusted {
		w.t.Errorf("order: %v", order)
	}
	for _, e := range mine {
		if o := e.GetPage().GetOrigin(); e.GetPage() != nil && !e.GetPage().GetIsScreen() && o.GetChannel() != "Email" {
			w.t.Errorf("page: %v", e)
		}
	}
}

package e2e_test

import (
	"cmp"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const shop, blog = "www.shop.test", "www.blog.test"

func sorted(events []*tributaryv1.Event, want func(*tributaryv1.Event) bool) []*tributaryv1.Event {
	var out []*tributaryv1.Event
	for _, e := range events {
		if want(e) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *tributaryv1.Event) int { return cmp.Compare(a.OccurredUs, b.OccurredUs) })
	return out
}

// seen is what the browser saw, of all stories.
type seen struct {
	Error       string
	Complaints  []string
	Preflights  int
	ContentType string
	SetCookie   string
	Cookies     json.RawMessage
	Address     string
	Seen        []string
	Readable    []string
	Kept        string
	Before      struct {
		Calls         int
		Visitor, Kept string
	}
	Visitor, After, From string
	Refused              int
	Left                 []string
	There, Copied        struct{ Address, Visitor string }
	Storage              string
}

type cookie struct {
	Name, Value, Domain, SameSite string
	HTTPOnly                      bool
}

func (s seen) cookies(t *testing.T) []cookie {
	t.Helper()
	var out []cookie
	if err := json.Unmarshal(s.Cookies, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// story is one check: what the browser saw, and all that was received.
type story func(t *testing.T, s seen, events []*tributaryv1.Event)

func stories() map[string]story {
	return map[string]story{
		"landing": landing, "returning": returning, "form": form, "closing": closing, "gpc": denied("gpc"), "dnt": denied("dnt"), "waiting": waiting,
		"tcf": tcf, "retry": retry, "linking": linking, "early": early, "demo": demo, "blocked": blocked,
		"barred": barred, "noscript": noscript,
	}
}

func TestPixel(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser and an engine")
	}
	chromium := need(t, "chromium", "chromium-browser", "google-chrome")
	install(t)
	k, collectorPort := startCollector(t)
	got := drive(t, chromium, startSite(t, collectorPort), collectorPort)
	events := received(t, k, func(have []*tributaryv1.Event) bool {
		last := []string{"Closing close", "Closing leave", "Lead Submitted", "Demo Requested", "Tried Later", "Blocked", "Known", "Barred Leaving"}
		return !slices.ContainsFunc(last, func(name string) bool { return len(tracked(have, name)) == 0 }) && len(landed(have, "t.shop.test")) > 1
	})
	for name, check := range stories() {
		t.Run(name, func(t *testing.T) {
			var s seen
			if err := json.Unmarshal(got[name], &s); err != nil || s.Error != "" {
				t.Fatalf("the story did not reach its end: %v %s", err, s.Error)
			}
			check(t, s, events)
		})
	}
}

// TestTypes holds the source to its types, which the bundler only strips.
func TestTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("needs packages from npm")
	}
	node := need(t, "node")
	install(t)
	if out, err := exec.CommandContext(t.Context(), node, "node_modules/typescript/bin/tsc", "-p", "../web").CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%s", err, out)
	}
}

// one is the only event of a list.
func one(t *testing.T, events []*tributaryv1.Event, what string) *tributaryv1.Event {
	t.Helper()
	if len(events) != 1 {
		t.Fatalf("%s: %d events, want one: %v", what, len(events), events)
	}
	return events[0]
}

// landing: after a redirect, the site tidies the address before the pixel is loaded; the campaign and click id count all the same, and so do the pages inside the application.
func landing(t *testing.T, s seen, events []*tributaryv1.Event) {
	pages := landed(events, shop+"/landing/")
	if len(pages) != 3 {
		t.Fatalf("%d pages, want landing, pricing and back: %v", len(pages), pages)
	}
	o := pages[0].GetPage().GetOrigin()
	if o.Channel != "Paid Search" || o.Source != "google" || o.Campaign != "brand" || o.ClickIdType != "gclid" || o.ClickId != "abc" || o.IsBot {
		t.Errorf("landing: %v", o)
	}
	if o := pages[1].GetPage().GetOrigin(); o.LandingPage != shop+"/landing/pricing" || o.Evidence != tributaryv1.Evidence_EVIDENCE_NONE {
		t.Errorf("a page of the application is no new source: %v", o)
	}
	if o := pages[2].GetPage().GetOrigin(); o.LandingPage != shop+"/landing/" {
		t.Errorf("back: %v", o)
	}
	for _, p := range pages {
		if p.VisitorId != pages[0].VisitorId || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(p.VisitorId) {
			t.Errorf("visitor %q, the first was %q", p.VisitorId, pages[0].VisitorId)
		}
	}
	if !strings.HasPrefix(s.ContentType, "text/plain") || s.Preflights != 0 {
		t.Errorf("sent as %q with %d preflights, want text/plain and none", s.ContentType, s.Preflights)
	}
	if !strings.Contains(s.SetCookie, "trb_id="+pages[0].VisitorId) || !strings.Contains(s.SetCookie, "Domain=shop.test") {
		t.Errorf("the collector's cookie: %q", s.SetCookie)
	}
	if c := s.cookies(t); len(c) != 1 || c[0].Value != pages[0].VisitorId || c[0].Domain != ".shop.test" || c[0].SameSite != "Lax" {
		t.Errorf("cookies: %v, want one of script and collector", c)
	}
	if len(s.Complaints) > 0 {
		t.Errorf("the console, with a strict policy: %q", s.Complaints)
	}
}

func returning(t *testing.T, s seen, events []*tributaryv1.Event) {
	pages := landed(events, shop+"/returning/")
	if len(pages) != 3 || len(s.Seen) != 3 {
		t.Fatalf("%d pages, %d seen, want 3: %v", len(pages), len(s.Seen), pages)
	}
	for i, p := range pages {
		if p.VisitorId != pages[0].VisitorId || s.Seen[i] != p.VisitorId {
			t.Errorf("visit %d: visitor %q in Kafka, %q in the browser, want %q", i, p.VisitorId, s.Seen[i], pages[0].VisitorId)
		}
	}
	if c := s.cookies(t); len(c) != 1 || c[0].Value != pages[0].VisitorId {
		t.Errorf("the lost cookie was not restored: %v", c)
	}
}

func form(t *testing.T, s seen, events []*tributaryv1.Event) {
	lead := one(t, tracked(events, "Lead Submitted"), "lead")
	if lead.EmailSha256 != sha256Hex("ann@acme.example") || lead.EmailDomain != "acme.example" || lead.VisitorId == "" {
		t.Errorf("lead: %v", lead)
	}
	if first := landed(events, shop+"/form/"); len(first) != 2 || first[0].VisitorId != lead.VisitorId {
		t.Errorf("the lead is not its visitor's: %v", first)
	}
	if len(s.Readable) > 0 {
		t.Errorf("an address, a password or another form left the browser: %q", s.Readable)
	}
	if other := tracked(events, "Form Submitted"); len(other) > 0 {
		t.Errorf("a form that did not ask for it was taken: %v", other)
	}
}

func closing(t *testing.T, _ seen, events []*tributaryv1.Event) {
	one(t, tracked(events, "Closing close"), "a page that is closed")
	one(t, tracked(events, "Closing leave"), "a page that is left")
}

func denied(name string) story {
	return func(t *testing.T, s seen, events []*tributaryv1.Event) {
		if s.Kept != "" {
			t.Errorf("kept in spite of the signal: %q", s.Kept)
		}
		if unwanted := append(tracked(events, "Unwanted"), landed(events, shop+"/"+name)...); len(unwanted) > 0 {
			t.Errorf("sent in spite of the signal: %v", unwanted)
		}
		one(t, tracked(events, "Chosen "+name), "after the visitor's own choice")
	}
}

func waiting(t *testing.T, s seen, events []*tributaryv1.Event) {
	if s.Before.Calls != 0 || s.Before.Visitor != "" || s.Before.Kept != "" {
		t.Errorf("before consent: %+v", s.Before)
	}
	page := one(t, landed(events, shop+"/waiting/"), "the page that waited")
	if page.VisitorId != s.Visitor || page.GetPage().GetOrigin().GetChannel() != "Email" {
		t.Errorf("after consent: %v, visitor in the browser %q", page, s.Visitor)
	}
	if strings.Contains(s.After, "trb_id") || len(tracked(events, "After Withdrawal")) > 0 {
		t.Errorf("after the withdrawal: %q is kept", s.After)
	}
}

func tcf(t *testing.T, _ seen, events []*tributaryv1.Event) {
	if wrong := append(tracked(events, "While Asked"), tracked(events, "While Refused")...); len(wrong) > 0 {
		t.Errorf("sent without consent: %v", wrong)
	}
	one(t, tracked(events, "While Granted"), "with consent")
}

func retry(t *testing.T, s seen, events []*tributaryv1.Event) {
	if s.Refused < 1 || len(s.Left) > 0 {
		t.Errorf("%d refused, %q left", s.Refused, s.Left)
	}
	again, later := one(t, tracked(events, "Tried Again"), "again"), one(t, tracked(events, "Tried Later"), "later")
	if again.VisitorId != later.VisitorId || again.OccurredUs >= later.OccurredUs {
		t.Errorf("%v, then %v", again, later)
	}
	one(t, landed(events, shop+"/retry/1"), "the page that could not send")
}

func linking(t *testing.T, s seen, events []*tributaryv1.Event) {
	if s.From == "" || s.There.Visitor != s.From || strings.Contains(s.There.Address, "_trb") {
		t.Errorf("from %q to %+v", s.From, s.There)
	}
	pages := landed(events, blog+"/linking/there")
	if len(pages) != 2 || pages[0].VisitorId != s.From {
		t.Errorf("on the other site: %v", pages)
	}
	if s.Copied.Visitor == s.From || s.Copied.Visitor == "" || !strings.HasSuffix(s.Copied.Address, "/linking/there?a=b%20c") {
		t.Errorf("a copied link makes one visitor of two: %+v", s.Copied)
	}
}

func early(t *testing.T, _ seen, events []*tributaryv1.Event) {
	first, known := one(t, tracked(events, "Early"), "before the script"), one(t, tracked(events, "Known"), "after identify")
	if first.UserId != "" || known.UserId != "user-7" || first.VisitorId != known.VisitorId {
		t.Errorf("%v, then %v", first, known)
	}
	identify := one(t, sorted(events, func(e *tributaryv1.Event) bool { return e.GetIdentify() != nil && e.VisitorId == first.VisitorId }), "identify")
	if identify.UserId != "user-7" || identify.EmailSha256 != sha256Hex("bob@acme.example") || identify.EmailDomain != "acme.example" {
		t.Errorf("identify: %v", identify)
	}
}

func demo(t *testing.T, s seen, events []*tributaryv1.Event) {
	if len(s.Complaints) > 0 {
		t.Errorf("the console: %q", s.Complaints)
	}
	asked := one(t, tracked(events, "Demo Requested"), "the form")
	if asked.EmailSha256 != sha256Hex("demo@acme.example") {
		t.Errorf("the form: %v", asked)
	}
	pages := landed(events, "t.shop.test")
	if len(pages) < 2 || pages[0].GetPage().GetOrigin().GetChannel() != "Email" || pages[1].GetPage().GetOrigin().GetLandingPage() != "t.shop.test/demo/pricing" {
		t.Errorf("pages: %v", pages)
	}
}

func blocked(t *testing.T, s seen, events []*tributaryv1.Event) {
	if s.Storage != "SecurityError" || string(s.Cookies) != `""` {
		t.Fatalf("the browser does keep things: storage %q, cookies %s", s.Storage, s.Cookies)
	}
	page, done := one(t, landed(events, shop+"/blocked/"), "page"), one(t, tracked(events, "Blocked"), "track")
	if page.VisitorId != done.VisitorId || page.GetPage().GetOrigin().GetChannel() != "Paid Search" {
		t.Errorf("%v, then %v", page, done)
	}
}

// barred: the page's policy lets scripts connect to nobody, but pictures may come from the collector.
func barred(t *testing.T, s seen, events []*tributaryv1.Event) {
	pages := landed(events, shop+"/barred/")
	if len(pages) != 2 {
		t.Fatalf("%d pages, want 2: %v", len(pages), pages)
	}
	page := pages[0]
	if page.VisitorId != s.Visitor || page.GetPage().GetOrigin().GetChannel() != "Email" {
		t.Errorf("%v of %q", page, s.Visitor)
	}
	if !strings.Contains(s.SetCookie, "trb_id="+s.Visitor) {
		t.Errorf("the collector's cookie: %q", s.SetCookie)
	}
	one(t, tracked(events, "Barred"), "track")
	one(t, tracked(events, "Barred Leaving"), "as the page was left")
	known := sorted(events, func(e *tributaryv1.Event) bool { return e.GetIdentify() != nil && e.VisitorId == s.Visitor })
	if len(known) != 1 || known[0].EmailSha256 != sha256Hex("ann@acme.example") || known[0].EmailDomain != "acme.example" {
		t.Errorf("identify: %v", known)
	}
	if len(s.Readable) > 0 {
		t.Errorf("a readable address is in the address of a picture: %q", s.Readable)
	}
}

// noscript: a browser without scripts shows the picture, which brings campaign and visitor; one that says no gets no cookie.
func noscript(t *testing.T, s seen, events []*tributaryv1.Event) {
	pages := landed(events, shop+"/noscript/")
	if len(pages) != 3 {
		t.Fatalf("%d pages, want 3: %v", len(pages), pages)
	}
	o := pages[0].GetPage().GetOrigin()
	if o.Channel != "Paid Search" || o.ClickId != "abc" || o.Consent != "implied" || o.IsBot {
		t.Errorf("landing: %v", o)
	}
	c := s.cookies(t)
	if pages[1].VisitorId != pages[0].VisitorId || len(c) != 1 || c[0].Value != pages[0].VisitorId || c[0].Domain != ".shop.test" {
		t.Errorf("visitors %q and %q, cookies %v", pages[0].VisitorId, pages[1].VisitorId, c)
	}
	if d := pages[2]; d.GetPage().GetOrigin().GetConsent() != "denied" || !strings.HasPrefix(d.VisitorId, "~") || s.Kept != "[]" {
		t.Errorf("denied: %v, cookies %s", d, s.Kept)
	}
}

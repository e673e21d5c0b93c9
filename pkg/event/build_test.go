package event_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/tributary-attribution/tributary/pkg/event"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func TestOccurred(t *testing.T) {
	const ten = int64(1784109600) * second // 2026-07-15T10:00:00Z
	at := func(s string) int64 {
		us, ok := event.ParseTime(s)
		if !ok {
			t.Fatalf("%q is no time", s)
		}
		return us
	}
	for name, v := range map[string]struct {
		times string
		imp   bool
		want  int64
		flags []string
	}{
		"the specification's example": {
			times: `"timestamp":"2026-07-15T10:00:00.000Z","sentAt":"2026-07-15T10:00:05.000Z"`,
			want:  received - 5*second, flags: []string{event.FlagClockSkew},
		},
		"a clock a little off":     {times: `"timestamp":"2026-07-15T21:02:00Z","sentAt":"2026-07-15T21:03:00Z"`, want: received - 60*second},
		"without sentAt":           {times: `"timestamp":"2026-07-15T10:00:00Z"`, want: ten},
		"an import with sentAt":    {times: `"timestamp":"2026-07-15T10:00:00Z","sentAt":"2026-07-15T10:00:05Z"`, imp: true, want: ten},
		"corrected already":        {times: `"timestamp":"2026-07-15T10:00:00Z","originalTimestamp":"2026-07-15T09:00:00Z","sentAt":"2026-07-15T09:00:05Z"`, want: ten},
		"originalTimestamp alone":  {times: `"originalTimestamp":"2026-07-15T10:00:00Z"`, want: ten},
		"none":                     {times: `"a":1`, want: received, flags: []string{event.FlagClockMissing}},
		"sentAt alone":             {times: `"sentAt":"2026-07-15T10:00:05Z"`, want: received, flags: []string{event.FlagClockMissing}},
		"an hour in the future":    {times: `"timestamp":"2026-07-15T22:03:05Z"`, want: received, flags: []string{event.FlagClockFuture}},
		"sent before it happened":  {times: `"timestamp":"2026-07-15T21:00:10Z","sentAt":"2026-07-15T21:00:00Z"`, want: received, flags: []string{event.FlagClockSkew, event.FlagClockFuture}},
		"an offset":                {times: `"timestamp":"2026-07-15T12:00:00+02:00"`, want: ten},
		"an offset without colon":  {times: `"timestamp":"2026-07-15T12:00:00+0200"`, want: ten},
		"a date":                   {times: `"timestamp":"2026-07-15"`, want: at("2026-07-15T00:00:00Z")},
		"a space and no offset":    {times: `"timestamp":"2026-07-15 10:00:00"`, want: ten},
		"nanoseconds":              {times: `"timestamp":"2026-07-15T10:00:00.000001999Z"`, want: ten + 1},
		"long ago, with clock off": {times: `"timestamp":"1970-01-01T00:00:00Z","sentAt":"2030-01-01T00:00:00Z"`, want: 0, flags: []string{event.FlagClockSkew}},
	} {
		e := mustDecode(t, event.TypePage, `{"anonymousId":"a","messageId":"m",`+v.times+`}`, func(d *event.Delivery) { d.Import = v.imp })
		if e.OccurredUs != v.want || !slices.Equal(e.Flags, v.flags) {
			t.Errorf("%s: %d (%+d s), flags %v", name, e.OccurredUs, (e.OccurredUs-v.want)/second, e.Flags)
		}
		if e.OccurredUs > e.ReceivedUs {
			t.Errorf("%s: it happened after its receipt", name)
		}
	}
}

func TestValue(t *testing.T) {
	trusted, public, shop := func(*event.Delivery) {}, func(d *event.Delivery) { d.Trusted = false },
		func(d *event.Delivery) { d.Trusted, d.AllowValue = false, true }
	for name, v := range map[string]struct {
		properties string
		from       func(*event.Delivery)
		minor      int64
		currency   string
		flag       string
	}{
		"a number":                {`{"revenue":1250.5,"currency":"eur"}`, trusted, 125050, "EUR", ""},
		"no float is involved":    {`{"revenue":90071992547409.93,"currency":"USD"}`, trusted, 9007199254740993, "USD", ""},
		"a string":                {`{"revenue":" 0.30 ","currency":"USD"}`, trusted, 30, "USD", ""},
		"an exponent":             {`{"revenue":1.5e2,"currency":"JPY"}`, trusted, 150, "JPY", ""},
		"no currency":             {`{"revenue":1}`, trusted, 100, "EUR", event.FlagCurrencyDefault},
		"too many decimals":       {`{"revenue":0.005,"currency":"EUR"}`, trusted, 1, "EUR", event.FlagAmountRounded},
		"revenue before value":    {`{"value":7,"revenue":1,"total":9,"currency":"EUR"}`, trusted, 100, "EUR", ""},
		"value":                   {`{"value":7,"total":9,"currency":"EUR"}`, trusted, 700, "EUR", ""},
		"total":                   {`{"total":"9","currency":"EUR"}`, trusted, 900, "EUR", ""},
		"a value that is a word":  {`{"value":"high"}`, trusted, 0, "", event.FlagValueIgnored},
		"a value that is a thing": {`{"value":{"a":1}}`, trusted, 0, "", event.FlagValueIgnored},
		"value in a strange coin": {`{"value":5,"currency":"points"}`, trusted, 0, "", event.FlagValueIgnored},
		"from a public key":       {`{"revenue":1250,"currency":"EUR"}`, public, 0, "", event.FlagValueUntrusted},
		"from a key that may":     {`{"revenue":1250,"currency":"EUR"}`, shop, 125000, "EUR", ""},
		"zero is a value":         {`{"revenue":0,"currency":"EUR"}`, trusted, 0, "EUR", ""},
		"none":                    {`{}`, trusted, 0, "", ""},
	} {
		e := mustDecode(t, event.TypeTrack, `{"userId":"u","event":"X","timestamp":"2026-07-15","messageId":"m","properties":`+v.properties+`}`, v.from)
		tr := e.GetTrack()
		if tr.ValueMinor != v.minor || tr.Currency != v.currency || tr.HasValue != (v.currency != "") {
			t.Errorf("%s: %d %q, has value %v", name, tr.ValueMinor, tr.Currency, tr.HasValue)
		}
		if want := strings.Fields(v.flag); !slices.Equal(e.Flags, want) && len(e.Flags)+len(want) > 0 {
			t.Errorf("%s: flags %v, want %v", name, e.Flags, want)
		}
	}
}

func TestKey(t *testing.T) {
	for _, v := range []struct{ typ, raw, want string }{
		{"page", `{"anonymousId":"v1","userId":"u1"}`, "acme|v|v1"},
		{"track", `{"userId":"u1","event":"X"}`, "acme|u|u1"},
		{"track", `{"event":"X","properties":{"email":"ann@acme.example"}}`, "acme|e|" + annHash},
		{"alias", `{"previousId":"v1","userId":"u1"}`, "acme|u|u1"},
		{"group", `{"anonymousId":"v1","userId":"u1","groupId":"g"}`, "acme|v|v1"},
		{"touch", `{"contact_id":"c1","email":"ann@acme.example","channel":"Webinar"}`, "acme|c|c1"},
		{"touch", `{"contact_id":"c1","anonymous_id":"v1","channel":"Webinar"}`, "acme|v|v1"},
		{"touch", `{"email":"ann@acme.example","channel":"Webinar"}`, "acme|e|" + annHash},
		{"stage", `{"opportunity_id":"o|1","account_id":"a","contact_ids":["c1"],"stage":"new"}`, "acme|o|o|1"},
		{"contact", `{"type":"contact","contact_id":"c1","anonymous_id":"v1"}`, "acme|c|c1"},
	} {
		if got := event.Key(mustDecode(t, event.Type(v.typ), v.raw)); got != v.want {
			t.Errorf("%s: key %q, want %q", v.raw, got, v.want)
		}
	}
}

// annHash is the SHA-256 of ann@acme.example.
const annHash = "b759382850d65342f8994576b7d68f610381856dc6f89887b4474a2dbfbe8bd7"

func TestIdentity_nothingRawIsKept(t *testing.T) {
	e := mustDecode(t, event.TypeIdentify, `{"messageId":"m","timestamp":"2026-07-15","anonymousId":"undefined","userId":" Ann@Acme.example "}`)
	if e.VisitorId != "" || e.UserId != annHash || e.EmailSha256 != annHash || e.EmailDomain != "acme.example" {
		t.Errorf("%v", e)
	}
	if !slices.Equal(e.Flags, []string{event.FlagIDIgnored, event.FlagIDHashed}) {
		t.Errorf("flags %v", e.Flags)
	}
	e = mustDecode(t, event.TypeStage, `{"opportunity_id":"o","stage":"new","contact_ids":["ann@acme.example","c1","c1"],"contact_emails":["Ann@ACME.example","ann@acme.example"]}`)
	if s := e.GetStage(); !slices.Equal(s.ContactIds, []string{annHash, "c1"}) || !slices.Equal(s.ContactEmailSha256, []string{annHash}) {
		t.Errorf("%v", s)
	}
	for _, raw := range []string{
		`{"userId":"u","traits":{"email":"ann@acme.example"}}`, `{"userId":"ann@acme.example"}`,
		`{"userId":"u","context":{"traits":{"email":"ann@acme.example"}}}`,
	} {
		if b, err := mustDecode(t, event.TypeIdentify, raw).MarshalVT(); err != nil || strings.Contains(strings.ToLower(string(b)), "ann@") {
			t.Errorf("%s: the message has the address (%v)", raw, err)
		}
	}
}

func TestStage_translation(t *testing.T) {
	for _, v := range []struct {
		raw, stage, source string
		won, closed        bool
	}{
		{`"stage":"appointmentscheduled","source_system":"HubSpot","pipeline":"default"`, "meeting", "appointmentscheduled", false, false},
		{`"stage":"appointmentscheduled"`, "appointmentscheduled", "appointmentscheduled", false, false},
		{`"stage":"closed won"`, "closed_won", "closed won", true, true},
		{`"stage":"closedlost"`, "closed_lost", "closedlost", false, true},
		{`"stage":"closedlost","is_closed":false`, "closed_lost", "closedlost", false, false},
		{`"stage":"done","is_won":true,"source_stage":"Fertig"`, "done", "Fertig", true, true},
	} {
		s := mustDecode(t, event.TypeStage, `{"opportunity_id":"o",`+v.raw+`}`).GetStage()
		if s.Stage != v.stage || s.SourceStage != v.source || s.IsWon != v.won || s.IsClosed != v.closed {
			t.Errorf("%s: %v", v.raw, s)
		}
	}
}

func TestStage_probability(t *testing.T) {
	const mapped = `"stage":"appointmentscheduled","source_system":"hubspot","pipeline":"default"`
	for raw, want := range map[string]int64{
		mapped: 200_000, mapped + `,"probability":"0.55"`: 550_000, mapped + `,"probability":0`: 0, `"stage":"x"`: -1, `"stage":"x","probability":1`: 1_000_000, `"stage":"x","probability":null`: -1,
		`"stage":"x","probability":"0.3333333"`: 333_333,
	} {
		s := mustDecode(t, event.TypeStage, `{"opportunity_id":"o",`+raw+`}`).GetStage()
		if got := s.ProbabilityPpm; s.HasProbability != (want >= 0) || got != max(want, 0) {
			t.Errorf("%s: %v %d, want %d", raw, s.HasProbability, got, want)
		}
	}
	for _, text := range []string{"", " ", "1.1", "20", "-0.1", "x", ".5", "0,5", "1e-1", "00000000000000000000000"} {
		if ppm, ok := event.ParseProbability(text); ok {
			t.Errorf("%q is %d", text, ppm)
		}
	}
}

func TestTouch_explicitChannelIsKept(t *testing.T) {
	e := mustDecode(t, event.TypeTouch, `{"id":"t","contact_id":"c","source":"google","medium":"cpc","channel":" alpha Beta","occurred_at":"2026-07-15T10:00:00Z","ammount":"5"}`)
	want := &tributaryv1.Event{
		Id: "t", Workspace: "acme", OccurredUs: 1784109600 * second, ReceivedUs: received, ContactId: "c", SourceName: "server", Trusted: true,
		Flags: []string{"unknown_field:ammount"},
		Body: &tributaryv1.Event_Touch{Touch: &tributaryv1.OfflineTouch{Origin: &tributaryv1.Origin{
			Source: "google", Medium: "cpc", Channel: " alpha Beta", RulesVersion: "explicit", Evidence: tributaryv1.Evidence_EVIDENCE_EXPLICIT,
		}}},
	}
	if d := cmp.Diff(want, e, protocmp.Transform()); d != "" {
		t.Error(d)
	}
	e = mustDecode(t, event.TypeTouch, `{"contact_id":"c","source":"google","medium":"cpc"}`)
	if o := e.GetTouch().GetOrigin(); o.Channel != "Paid Search" || o.RulesVersion != "ga4-2026-05" {
		t.Errorf("%v", o)
	}
}

func TestSpend(t *testing.T) {
	spend := func(raw string) *tributaryv1.Spend {
		var r event.Record
		if err := event.NewParser().Parse(&r, []byte(raw), event.TypeSpend, nil); err != nil {
			t.Fatal(err)
		}
		s, err := r.Spend(delivery())
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		return s[0]
	}
	s := spend(`{"day":"2026-07-15","platform":"Google_Ads","campaign_id":7,"campaign":"brand","source":"google","medium":"cpc","currency":"eur","spend":"123.45","impressions":1000,"clicks":"12.0"}`)
	want := &tributaryv1.Spend{
		Workspace: "acme", Day: 20649, Platform: "google_ads", CampaignId: "7", Campaign: "brand", Source: "google", Medium: "cpc",
		Channel: "Paid Search", RulesVersion: "ga4-2026-05", Currency: "EUR", SpendMinor: 12345, Impressions: 1000, Clicks: 12, ReceivedUs: received,
	}
	if d := cmp.Diff(want, s, protocmp.Transform()); d != "" {
		t.Error(d)
	}
	if got := event.SpendKey(s); got != "acme|20649|google_ads||i:7|||google|cpc" {
		t.Errorf("key %q", got)
	}
	for platform, want := range map[string]string{
		"google": "Paid Search", "Google Ads": "Paid Search", "meta_ads": "Paid Social", "linkedin": "Paid Social", "microsoft-ads": "Paid Search",
		"youtube": "Paid Video", "billboards": "Paid Other",
	} {
		if got := spend(`{"day":"2026-07-15","platform":"` + platform + `","currency":"EUR","spend":1}`).Channel; got != want {
			t.Errorf("cost on %s: %q, want %q", platform, got, want)
		}
	}
	renamed := spend(`{"day":"2026-07-15T23:59:59Z","platform":"google_ads","campaign_id":7,"campaign":"Brand 2","source":"google","medium":"cpc","currency":"USD","spend":1}`)
	if event.SpendKey(renamed) != event.SpendKey(s) {
		t.Error("a renamed campaign would count its cost twice")
	}
	if a, b := spend(`{"day":"2026-07-15","platform":"x","campaign":"a|b","ad_group":"c","currency":"EUR","spend":1}`),
		spend(`{"day":"2026-07-15","platform":"x","campaign":"a","ad_group":"b|c","currency":"EUR","spend":1}`); event.SpendKey(a) == event.SpendKey(b) {
		t.Error("different campaigns share a key")
	}
}

// TestRefusals has what JSON Schema cannot say, or where the field and code matter to senders.
func TestRefusals(t *testing.T) {
	deep := strings.Repeat(`{"a":`, event.MaxDepth) + "1" + strings.Repeat("}", event.MaxDepth)
	for name, v := range map[string]struct {
		typ         event.Type
		raw         string
		field, code string
	}{
		"malformed":              {"track", `{"userId":"u","event":}`, "event", event.CodeMalformed},
		"cut short":              {"track", `{"userId":"u","event":"X"`, "", event.CodeMalformed},
		"two values":             {"track", `{"userId":"u","event":"X"}{}`, "", event.CodeMalformed},
		"a word after it":        {"track", `{"userId":"u","event":"X"} x`, "", event.CodeMalformed},
		"a trailing comma":       {"track", `{"userId":"u","event":"X",}`, "", event.CodeMalformed},
		"given twice":            {"track", `{"userId":"u","event":"X","event":"Y"}`, "event", event.CodeDuplicate},
		"given twice, deeper":    {"track", `{"userId":"u","event":"X","properties":{"a":{"b":1,"b":2}}}`, "properties.a.b", event.CodeDuplicate},
		"a raw NUL":              {"track", "{\"userId\":\"u\x00\",\"event\":\"X\"}", "userId", event.CodeMalformed},
		"an escaped NUL":         {"track", `{"userId":"u\u0000","event":"X"}`, "userId", event.CodeInvalid},
		"too deep":               {"track", `{"userId":"u","event":"X","properties":` + deep + `}`, "", event.CodeTooDeep},
		"33 KB":                  {"track", `{"userId":"u","event":"X","properties":{"a":"` + strings.Repeat("x", 33<<10) + `"}}`, "", event.CodeTooLarge},
		"an array":               {"track", `["X"]`, "", event.CodeWrongType},
		"a nested type":          {"track", `{"userId":"u","event":"X","context":{"page":[]}}`, "context.page", event.CodeWrongType},
		"an escaped name":        {"track", `{"userId":"u","\u0065vent":7}`, "event", event.CodeWrongType},
		"nobody":                 {"track", `{"userId":"null","anonymousId":"undefined","event":"X"}`, "anonymousId", event.CodeNoIdentity},
		"revenue coin":           {"track", `{"userId":"u","event":"X","properties":{"revenue":1,"currency":"EUX"}}`, "properties.currency", event.CodeUnknownCoin},
		"revenue too large":      {"track", `{"userId":"u","event":"X","properties":{"revenue":100000000000000.01,"currency":"USD"}}`, "properties.revenue", event.CodeInvalid},
		"a cost too large":       {"spend", `{"day":"2026-07-15","platform":"x","currency":"EUR","spend":"92233720368547758.07"}`, "spend", event.CodeInvalid},
		"clicks too many":        {"spend", `{"day":"2026-07-15","platform":"x","currency":"EUR","spend":"1","clicks":10000000000000001}`, "clicks", event.CodeInvalid},
		"revenue far too large":  {"track", `{"userId":"u","event":"X","properties":{"revenue":1e30}}`, "properties.revenue", event.CodeInvalid},
		"a far future":           {"page", `{"userId":"u","timestamp":"2027-07-15T00:00:00Z"}`, "timestamp", event.CodeClockFuture},
		"30 February":            {"page", `{"userId":"u","timestamp":"2026-02-30T00:00:00Z"}`, "timestamp", event.CodeInvalid},
		"a far future, stage":    {"stage", `{"opportunity_id":"o","stage":"s","occurred_at":"2999-01-01"}`, "occurred_at", event.CodeClockFuture},
		"spend without currency": {"spend", `{"day":"2026-07-15","platform":"x","spend":"1"}`, "currency", event.CodeNoCurrency},
		"spend tomorrow week":    {"spend", `{"day":"2026-07-25","platform":"x","currency":"EUR","spend":"1"}`, "day", event.CodeClockFuture},
		"merged into itself":     {"contact", `{"type":"contact","contact_id":"c","merged_into":"c"}`, "merged_into", event.CodeInvalid},
		"unknown type":           {event.TypeAny, `{"type":"deal","userId":"u"}`, "type", event.CodeUnknownType},
		"no type":                {event.TypeAny, `{"userId":"u"}`, "type", event.CodeMissing},
		"type is a number":       {event.TypeAny, `{"type":5}`, "type", event.CodeWrongType},
		"an entry of a list":     {"stage", `{"opportunity_id":"o","stage":"s","contact_ids":["a",{}]}`, "contact_ids", event.CodeWrongType},
	} {
		_, err := decode(event.NewParser(), []byte(v.raw), v.typ, nil)
		var e *event.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v is no *event.Error", name, err)
			continue
		}
		if e.Field != v.field || e.Code != v.code || e.Reason == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestID(t *testing.T) {
	id := func(raw string, change ...func(*event.Delivery)) string {
		return mustDecode(t, event.TypePage, raw, change...).Id
	}
	later := func(d *event.Delivery) { d.ReceivedUS += second }
	timed, bare := `{"anonymousId":"a","timestamp":"2026-07-15"}`, `{"anonymousId":"a"}`
	if id(timed) != id(timed, later) {
		t.Error("a record with a time that is sent again has another id")
	}
	if id(bare) == id(bare, later) {
		t.Error("two equal records without a time, at different moments, count as one")
	}
	if got := id(timed, func(d *event.Delivery) { d.ID = "msg_1" }); got != "msg_1" {
		t.Errorf("id %q, want the delivery's", got)
	}
	if got := id(`{"messageId":5,"anonymousId":"a"}`); got != "5" {
		t.Errorf("id %q, want the record's", got)
	}
	if e := mustDecode(t, event.TypePage, timed); !slices.Contains(e.Flags, event.FlagIDDerived) || len(e.Id) > event.MaxMessageID {
		t.Errorf("%q, flags %v", e.Id, e.Flags)
	}
}

func TestOrigin_ofTrack(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"userId":"u","event":"X"}`: false,
		`{"userId":"u","event":"X","properties":{"url":"https://a.example/?gclid=1"}}`:               false,
		`{"userId":"u","event":"X","context":{"page":{"url":"https://a.example/?gclid=1"}}}`:         true,
		`{"userId":"u","event":"X","context":{"campaign":{"source":"x"}}}`:                           true,
		`{"userId":"u","event":"X","context":{"userAgent":"Mozilla/5.0 (compatible; Googlebot/2)"}}`: true,
	} {
		if got := mustDecode(t, event.TypeTrack, raw).GetTrack().Origin != nil; got != want {
			t.Errorf("%s: origin %v, want %v", raw, got, want)
		}
	}
	long := strings.Repeat("é", 600)
	e := mustDecode(t, event.TypePage, fmt.Sprintf(`{"anonymousId":"a","messageId":"m","timestamp":"2026-07-15","context":{"campaign":{"source":"x","term":"%s"}}}`, long))
	if o := e.GetPage().Origin; len(o.Term) != 254 || !slices.Equal(e.Flags, []string{event.FlagTruncated}) {
		t.Errorf("term of %d bytes, flags %v", len(o.Term), e.Flags)
	}
}

func TestBots(t *testing.T) {
	b := event.NewBots("acme-probe")
	for ua, want := range map[string]string{
		"": "",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":            "",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148": "",
		"Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 21) AppleWebKit/537.36":                                                          "",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                   event.BotUserAgent,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36":              event.BotUserAgent,
		"facebookexternalhit/1.1": event.BotUserAgent,
		"ACME-Probe 1":            event.BotUserAgent,
		"curl/8.5.0":              event.BotLibrary,
		"python-requests/2.32":    event.BotLibrary,
		"Go-http-client/1.1":      event.BotLibrary,
	} {
		if got := b.Reason(ua); got != want {
			t.Errorf("%q: %q, want %q", ua, got, want)
		}
	}
	e := mustDecode(t, event.TypePage, `{"anonymousId":"a"}`, func(d *event.Delivery) { d.Prefetch = true })
	if o := e.GetPage().Origin; !o.IsBot || o.BotReason != event.BotPrefetch {
		t.Errorf("%v", o)
	}
}

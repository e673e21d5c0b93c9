package webhook_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// check compares a batch with records as JSON, or "error code field". No records: everything was ignored.
func check(t *testing.T, name string, b webhook.Batch, want []string) {
	t.Helper()
	var got []any
	for _, it := range b.Items {
		if len(it.Original) == 0 {
			t.Errorf("%s: an item without its original", name)
		}
		if it.Err != nil {
			got = append(got, strings.TrimSpace("error "+it.Err.Code+" "+it.Err.Field))
			continue
		}
		got = append(got, parsed(t, it.Record))
	}
	var wanted []any
	for _, w := range want {
		switch {
		case w == "error currency_mismatch":
			wanted = append(wanted, w+" propertyValue")
		case strings.HasPrefix(w, "error"):
			wanted = append(wanted, w)
		default:
			wanted = append(wanted, parsed(t, []byte(w)))
		}
	}
	if diff := cmp.Diff(got, wanted); diff != "" {
		t.Errorf("%s (-got, +want):\n%s", name, diff)
	}
	if (b.Ignored > 0) != (len(want) == 0) {
		t.Errorf("%s: %d ignored", name, b.Ignored)
	}
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func TestDecode_refusesWholeBodies(t *testing.T) {
	for _, p := range webhook.Providers() {
		s := webhook.Source{Provider: p}
		for body, code := range map[string]string{
			"": event.CodeEmpty, "  ": event.CodeEmpty, "{": event.CodeMalformed, "[{},": event.CodeMalformed, "7": event.CodeMalformed, "null": event.CodeMalformed,
			`{"a":"` + "\xff" + `"}`: event.CodeUTF8, "[" + strings.Repeat("1,", event.MaxItems) + "1]": event.CodeTooMany,
			strings.Repeat("[", 100_000): event.CodeMalformed,
		} {
			b, err := s.Decode([]byte(body))
			var e *event.Error
			if !errors.As(err, &e) || e.Code != code || len(b.Items) > 0 {
				t.Errorf("%s: %.20q: %v and %d items, want %s", p, body, err, len(b.Items), code)
			}
		}
	}
}

func TestSource_prefixAndLongIDs(t *testing.T) {
	s := webhook.Source{Provider: webhook.HubSpot, IDPrefix: "hs-"}
	long := strings.Repeat("x", 200)
	b, err := s.Decode([]byte("[" + hs("deal.associationChange", `"associationType":"DEAL_TO_CONTACT","fromObjectId":3,"toObjectId":1`) + "," +
		hs("deal.merge", `"primaryObjectId":3,"mergedObjectIds":[4],"propertyName":"`+long+`"`) + "]"))
	if err != nil || len(b.Items) != 2 {
		t.Fatalf("%v, %d items", err, len(b.Items))
	}
	for _, want := range []string{`"opportunity_id":"hs-3"`, `"add_contact_ids":["hs-1"]`} {
		if !strings.Contains(string(b.Items[0].Record), want) {
			t.Errorf("%s has no %s", b.Items[0].Record, want)
		}
	}
	merged := string(b.Items[1].Record)
	if !strings.Contains(merged, `"merged_into":"hs-3"`) || strings.Contains(merged, long) {
		t.Errorf("%s: not prefixed, or its id is beyond the limit", merged)
	}
}

func TestVerify_credentials(t *testing.T) {
	basic := func(user, password string) http.Header {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header
	}
	bearer := http.Header{"Authorization": {"Bearer token-new"}}
	for name, v := range map[string]struct {
		provider webhook.Provider
		uri      string
		header   http.Header
		ok       bool
	}{
		"pipedrive":              {webhook.Pipedrive, "/", basic("pd", "new-one"), true},
		"pipedrive before":       {webhook.Pipedrive, "/", basic("pd", "old-one"), true},
		"pipedrive wrong":        {webhook.Pipedrive, "/", basic("pd", "other"), false},
		"pipedrive other user":   {webhook.Pipedrive, "/", basic("p", "d:new-one"), false},
		"pipedrive none":         {webhook.Pipedrive, "/", nil, false},
		"pipedrive in the URL":   {webhook.Pipedrive, "/?token=pd:new-one", nil, false},
		"salesforce":             {webhook.Salesforce, "/?token=token-new", nil, true},
		"salesforce before":      {webhook.Salesforce, "/?token=token-old", nil, true},
		"salesforce bearer":      {webhook.Salesforce, "/", bearer, true},
		"salesforce basic":       {webhook.Salesforce, "/", basic("any", "token-new"), true},
		"salesforce wrong":       {webhook.Salesforce, "/?token=token", nil, false},
		"salesforce none":        {webhook.Salesforce, "/?token=", nil, false},
		"salesforce, bad header": {webhook.Salesforce, "/?token=token-new", http.Header{"Authorization": {"Bearer x"}}, false},
	} {
		s := webhook.Source{Provider: v.provider, Secrets: []string{"pd:new-one", "pd:old-one"}}
		if v.provider == webhook.Salesforce {
			s.Secrets = []string{"token-new", "token-old"}
		}
		err := s.Verify(webhook.Delivery{URI: v.uri, Header: v.header})
		if (err == nil) != v.ok || err != nil && !errors.Is(err, webhook.ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewSet_refusesWhatCannotWork(t *testing.T) {
	good := webhook.Source{Principal: auth.Principal{Name: "a"}, Provider: webhook.Pipedrive, Secrets: []string{"user:password"}}
	for name, change := range map[string]func(*webhook.Source){
		"name":       func(s *webhook.Source) { s.Name = "" },
		"provider":   func(s *webhook.Source) { s.Provider = "sugar" },
		"no secret":  func(s *webhook.Source) { s.Secrets = nil },
		"short":      func(s *webhook.Source) { s.Secrets = []string{"a:b"} },
		"no user":    func(s *webhook.Source) { s.Secrets = []string{"password-only"} },
		"currency":   func(s *webhook.Source) { s.Currency = "XXQ" },
		"public url": func(s *webhook.Source) { s.PublicURL = "in.example/x" },
		"signature":  func(s *webhook.Source) { s.Signatures = []string{"v4"} },
		"prefix":     func(s *webhook.Source) { s.IDPrefix = strings.Repeat("x", 33) },
	} {
		bad := good
		change(&bad)
		if _, err := webhook.NewSet([]webhook.Source{bad}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := webhook.NewSet([]webhook.Source{good, good}); err == nil {
		t.Error("one name twice: taken")
	}
	set, err := webhook.NewSet([]webhook.Source{good})
	if err != nil {
		t.Fatal(err)
	}
	if s := set.Find(webhook.Pipedrive, "a"); s == nil || !s.Secret {
		t.Errorf("found %v, want the source with a principal that may send everything", s)
	}
	if set.Find(webhook.HubSpot, "a") != nil || set.Find(webhook.Pipedrive, "b") != nil {
		t.Error("found a source of another provider or name")
	}
}

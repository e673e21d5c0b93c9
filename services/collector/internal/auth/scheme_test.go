package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
)

// schemes are sources of every scheme, with the secrets of the published examples.
func schemes(t testing.TB) *auth.Webhooks {
	t.Helper()
	source := func(name string, scheme auth.Scheme, secrets ...string) auth.Webhook {
		return auth.Webhook{Principal: auth.Principal{Name: name, Workspace: &event.Workspace{}}, Scheme: scheme, Secrets: secrets}
	}
	w, err := auth.NewWebhooks([]auth.Webhook{
		source("crm", auth.SchemeStandard, secret), source("billing", auth.SchemeStripe, "whsec_test", "whsec_old"),
		source("git", auth.SchemeGitHub, "It's a Secret to Everybody"), source("cdp", auth.SchemeSegment, "shared"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestVerify_schemes holds the examples: Stripe's and Segment's computed, GitHub's published in its documentation.
func TestVerify_schemes(t *testing.T) {
	const (
		stripe  = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
		github  = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
		segment = "8ef5c8033c7c4ef5a254cf481bd84263d22af50a"
	)
	w, at := schemes(t), time.Unix(1700000000, 0)
	for name, v := range map[string]struct {
		header, value, body, source string
		now                         time.Time
		by                          string
		err                         error
	}{
		"stripe":                           {auth.HeaderStripe, "t=1700000000,v1=" + stripe, `{"id":"evt_1"}`, "", at, "billing", nil},
		"stripe, one of two":               {auth.HeaderStripe, "t=1700000000,v1=" + strings.Repeat("0", 64) + ",v1=" + stripe + ",v0=" + stripe, `{"id":"evt_1"}`, "billing", at, "billing", nil},
		"stripe, five minutes late":        {auth.HeaderStripe, "t=1700000000,v1=" + stripe, `{"id":"evt_1"}`, "", at.Add(300 * time.Second), "billing", nil},
		"stripe, later":                    {auth.HeaderStripe, "t=1700000000,v1=" + stripe, `{"id":"evt_1"}`, "", at.Add(301 * time.Second), "", auth.ErrWebhookTimestamp},
		"stripe, another body":             {auth.HeaderStripe, "t=1700000000,v1=" + stripe, `{"id":"evt_2"}`, "", at, "", auth.ErrWebhookSignature},
		"stripe, another time":             {auth.HeaderStripe, "t=1700000001,v1=" + stripe, `{"id":"evt_1"}`, "", at, "", auth.ErrWebhookSignature},
		"stripe, no time":                  {auth.HeaderStripe, "v1=" + stripe, `{"id":"evt_1"}`, "", at, "", auth.ErrWebhookHeaders},
		"stripe, test signature only":      {auth.HeaderStripe, "t=1700000000,v0=" + stripe, `{"id":"evt_1"}`, "", at, "", auth.ErrWebhookSignature},
		"stripe, of another source":        {auth.HeaderStripe, "t=1700000000,v1=" + stripe, `{"id":"evt_1"}`, "git", at, "", auth.ErrWebhookSignature},
		"github":                           {auth.HeaderGitHub, "sha256=" + github, "Hello, World!", "", at, "git", nil},
		"github without its prefix":        {auth.HeaderGitHub, github, "Hello, World!", "", at, "", auth.ErrWebhookSignature},
		"github's in segment's header":     {auth.HeaderSegment, github, "Hello, World!", "", at, "", auth.ErrWebhookSignature},
		"segment":                          {auth.HeaderSegment, segment, `{"type":"track"}`, "", at, "cdp", nil},
		"segment, a batch by its first":    {auth.HeaderSegment, segment, `[{"type":"track"},{"type":"page"}]`, "", at, "cdp", nil},
		"segment, a batch by its second":   {auth.HeaderSegment, segment, `[{"type":"page"},{"type":"track"}]`, "", at, "", auth.ErrWebhookSignature},
		"segment, no hex":                  {auth.HeaderSegment, "zz", `{"type":"track"}`, "", at, "", auth.ErrWebhookSignature},
		"segment, an array of nothing":     {auth.HeaderSegment, segment, `[]`, "", at, "", auth.ErrWebhookSignature},
		"segment, what is not well formed": {auth.HeaderSegment, segment, `[{"type":`, "", at, "", auth.ErrWebhookSignature},
	} {
		h := http.Header{v.header: {v.value}}
		p, err := w.Verify(h, []byte(v.body), v.source, v.now)
		if !errors.Is(err, v.err) || err == nil && p.Name != v.by || !w.IsSigned(h) {
			t.Errorf("%s: %+v %v, want %q %v", name, p, err, v.by, v.err)
		}
	}
	twice := http.Header{auth.HeaderGitHub: {"sha256=" + github, "sha256=" + github}}
	if _, err := w.Verify(twice, []byte("Hello, World!"), "", at); !errors.Is(err, auth.ErrWebhookSignature) {
		t.Errorf("a signature given twice: %v", err)
	}
	if verifier(t).IsSigned(http.Header{auth.HeaderSegment: {segment}}) {
		t.Error("a proxy's X-Signature is taken for a webhook's although no source signs so")
	}
	if _, err := auth.NewWebhooks([]auth.Webhook{{Scheme: auth.SchemeGitHub, Secrets: []string{""}}}); err == nil {
		t.Error("an empty secret is taken: everybody knows it")
	}
}

func FuzzVerifyScheme(f *testing.F) {
	w, now := schemes(f), time.Unix(1700000000, 0)
	f.Add("t=1700000000,v1=00,v1=zz", `[{"a":1}`)
	f.Add("sha256=757107ea", `[ [1,2] , ]`)
	f.Fuzz(func(t *testing.T, value, body string) {
		for _, header := range []string{auth.HeaderStripe, auth.HeaderGitHub, auth.HeaderSegment} {
			if p, err := w.Verify(http.Header{header: {value}}, []byte(body), "", now); err == nil && p == nil {
				t.Fatalf("%s: %q lets nobody in", header, value)
			}
		}
	})
}

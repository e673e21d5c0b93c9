package collector_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/tracking"
	"github.com/tributary-attribution/tributary/services/collector"
)

// TestTagFaults notes on the origin what is wrong with the tags of the address; the visit counts all the same.
func TestTagFaults(t *testing.T) {
	r := start(t, func(c *collector.Config) { c.Workspaces[0].Tracking = tracking.DefaultConfig() })
	for id, want := range map[string]struct{ url, referrer, faults string }{
		"good":     {"https://acme.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring", "", ""},
		"untagged": {"https://acme.example/", "https://www.google.com/", ""},
		"capitals": {"https://acme.example/?utm_source=Google&utm_medium=cpc", "", "missing,upper_case"},
		"unknown":  {"https://acme.example/?utm_source=a&utm_medium=b&utm_campaign=c", "", "unassigned"},
		"misspelt": {"https://acme.example/?utm_sorce=google&utm_medium=cpc&utm_campaign=c", "", "missing,misspelt_parameter"},
		"self":     {"https://acme.example/pricing", "https://www.acme.example/", "self_referral"},
		"unfilled": {"https://acme.example/?utm_source=google&utm_medium=cpc&utm_campaign={campaignid}", "", "placeholder"},
		"direct":   {"https://acme.example/pricing?x=1", "", ""},
		"too-long": {"https://acme.example/?utm_source=google&utm_medium=cpc&utm_campaign=" + strings.Repeat("c", 101), "", "too_long"},
	} {
		r.ok("/v1/page", secretKey, `{"anonymousId":"v-`+id+`","messageId":"`+id+`","context":{"page":{"url":"`+want.url+`","referrer":"`+want.referrer+`"}}}`, 1)
		if got := strings.Join(r.byID(id).Msg.GetPage().Origin.TagFaults, ","); got != want.faults {
			t.Errorf("%s: %q, want %q", id, got, want.faults)
		}
	}
}

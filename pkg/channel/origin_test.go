package channel_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/channel"
)

func TestOrigin_precedence(t *testing.T) {
	c := shipped(t, channel.Options{Domains: []string{"acme.shop"}, ExcludedReferrers: []string{"https://login.partner.example/"}})
	const page = "https://www.acme.example/pricing"
	for name, v := range map[string]struct {
		url, referrer           string
		source, medium, channel string
		evidence                channel.Evidence
	}{
		"utm over all":             {page + "?gclid=1&utm_source=News&utm_medium=Email", "https://www.google.com/", "news", "email", "Email", channel.EvidenceUTM},
		"utm after a second ?":     {page + "?a=b?utm_source=x&utm_medium=referral", "", "x", "referral", "Referral", channel.EvidenceUTM},
		"utm without medium":       {page + "?utm_source=google", "", "google", "", "Organic Search", channel.EvidenceUTM},
		"utm without source":       {page + "?utm_campaign=spring", "", "(not set)", "", "Unassigned", channel.EvidenceUTM},
		"campaign and click id":    {page + "?utm_campaign=brand&gclid=1", "", "google", "cpc", "Paid Search", channel.EvidenceUTM},
		"source and click id":      {page + "?utm_source=google&gclid=1", "", "google", "cpc", "Paid Search", channel.EvidenceUTM},
		"campaign and referrer":    {page + "?utm_campaign=x", "https://duckduckgo.com/", "duckduckgo", "organic", "Organic Search", channel.EvidenceUTM},
		"source, other referrer":   {page + "?utm_source=partner", "https://duckduckgo.com/", "partner", "", "Unassigned", channel.EvidenceUTM},
		"gclid":                    {page + "?gclid=Cj0", "https://www.facebook.com/", "google", "cpc", "Paid Search", channel.EvidenceClickID},
		"gbraid":                   {page + "?gbraid=1", "", "google", "cpc", "Paid Search", channel.EvidenceClickID},
		"wbraid":                   {page + "?wbraid=1", "", "google", "cpc", "Paid Search", channel.EvidenceClickID},
		"msclkid":                  {page + "?msclkid=1", "", "bing", "cpc", "Paid Search", channel.EvidenceClickID},
		"dclid":                    {page + "?dclid=1", "", "google", "display", "Display", channel.EvidenceClickID},
		"ttclid":                   {page + "?ttclid=1", "", "tiktok", "cpc", "Paid Social", channel.EvidenceClickID},
		"ScCid in any case":        {page + "?ScCid=1", "", "snapchat", "cpc", "Paid Social", channel.EvidenceClickID},
		"mailchimp":                {page + "?mc_cid=1", "", "mailchimp", "email", "Email", channel.EvidenceClickID},
		"impact":                   {page + "?irclickid=1", "", "impact", "affiliate", "Affiliates", channel.EvidenceClickID},
		"fbclid is not paid":       {page + "?fbclid=1", "", "facebook", "social", "Organic Social", channel.EvidenceClickID},
		"fbclid from instagram":    {page + "?fbclid=1", "https://l.instagram.com/", "instagram.com", "referral", "Organic Social", channel.EvidenceReferrer},
		"fbclid, unknown host":     {page + "?fbclid=1", "https://blog.example/", "facebook", "social", "Organic Social", channel.EvidenceClickID},
		"google search":            {page, "https://www.google.co.uk/", "google", "organic", "Organic Search", channel.EvidenceReferrer},
		"google docs is no search": {page, "https://docs.google.com/document/d/1", "docs.google.com", "referral", "Referral", channel.EvidenceReferrer},
		"yahoo search":             {page, "https://us.search.yahoo.com/search?p=x", "yahoo", "organic", "Organic Search", channel.EvidenceReferrer},
		"yandex":                   {page, "https://yandex.com.tr/", "yandex", "organic", "Organic Search", channel.EvidenceReferrer},
		"chatgpt":                  {page, "https://chatgpt.com/", "chatgpt.com", "ai-assistant", "AI Assistant", channel.EvidenceReferrer},
		"gemini before google":     {page, "https://gemini.google.com/app", "gemini.google.com", "ai-assistant", "AI Assistant", channel.EvidenceReferrer},
		"grok by path":             {page, "https://x.com/i/grok/share", "grok.com", "ai-assistant", "AI Assistant", channel.EvidenceReferrer},
		"x without it":             {page, "https://x.com/i/grokking", "twitter", "referral", "Organic Social", channel.EvidenceReferrer},
		"gmail":                    {page, "https://mail.google.com/mail/u/0/", "gmail", "email", "Email", channel.EvidenceReferrer},
		"gmail app":                {page, "android-app://com.google.android.gm/", "gmail", "email", "Email", channel.EvidenceReferrer},
		"search app":               {page, "android-app://com.google.android.googlequicksearchbox/https/www.google.com", "google", "organic", "Organic Search", channel.EvidenceReferrer},
		"facebook redirector":      {page, "https://l.facebook.com/l.php", "facebook.com", "referral", "Organic Social", channel.EvidenceReferrer},
		"bluesky":                  {page, "https://bsky.app/", "bluesky", "social", "Organic Social", channel.EvidenceReferrer},
		"youtube":                  {page, "https://m.youtube.com/watch?v=1", "youtube.com", "referral", "Organic Video", channel.EvidenceReferrer},
		"bilibili":                 {page, "https://www.bilibili.com/", "bilibili", "video", "Organic Video", channel.EvidenceReferrer},
		"amazon.de":                {page, "https://www.amazon.de/dp/1", "amazon", "referral", "Organic Shopping", channel.EvidenceReferrer},
		"a blog":                   {page, "HTTPS://WWW.Blog.Example:8443/post?x=y#z", "blog.example", "referral", "Referral", channel.EvidenceReferrer},
		"own domain":               {page, "https://shop.acme.example/cart", "(direct)", "(none)", "Direct", channel.EvidenceNone},
		"configured domain":        {page, "https://www.acme.shop/", "(direct)", "(none)", "Direct", channel.EvidenceNone},
		"configured referrer":      {page, "https://login.partner.example/cb", "(direct)", "(none)", "Direct", channel.EvidenceNone},
		"payment provider":         {page, "https://checkout.stripe.com/pay", "(direct)", "(none)", "Direct", channel.EvidenceNone},
		"other tenant of a host":   {"https://a.github.io/", "https://b.github.io/", "b.github.io", "referral", "Referral", channel.EvidenceReferrer},
		"an address as host":       {"http://127.0.0.1:3000/", "http://127.0.0.1:3000/a", "(direct)", "(none)", "Direct", channel.EvidenceNone},
		"no page":                  {"", "https://www.bing.com/", "bing", "organic", "Organic Search", channel.EvidenceReferrer},
		"nothing":                  {"", "", "(direct)", "(none)", "Direct", channel.EvidenceNone},
		"about:blank":              {page, "about:blank", "(direct)", "(none)", "Direct", channel.EvidenceNone},
	} {
		got := c.Origin(channel.Hit{PageURL: v.url, Referrer: v.referrer})
		if got.Source != v.source || got.Medium != v.medium || got.Channel != v.channel || got.Evidence != v.evidence {
			t.Errorf("%s: %s / %s, %s, evidence %d", name, got.Source, got.Medium, got.Channel, got.Evidence)
		}
	}
}

func TestOrigin_fields(t *testing.T) {
	got := shipped(t, channel.Options{}).Origin(channel.Hit{
		PageURL: "https://User:pw@WWW.Acme.example:443/a/b?utm_source=%47oogle&utm_medium=CPC&utm_campaign=a+b%20c&utm_id=7&utm_term=t" +
			"&utm_content=100%&fbclid=F&gclid=G%2B1#frag",
		Referrer: "https://www.news.example/x",
		Campaign: channel.Campaign{Term: "set by the SDK"},
	})
	want := channel.Origin{
		Campaign:    channel.Campaign{Source: "google", Medium: "cpc", Name: "a b c", ID: "7", Term: "set by the SDK", Content: "100%"},
		ClickIDType: "gclid", ClickID: "G+1", ReferrerHost: "news.example", LandingPage: "www.acme.example/a/b",
		Channel: "Paid Search", RulesVersion: "ga4-2026-05", Evidence: channel.EvidenceUTM,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzOrigin(f *testing.F) {
	c := shipped(f, channel.Options{})
	f.Add("https://a.example/?utm_source=x&gclid=%zz", "https://www.google.com/", "x")
	f.Add("//h:1/?a=b?c", "android-app://x/y", "")
	f.Add("http://[::1]:80/p", "http://user@@host../", "\x00")
	f.Add(".", "https://.com", "co.uk")
	f.Fuzz(func(t *testing.T, page, referrer, campaign string) {
		o := c.Origin(channel.Hit{PageURL: page, Referrer: referrer, Campaign: channel.Campaign{Name: campaign}})
		if o.Channel == "" || o.Source == "" || o.RulesVersion == "" {
			t.Errorf("nothing decided: %+v", o)
		}
	})
}

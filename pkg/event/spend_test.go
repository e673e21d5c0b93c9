package event_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/pkg/event"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func spendDays(raw string, change ...func(*event.Delivery)) ([]*tributaryv1.Spend, error) {
	var r event.Record
	if err := event.NewParser().Parse(&r, []byte(raw), event.TypeSpend, nil); err != nil {
		return nil, err
	}
	return r.Spend(delivery(change...))
}

// TestSpend_period: whatever is spread sums to what was given, and no day has more than a minor unit more than another, nor a later one more than an earlier.
func TestSpend_period(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor, days := rapid.Int64Range(0, 1_000_000).Draw(t, "minor"), rapid.IntRange(1, 28).Draw(t, "days")
		clicks := rapid.Int64Range(0, 500).Draw(t, "clicks")
		list, err := spendDays(fmt.Sprintf(`{"from":"2026-02-01","to":"2026-02-%02d","platform":"x","currency":"EUR","spend":"%d.%02d","clicks":%d}`, days, minor/100, minor%100, clicks))
		if err != nil || len(list) != days {
			t.Fatalf("%d days: %v", len(list), err)
		}
		var sum, n int64
		for i, s := range list {
			sum, n = sum+s.SpendMinor, n+s.Clicks
			if s.Day != list[0].Day+int32(i) || s.SpendMinor > list[0].SpendMinor || list[0].SpendMinor-s.SpendMinor > 1 {
				t.Fatalf("day %d has %d, the first %d", i, s.SpendMinor, list[0].SpendMinor)
			}
		}
		if sum != minor || n != clicks {
			t.Fatalf("%d of %d, %d of %d clicks", sum, minor, n, clicks)
		}
	})
}

func TestSpend_refusesPeriods(t *testing.T) {
	for _, v := range []struct{ period, field, code string }{
		{`"from":"2026-02-01"`, "to", event.CodeMissing},
		{`"to":"2026-02-01"`, "from", event.CodeMissing},
		{`"from":"2026-02-02","to":"2026-02-01"`, "to", event.CodeInvalid},
		{`"from":"2024-02-02","to":"2026-02-01"`, "to", event.CodeInvalid},
		{`"from":"2026-02-02","to":"soon"`, "to", event.CodeInvalid},
		{`"from":"2026-02-02","to":"2026-02-03","day":"2026-02-02"`, "day", event.CodeInvalid},
		{`"from":"2026-07-02","to":"2026-08-03"`, "to", event.CodeClockFuture},
		{`"day":"2026-02-01","replaces_day":true,"platform":null`, "platform", event.CodeMissing},
	} {
		raw := `{` + v.period + `,"source":"x","currency":"EUR","spend":1}`
		_, err := spendDays(raw)
		var e *event.Error
		if !errors.As(err, &e) || e.Field != v.field || e.Code != v.code {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestSpend_template(t *testing.T) {
	with := func(templates ...event.SpendTemplate) func(*event.Delivery) {
		return func(d *event.Delivery) { d.Workspace.SpendTemplates = templates }
	}
	const google = `"platform":"google_ads","account_id":"1","campaign_id":"77","campaign":"Brand DE","ad_group":"Exact","ad_group_id":"5","ad_id":"9"`
	for name, v := range map[string]struct {
		record, template                     string
		source, medium, campaign, byPlatform string
	}{
		"google":             {google, "{lpurl}?utm_source=google&utm_medium=cpc&utm_campaign={campaignid}", "google", "cpc", "77", "Brand DE"},
		"suffix":             {google, "utm_source=google&utm_medium=cpc&utm_campaign=b-{campaignid}-{adgroupid}-{creative}&utm_term={keyword}", "google", "cpc", "b-77-5-9", "Brand DE"},
		"meta":               {google, "utm_source=facebook&utm_medium=paid_social&utm_campaign={{campaign.name}}&utm_content={{ad.name}}", "facebook", "paid_social", "Brand DE", "Brand DE"},
		"meta, escaped":      {google, "utm_source=facebook&utm_medium=paid&utm_campaign=%7B%7Bcampaign.id%7D%7D", "facebook", "paid", "77", "Brand DE"},
		"tiktok":             {google, "?utm_source=tiktok&utm_medium=paid&utm_campaign=__CAMPAIGN_NAME__-__AID__", "tiktok", "paid", "Brand DE-5", "Brand DE"},
		"microsoft":          {google, "utm_source=bing&utm_medium=cpc&utm_campaign={CampaignId}", "bing", "cpc", "77", "Brand DE"},
		"linkedin":           {google, "utm_source=linkedin&utm_medium=paid&utm_campaign={{CAMPAIGN_NAME}}", "linkedin", "paid", "Brand DE", "Brand DE"},
		"a fixed word":       {google, "utm_source=google&utm_medium=cpc&utm_campaign=spring", "google", "cpc", "spring", "Brand DE"},
		"not to be known":    {google, "utm_source=google&utm_medium=cpc&utm_campaign={keyword}", "google", "cpc", "Brand DE", "Brand DE"},
		"open":               {google, "utm_source=google&utm_campaign={campaignid", "google", "", "{campaignid", "Brand DE"},
		"none":               {google, "", "", "", "Brand DE", ""},
		"own before config":  {google + `,"utm_template":"utm_source=own&utm_campaign=x"`, "utm_source=google&utm_campaign=y", "own", "", "x", "Brand DE"},
		"explicit stays":     {google + `,"source":"here"`, "utm_source=google&utm_campaign=y", "here", "", "Brand DE", ""},
		"for other platform": {`"platform":"meta_ads","campaign":"Brand DE"`, "", "", "", "Brand DE", ""},
	} {
		raw := `{"day":"2026-07-01","currency":"EUR","spend":1,` + v.record + `}`
		list, err := spendDays(raw, with(event.SpendTemplate{Platform: "bing_ads", Template: "utm_source=wrong"}, event.SpendTemplate{Platform: "google_ads", Campaign: "brand*", Template: v.template}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := list[0]
		if s.Source != v.source || s.Medium != v.medium || s.Campaign != v.campaign || s.PlatformCampaign != v.byPlatform {
			t.Errorf("%s: %v", name, s)
		}
		bare, err := spendDays(raw)
		if err != nil || v.record == google && event.SpendKey(bare[0]) != event.SpendKey(s) {
			t.Errorf("%s: with the template the cost is another one: %s", name, event.SpendKey(s))
		}
	}
}

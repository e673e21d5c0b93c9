package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFiles_meetInOneRow sends files as people have them, a report of costs, the history of a CRM's deals, members of a campaign, attendees and an account's event, then shows that
// costs and revenue meet in one row, that a webhook's deal without an account finds it when the record comes that tells, and that a restated day loses what vanished from it.
func TestFiles_meetInOneRow(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "tributary.yaml")
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.WriteFile(config, []byte(`workspaces:
  - name: default
    currency: EUR
    spend_templates:
      - {platform: google_ads, template: "utm_source=google&utm_medium=cpc&utm_campaign={campaignid}"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := up(t, dir, "--secret-key", secretKey, "--config", config)
	report := func(rows string) string {
		return "Campaign report\n\"July 1, 2026 - July 2, 2026\"\nCampaign,Campaign ID,Day,Currency code,Cost,Impr.,Clicks\n" + rows
	}
	costs := write("google.csv", report("Brand,77,2026-07-01,EUR,40.00,10,1\nGeneric,78,2026-07-01,EUR,5.00,10,1\nBrand,77,2026-07-02,EUR,60.00,10,1\n"))
	if out, code := command(t, "spend", "--data-dir", dir, "--dry-run", costs); code != 0 || !strings.Contains(out, "3 records would be imported") ||
		!strings.Contains(out, `source "google", medium "cpc", campaign "77"`) || !strings.Contains(out, "105.00") {
		t.Errorf("spend --dry-run: %d\n%s", code, out)
	}
	files := []string{
		costs,
		write("history.csv", "Id,OpportunityId,StageName,Amount,CreatedDate\n008A,006A,Prospecting,1000.00,2026-07-10T10:00:00.000Z\n008B,006A,Closed Won,1000.00,2026-07-20T10:00:00.000Z\n"),
		write("members.csv", "Id,CampaignId,ContactId,Status,HasResponded,FirstRespondedDate,Campaign.Name,Campaign.Type\n00vA,701A,003A,Attended,true,2026-07-05,Spring webinar,Webinar\n"),
		write("fair.csv", "Account ID;Type;Event;Date\n001Z;Event;Fair;2026-07-06\n"),
	}
	if out, code := command(t, append([]string{"replay", "--data-dir", dir}, files...)...); code != 0 || !strings.Contains(out, "accepted 7, rejected 0") {
		t.Fatalf("replay: %d\n%s", code, out)
	}
	// A visit from the campaign by somebody who turns out to be the deal's contact. Nothing yet says whose the deal is: the record that tells comes last.
	p.post(t, "/v1/page", `{"anonymousId":"v1","messageId":"m1","timestamp":"2026-07-01T09:00:00Z","context":{"page":{"url":"https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=77"}}}`)
	p.post(t, "/v1/stages", `{"type":"contact","id":"k1","occurred_at":"2026-07-02T00:00:00Z","contact_id":"003A","account_id":"001Z","anonymous_id":"v1"}`)
	p.post(t, "/v1/stages", write006A)
	row := "SELECT sum(spend_minor), sum(revenue_minor) FROM channel_performance_daily WHERE model = 'linear' AND basis = 'touch' AND campaign = "
	for campaign, want := range map[string]string{"77": "10000\t33334", "Spring webinar": "0\t33333", "Fair": "0\t33333"} {
		eventually(t, "cost and revenue of "+campaign, func() bool { return p.sql(t, row+"'"+campaign+"'") == want })
	}
	restated := write("restated.csv", report("Brand,77,2026-07-01,EUR,41.50,10,1\nBrand,77,2026-07-02,EUR,60.00,10,1\n"))
	if out, code := command(t, "spend", "--data-dir", dir, restated); code != 0 {
		t.Errorf("spend: %d\n%s", code, out)
	}
	eventually(t, "the restated days", func() bool {
		return p.sql(t, "SELECT campaign, platform_campaign, spend_minor FROM spend ORDER BY day, campaign") == "77\tBrand\t4150\n77\tBrand\t6000"
	})
	verifyClean(t, dir)
	if out, code := command(t, "spend", "--data-dir", dir, write("wrong.csv", "a,b\n1,2\n")); code != 1 || !strings.Contains(out, "nothing was taken") {
		t.Errorf("a file that is none: %d\n%s", code, out)
	}
}

// write006A says whose the deal is.
const write006A = `{"type":"stage","id":"s1","occurred_at":"2026-07-20T10:00:01Z","opportunity_id":"006A","account_id":"001Z","stage":"Closed Won","amount":"1000.00","currency":"EUR"}`

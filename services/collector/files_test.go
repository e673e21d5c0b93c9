package collector_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector"
)

const spendCSV = `Campaign report
"July 1, 2026 - July 2, 2026"
Campaign,Campaign ID,Day,Currency code,Cost,Impr.,Clicks
Brand,77,2026-07-01,EUR,"1,234.50","12,000",345
Brand,77,2026-07-02,EUR,0.99,10,1
Generic,78,2026-07-02,EUR,2,20,2
Total: Account,--,,EUR,"1,237.49","12,030",348
`

func templates(cfg *collector.Config) {
	cfg.Workspaces[0].SpendTemplates = []collector.SpendTemplate{{Platform: "google_ads", Template: "utm_source=google&utm_medium=cpc&utm_campaign={campaignid}"}}
}

// costs are what is on spend-v1, a line each.
func (r *rig) costs() []string {
	var out []string
	for _, s := range r.spend() {
		m := s.Msg
		if m.ReplacesDay {
			out = append(out, fmt.Sprintf("%d %s anew", m.Day, m.Platform))
			continue
		}
		out = append(out, fmt.Sprintf("%d %s %s/%s as %s/%s/%s %s %d %s", m.Day, m.Platform, m.CampaignId, m.PlatformCampaign, m.Source, m.Medium, m.Campaign, m.Channel, m.SpendMinor, m.Currency))
	}
	slices.Sort(out)
	return out
}

func TestSpendFile(t *testing.T) {
	r := start(t, templates)
	dry := r.post("/v1/spend?dry_run=1", secretKey, spendCSV)
	var plan struct {
		DryRun bool `json:"dry_run"`
		Import struct {
			Platform  string
			Records   int
			Campaigns []struct{ Campaign, Spend string }
			Replaces  []struct{ From, To string }
		}
		Joins []struct {
			Source, Medium, Campaign, Channel string
			PlatformCampaign                  string `json:"platform_campaign"`
		}
	}
	if err := json.Unmarshal(dry.Raw, &plan); err != nil || dry.Status != 200 || !plan.DryRun || plan.Import.Platform != "google_ads" || plan.Import.Records != 3 ||
		len(plan.Import.Campaigns) != 2 || plan.Import.Campaigns[0].Spend != "1235.49" || plan.Import.Replaces[0].To != "2026-07-02" ||
		plan.Joins[0].Campaign != "77" || plan.Joins[0].PlatformCampaign != "Brand" || plan.Joins[0].Channel != "Paid Search" {
		t.Errorf("dry run: %v %s", err, dry.Raw)
	}
	if n := len(r.costs()); n != 0 {
		t.Fatalf("a dry run left %d records", n)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(spendCSV)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ body, contentType string }{{spendCSV, "application/x-www-form-urlencoded"}, {utf16, "text/csv; charset=utf-16"}} {
		if got := r.post("/v1/spend", secretKey, v.body, header("Content-Type", v.contentType)); got.Status != 200 || !got.Success || got.Accepted != 3 {
			t.Fatalf("%d %s", got.Status, got.Raw)
		}
	}
	want := []string{
		"20635 google_ads 77/Brand as google/cpc/77 Paid Search 123450 EUR", "20635 google_ads anew",
		"20636 google_ads 77/Brand as google/cpc/77 Paid Search 99 EUR", "20636 google_ads 78/Generic as google/cpc/78 Paid Search 200 EUR", "20636 google_ads anew",
	}
	want = slices.Sorted(slices.Values(append(slices.Clone(want), want...)))
	if got := r.costs(); !slices.Equal(got, want) {
		t.Errorf("on spend-v1:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	all := r.spend()
	for _, s := range all {
		if s.Msg.ReplacesDay {
			continue
		}
		if !slices.ContainsFunc(all, func(o keyed[*tributaryv1.Spend]) bool {
			return o.Msg.ReplacesDay && o.Msg.Day == s.Msg.Day && o.Msg.ReceiptSeq < s.Msg.ReceiptSeq && o.Msg.ReceivedUs == s.Msg.ReceivedUs
		}) {
			t.Errorf("%v is not after the statement of its day", s.Msg)
		}
	}
}

func TestSpendFile_refusals(t *testing.T) {
	r := start(t)
	for name, v := range map[string]struct {
		key, path, body string
		status          int
		code            string
	}{
		"public key":  {publicKey, "/v1/spend", spendCSV, 403, "secret_key_needed"},
		"no key":      {"", "/v1/spend", spendCSV, 401, "missing_key"},
		"no platform": {secretKey, "/v1/spend", "Day,Campaign,Cost (EUR)\n2026-07-01,a,1\n", 400, "missing_field"},
		"no currency": {secretKey, "/v1/spend", "Day,Campaign,Cost,Impr.\n2026-07-01,a,1,1\n", 400, "missing_currency"},
		"no table":    {secretKey, "/v1/spend", "hello", 400, "unknown_file"},
		"workbook":    {secretKey, "/v1/spend", "PK\x03\x04 and so on", 400, "unknown_file"},
		"not crm":     {secretKey, "/v1/stages", "a,b\n1,2\n", 400, "unknown_file"},
		"not touches": {secretKey, "/v1/touches", "a,b\n1,2\n", 400, "unknown_file"},
	} {
		if got := r.post(v.path, v.key, v.body, header("Content-Type", "text/csv")); got.Status != v.status || got.Code != v.code {
			t.Errorf("%s: %d %s", name, got.Status, got.Raw)
		}
	}
	got := r.post("/v1/spend", secretKey, strings.Replace(spendCSV, "0.99", "x", 1))
	if got.Status != 200 || got.Success || got.Accepted != 1 || got.Rejected != 2 || got.Results[1].Code != "day_incomplete" || got.Results[0].Code != "invalid_value" || got.Results[0].Field != "Cost" || !strings.Contains(string(got.Raw), `"line":5`) {
		t.Errorf("a row that cannot be read: %d %s", got.Status, got.Raw)
	}
	if got := r.costs(); !slices.Equal(got, []string{"20635 google_ads 77/ as //Brand Paid Search 123450 EUR", "20635 google_ads anew"}) {
		t.Errorf("the day of the row that cannot be read was imported: %v", got)
	}
	kept := 0
	for _, rej := range r.rejected() {
		if string(rej.Msg.Raw) == "Brand,77,2026-07-02,EUR,x,10,1" {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("the row was kept %d times", kept)
	}
}

func TestTouchFile(t *testing.T) {
	r := start(t)
	const body = "E-mail;Company domain;Type;Webinar title;Date;Status\n" +
		"Ann@Acme.example;;Webinar;Attribution 101;15.07.2026 10:00;Attended\n" +
		"bo@acme.example;;Webinar;Attribution 101;15.07.2026 10:00;No Show\n" +
		";www.acme.example;Event;Fair;16.07.2026;\n" +
		";;Event;Fair;16.07.2026;\n" +
		"nobody;;Event;Fair;16.07.2026;\n" +
		"cy@acme.example;;Event;Fair;soon;\n"
	for range 2 {
		got := r.post("/v1/touches?timezone=Europe/Berlin", secretKey, body)
		if got.Status != 200 || got.Accepted != 2 || got.Rejected != 3 || !strings.Contains(string(got.Raw), `"ignored":1`) {
			t.Fatalf("%d %s", got.Status, got.Raw)
		}
		for i, want := range []string{"5 no_user_anon_id", "6 invalid_value", "7 invalid_value"} {
			if have := fmt.Sprintf("%d %s", lineOf(t, got.Raw, i), got.Results[i].Code); have != want {
				t.Errorf("%s, want %s", have, want)
			}
		}
	}
	events := r.events()
	ids := map[string]bool{}
	members := 0
	for _, e := range events {
		ids[e.Msg.Id] = true
		switch m := e.Msg; {
		case m.GetContact() != nil:
			members++
			if m.ContactId != "account:@acme.example" || m.AccountId != "@acme.example" {
				t.Errorf("the account's person: %v", m)
			}
		case m.EmailSha256 != "":
			if o := m.GetTouch().GetOrigin(); o.GetChannel() != "Webinar" || o.GetCampaign() != "Attribution 101" || o.GetContent() != "Attended" || m.OccurredUs != 1784102400_000000 {
				t.Errorf("the webinar: %v", m)
			}
		default:
			if m.ContactId != "account:@acme.example" || m.GetTouch().GetOrigin().GetChannel() != "Event" {
				t.Errorf("the event: %v", m)
			}
		}
	}
	if len(events) != 6 || len(ids) != 3 || members != 2 {
		t.Errorf("%d events with %d ids: a file that is sent twice counts once", len(events), len(ids))
	}
}

// lineOf is the line of a result.
func lineOf(t *testing.T, raw []byte, i int) int {
	t.Helper()
	var v struct{ Results []struct{ Line int } }
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v.Results[i].Line
}

func TestSalesforceFiles(t *testing.T) {
	r := start(t, crms)
	history := "Id,OpportunityId,StageName,Amount,CreatedDate,IsDeleted,Opportunity.AccountId\n" +
		"008A,006A,Prospecting,1000.00,2026-05-01T10:00:00.000Z,false,001Z\n" +
		"008B,006A,Closed Won,12500.5,2026-06-01T10:00:00.000+0000,false,001Z\n" +
		"008C,006A,Closed Won,1,2026-06-02T10:00:00.000Z,true,001Z\n"
	for path, n := range map[string]int{"/v1/stages": 2, "/v1/stages?source=sf": 0} {
		got := r.post(path, secretKey, history)
		if n > 0 && (got.Status != 200 || got.Accepted != n) || n == 0 && got.Code != "unknown_source" { // sf is of the other workspace
			t.Errorf("%s: %d %s", path, got.Status, got.Raw)
		}
	}
	fields := "OpportunityId,Field,OldValue,NewValue,CreatedDate\n006B,created,,,2026-05-01T10:00:00Z\n006B,StageName,Prospecting,Closed Lost,2026-05-02T10:00:00Z\n006B,Amount,1,,2026-05-02T11:00:00Z\n" +
		"006B,Account,Old,New,2026-05-02T12:00:00Z\n006B,Account,001AAAAAAAAAAAA,001BBBBBBBBBBBB,2026-05-02T12:00:00Z\n006B,NextStep,a,b,2026-05-02T13:00:00Z\n"
	if got := r.post("/v1/stages", secretKey, fields); got.Status != 200 || got.Accepted != 4 {
		t.Errorf("field history: %d %s", got.Status, got.Raw)
	}
	members := "Id,CampaignId,ContactId,LeadId,Status,HasResponded,FirstRespondedDate,Campaign.Name,Campaign.Type\n" +
		"00vA,701A,003A,,Attended,true,2026-05-03,Spring webinar,Webinar\n00vB,701A,,00QB,Sent,false,,Spring webinar,Webinar\n"
	if got := r.post("/v1/touches", secretKey, members); got.Status != 200 || got.Accepted != 1 {
		t.Errorf("members: %d %s", got.Status, got.Raw)
	}
	var lines []string
	for _, e := range r.events() {
		if s := e.Msg.GetStage(); s != nil {
			lines = append(lines, fmt.Sprintf("%s %s %s %v %d %v", s.OpportunityId, s.Stage, e.Msg.AccountId, s.IsWon, s.AmountMinor, s.CreatedUs > 0))
		} else {
			o := e.Msg.GetTouch().GetOrigin()
			lines = append(lines, fmt.Sprintf("%s %s %s %s %s %s", e.Msg.Id, e.Msg.ContactId, o.GetChannel(), o.GetCampaign(), o.GetCampaignId(), o.GetContent()))
		}
	}
	slices.Sort(lines)
	want := []string{
		"006A closed_won 001Z true 1250050 false", "006A prospecting 001Z false 100000 false",
		"006B   false 0 false", "006B   false 0 true", "006B  001BBBBBBBBBBBBY55 false 0 false", "006B closed_lost  false 0 false",
		"salesforce:member:00vA 003A Webinar Spring webinar 701A Attended",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

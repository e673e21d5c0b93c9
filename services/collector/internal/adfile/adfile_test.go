package adfile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/adfile"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

func read(t testing.TB, body string, o adfile.Options) (*adfile.Plan, error) {
	t.Helper()
	s, err := tabular.Read([]byte(body), "", tabular.DefaultLimits())
	if err != nil {
		return nil, err
	}
	return adfile.Read(s, o)
}

// brief is a plan as lines: one for each record, day by day, and one for each row that was refused.
func brief(t testing.TB, p *adfile.Plan) string {
	t.Helper()
	var b strings.Builder
	for _, it := range p.Items {
		if it.Err != nil {
			fmt.Fprintf(&b, "line %d %s %s\n", it.Line, it.Err.Code, it.Err.Field)
			continue
		}
		var r map[string]any
		if err := json.Unmarshal(it.Record, &r); err != nil {
			t.Fatal(err)
		}
		if r["replaces_day"] == true {
			fmt.Fprintf(&b, "%v %v %v anew\n", r["day"], r["platform"], or(r["account_id"]))
			continue
		}
		fmt.Fprintf(&b, "%v %v %v/%v/%v/%v %v %v %v %v\n", r["day"], or(r["account_id"]), or(r["campaign_id"]), or(r["campaign"]), or(r["ad_group"]), or(r["ad"]), r["spend"], r["currency"], or(r["impressions"]), or(r["clicks"]))
	}
	return b.String()
}

func or(v any) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprint(v)
}

func utf16(s string) string {
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func latin(s string) string {
	out, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

const googleCSV = `Campaign report
"July 1, 2026 - July 2, 2026"
Campaign,Campaign ID,Campaign status,Day,Currency code,Cost,Impr.,Clicks,Conversions,Conv. value
"Brand, DE",77,Enabled,2026-07-01,EUR,"1,234.50","12,000",345,3.00,0.00
Generic,78,Enabled,2026-07-01,EUR, --,0,0, --,0.00
"Brand, DE",77,Enabled,2026-07-02,EUR,0.99,10,1,0.00,0.00
Total: Campaigns,--,,,EUR,"1,235.49","12,010",346,3.00,0.00
Total: Account,--,,,EUR,"1,235.49","12,010",346,3.00,0.00
`

func TestRead_asDownloaded(t *testing.T) {
	const anew = "2026-07-01 %[1]s %[2]s anew\n2026-07-02 %[1]s %[2]s anew\n"
	google := fmt.Sprintf(anew, "google_ads", "-") +
		"2026-07-01 - 77/Brand, DE/-/- 1234.50 EUR 12000 345\n2026-07-01 - 78/Generic/-/- 0.00 EUR - -\n2026-07-02 - 77/Brand, DE/-/- 0.99 EUR 10 1\n"
	for name, v := range map[string]struct {
		body, platform, want string
		options              adfile.Options
		warnings             int
	}{
		"google":           {body: googleCSV, platform: adfile.Google, want: google},
		"google for excel": {body: utf16(strings.NewReplacer("\"Brand, DE\"", "Brand, DE", `"July 1, 2026 - July 2, 2026"`, "July 1, 2026 - July 2, 2026", `"1,234.50"`, "1,234.50", `"12,000"`, "12,000", `"1,235.49"`, "1,235.49", `"12,010"`, "12,010", ",", "\t", "Brand\t DE", "Brand, DE").Replace(strings.NewReplacer("July 1, 2026 - July 2, 2026", "1 July 2026 - 2 July 2026", "1,234.50", "1234.50", "12,000", "12000", "1,235.49", "1235.49", "12,010", "12010", "Brand, DE", "Brand; DE").Replace(googleCSV))), platform: adfile.Google, want: strings.ReplaceAll(google, "Brand, DE", "Brand; DE")},
		"google, german":   {body: utf16("Kampagnenbericht\n01.07.2026 - 02.07.2026\nKampagne\tTag\tWährungscode\tKosten\tImpr.\tKlicks\nMarke\t01.07.2026\tEUR\t1.234,50\t12.000\t345\nMarke\t02.07.2026\tEUR\t0,99\t10\t1\nGesamt: Konto\t --\tEUR\t1.235,49\t12.010\t346\n"), platform: adfile.Google, want: fmt.Sprintf(anew, "google_ads", "-") + "2026-07-01 - -/Marke/-/- 1234.50 EUR 12000 345\n2026-07-02 - -/Marke/-/- 0.99 EUR 10 1\n"},
		"google api": {
			body: "segments.date,customer.id,campaign.id,campaign.name,metrics.cost_micros,metrics.impressions,metrics.clicks,customer.currency_code\n2026-07-01,877-953-6058,77,Brand,1234500001,12,3,EUR\n2026-07-01,877-953-6058,77,Brand,4999,1,0,EUR\n", platform: adfile.Google, warnings: 1,
			want: "2026-07-01 google_ads 877-953-6058 anew\n2026-07-01 877-953-6058 77/Brand/-/- 1234.51 EUR 13 3\n",
		},
		"google without days": {
			body: "Campaign report\n\"July 1, 2026 - July 3, 2026\"\nCampaign,Campaign status,Currency code,Cost,Impr.,Clicks\nBrand,Enabled,EUR,10.00,7,1\n", platform: adfile.Google, warnings: 1,
			want: "2026-07-01 google_ads - anew\n2026-07-02 google_ads - anew\n2026-07-03 google_ads - anew\n2026-07-01 - -/Brand/-/- 3.34 EUR 3 1\n2026-07-02 - -/Brand/-/- 3.33 EUR 2 -\n2026-07-03 - -/Brand/-/- 3.33 EUR 2 -\n",
		},
		"meta": {
			body: "Campaign name,Campaign ID,Day,Impressions,Amount spent (USD),Clicks (all),Link clicks,Reporting starts,Reporting ends\nBrand,23851,2026-07-01,1200,12.34,20,17,2026-07-01,2026-07-02\nBrand,23851,2026-07-02,100,0.5,2,1,2026-07-01,2026-07-02\n,,,1300,12.84,22,18,2026-07-01,2026-07-02\n", platform: adfile.Meta,
			want: fmt.Sprintf(anew, "meta_ads", "-") + "2026-07-01 - 23851/Brand/-/- 12.34 USD 1200 17\n2026-07-02 - 23851/Brand/-/- 0.50 USD 100 1\n",
		},
		"meta for a period": {
			body: "Campaign name,Impressions,Amount spent (JPY),Reporting starts,Reporting ends\nBrand,1201,100,2026-07-01,2026-07-03\n", platform: adfile.Meta, warnings: 1,
			want: "2026-07-01 meta_ads - anew\n2026-07-02 meta_ads - anew\n2026-07-03 meta_ads - anew\n2026-07-01 - -/Brand/-/- 34 JPY 401 -\n2026-07-02 - -/Brand/-/- 33 JPY 400 -\n2026-07-03 - -/Brand/-/- 33 JPY 400 -\n",
		},
		"meta, french": {
			body: "\ufeffNom de la campagne;Jour;Impressions;Montant dépensé (EUR);Clics sur un lien;Début des rapports;Fin des rapports\nÉté;01/07/2026;1 200;1 234,56;17;01/07/2026;02/07/2026\nÉté;02/07/2026;100;0,5;1;01/07/2026;02/07/2026\n", platform: adfile.Meta, warnings: 1,
			want: fmt.Sprintf(anew, "meta_ads", "-") + "2026-07-01 - -/Été/-/- 1234.56 EUR 1200 17\n2026-07-02 - -/Été/-/- 0.50 EUR 100 1\n",
		},
		"linkedin": {
			body: utf16("Campaign Performance Report (in UTC)\nReport Start: July 1, 2026, 12:00 AM\nReport End: July 2, 2026, 11:59 PM\nDate Generated: July 5, 2026\n\nStart Date (in UTC)\tAccount Name\tCampaign Group Name\tCampaign Name\tCampaign ID\tCurrency\tTotal Spent\tImpressions\tClicks\n7/1/2026\tAcme\tGroup\tBrand\t55\tUSD\t1,234.5\t12,000\t34\n7/2/2026\tAcme\tGroup\tBrand\t55\tUSD\t0.99\t10\t1\n"), platform: adfile.LinkedIn,
			want: fmt.Sprintf(anew, "linkedin_ads", "Acme") + "2026-07-01 Acme -/Group/Brand/- 1234.50 USD 12000 34\n2026-07-02 Acme -/Group/Brand/- 0.99 USD 10 1\n",
		},
		"microsoft": {
			body: "\"Report Name: Campaign\"\n\"Report Time: 7/1/2026, 7/2/2026\"\n\"Time Zone: (GMT+01:00)\"\n\"Last Completed Available Day: 7/5/2026 12:00:00 AM (GMT)\"\n\"Report Aggregation: Daily\"\n\"Report Filter: \"\n\"Potential Incomplete Data: true\"\n\"Rows: 2\"\n\n\"TimePeriod\",\"AccountName\",\"AccountId\",\"CampaignName\",\"CampaignId\",\"CurrencyCode\",\"Impressions\",\"Clicks\",\"Spend\"\n\"2026-07-01\",\"Acme\",\"9\",\"Brand\",\"66\",\"GBP\",\"1,200\",\"17\",\"1,234.50\"\n\"2026-07-02\",\"Acme\",\"9\",\"Brand\",\"66\",\"GBP\",\"10\",\"1\",\"0.99\"\n\n\"@2026 Microsoft Corporation. All rights reserved. \"\n", platform: adfile.Microsoft, warnings: 1,
			want: fmt.Sprintf(anew, "microsoft_ads", "9") + "2026-07-01 9 66/Brand/-/- 1234.50 GBP 1200 17\n2026-07-02 9 66/Brand/-/- 0.99 GBP 10 1\n",
		},
		"microsoft's page": {
			body: "Gregorian date,Account name,Campaign,Campaign ID,Currency code,Impressions,Clicks,Spend\n7/13/2026,Acme,Brand,66,GBP,10,1,0.99\n", platform: adfile.Microsoft,
			want: "2026-07-13 microsoft_ads Acme anew\n2026-07-13 Acme 66/Brand/-/- 0.99 GBP 10 1\n",
		},
		"tiktok": {
			body: "By Day,Campaign name,Ad group name,Ad name,Cost,Impressions,Clicks (destination),CPC (destination)\n2026-07-01,Brand,Group,Ad 1,12.34,1200,17,0.73\n2026-07-01,Brand,Group,Ad 2,1,1,0,0\nTotal of 2 results,-,-,-,13.34,1201,17,0.78\n", platform: adfile.TikTok, options: adfile.Options{Currency: "usd", Account: "71"},
			want: "2026-07-01 tiktok_ads 71 anew\n2026-07-01 71 -/Brand/Group/Ad 1 12.34 USD 1200 17\n2026-07-01 71 -/Brand/Group/Ad 2 1.00 USD 1 -\n",
		},
		"a table of one's own": {
			body: latin("Datum;Platform;Campaign;Kosten (CHF)\n13.07.2026;billboards;Zürich;1'234,50\n"), warnings: 1,
			want: "2026-07-13 billboards - anew\n2026-07-13 - -/Zürich/-/- 1234.50 CHF - -\n",
		},
		"by device": {
			body: "Campaign,Day,Device,Currency code,Cost,Impr.\nBrand,2026-07-01,Mobile,EUR,1.004,5\nBrand,2026-07-01,Desktop,EUR,1.003,6\n", platform: adfile.Google, warnings: 1, options: adfile.Options{KeepRows: true, Decimal: "."},
			want: "2026-07-01 - -/Brand/-/- 2.01 EUR 11 -\n",
		},
	} {
		p, err := read(t, v.body, v.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := brief(t, p); got != v.want || p.Platform != v.platform || len(p.Warnings) != v.warnings {
			t.Errorf("%s: of %q, %q\n%s\nwant %s", name, p.Platform, p.Warnings, got, v.want)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	for name, v := range map[string]struct {
		body    string
		options adfile.Options
		code    string
		field   string
	}{
		"no header":          {"a,b\n1,2\n", adfile.Options{}, tabular.CodeNoTable, ""},
		"no platform":        {"Day,Campaign,Cost (EUR)\n2026-07-01,a,1\n", adfile.Options{}, event.CodeMissing, "platform"},
		"no days":            {"Campaign,Cost,Impr.\na,1,1\n", adfile.Options{Currency: "EUR"}, event.CodeMissing, "day"},
		"no costs":           {"Day,Campaign,Cost,Impr.\n", adfile.Options{Currency: "EUR"}, event.CodeEmpty, ""},
		"two ways to write":  {"Day,Campaign,Cost,Impr.\n2026-07-01,a,\"1,5\",1\n2026-07-02,a,1.5,1\n", adfile.Options{Currency: "EUR"}, adfile.CodeConflict, "decimal"},
		"two orders of days": {"Day,Campaign,Cost,Impr.\n13/07/2026,a,1,1\n07/13/2026,a,1,1\n", adfile.Options{Currency: "EUR"}, adfile.CodeConflict, "dates"},
		"other currency":     {googleCSV, adfile.Options{Currency: "XXQ"}, event.CodeUnknownCoin, "currency"},
		"other decimal":      {googleCSV, adfile.Options{Decimal: "x"}, event.CodeInvalid, "decimal"},
		"other dates":        {googleCSV, adfile.Options{Dates: "x"}, event.CodeInvalid, "dates"},
		"too much":           {"Campaign name,Amount spent (EUR),Reporting starts,Reporting ends\na,1,2026-01-01,2026-06-30\n", adfile.Options{MaxRecords: 100}, event.CodeTooMany, ""},
	} {
		_, err := read(t, v.body, v.options)
		var e *event.Error
		if !errors.As(err, &e) || e.Code != v.code || e.Field != v.field {
			t.Errorf("%s: %v, want %s of %q", name, err, v.code, v.field)
		}
	}
}

// TestRead_badRows: what is wrong with a row names its line and column, and the days that it may be of are not replaced.
func TestRead_badRows(t *testing.T) {
	const head, good = "Day,Campaign,Currency code,Cost,Impr.,Clicks\n", "2026-07-01,a,EUR,1.50,1,1\n2026-07-02,a,EUR,1.50,1,1\n"
	const both = "2026-07-01 google_ads - anew\n2026-07-02 google_ads - anew\n2026-07-01 - -/a/-/- 1.50 EUR 1 1\n2026-07-02 - -/a/-/- 1.50 EUR 1 1\n"
	const second, first, none = "2026-07-02 google_ads - anew\n2026-07-02 - -/a/-/- 1.50 EUR 1 1\n", "line 2 day_incomplete Day\n", "line 2 day_incomplete Day\nline 3 day_incomplete Day\n"
	for row, want := range map[string]string{
		"":                                                        both,
		",,,,,\n":                                                 both,
		"2026-07-01,b,EUR,-1.00,1,1\n":                            second + "line 4 invalid_value Cost\n" + first,
		"2026-07-01,b,EUR,1x..0,1,1\n":                            second + "line 4 invalid_value Cost\n" + first,
		"2026-07-01,b,EUR,1.5K,1,1\n":                             second + "line 4 invalid_value Cost\n" + first,
		"2026-07-01,b,EUR,1 2,1,1\n":                              second + "line 4 invalid_value Cost\n" + first,
		"2026-07-01,b,EUR,\"1,23.45\",1,1\n":                      second + "line 4 invalid_value Cost\n" + first,
		"2026-07-01,b,EUR,USD 1.00,1,1\n":                         second + "line 4 conflicting_rows Cost\n" + first,
		"2026-07-01,b,EUR,£1.00,1,1\n":                            second + "line 4 conflicting_rows Cost\n" + first,
		"2026-07-01,b,EUR,1.00,1.5,1\n":                           second + "line 4 invalid_value Impr.\n" + first,
		"2026-07-01,b,EUR,1.00,1,-2\n":                            second + "line 4 invalid_value Clicks\n" + first,
		"2026-07-01,b,QQQ,1.00,1,1\n":                             second + "line 4 unknown_currency Currency code\n" + first,
		"2026-07-01,b,,1.00,1,1\n":                                second + "line 4 missing_currency currency\n" + first,
		"2026-07-01,,EUR,1.00,1,1\n":                              second + "line 4 missing_field Campaign\n" + first,
		"2026-07-01,a,USD,1.00,1,1\n":                             second + "line 4 conflicting_rows Currency code\n" + first,
		"2026-07-01,Total,EUR,1.49,1,1\n":                         second + "line 4 conflicting_rows Campaign\n" + first,
		"2026-07-01,Total,EUR,1.50,1,1\n":                         both,
		"2026-07-01,,EUR,1.50,1,1\n":                              both,
		"Total,,EUR,3.00,2,2\n":                                   both,
		"soon,b,EUR,1.00,1,1\n":                                   "line 4 invalid_value Day\n" + none,
		"soon,Total Reach,EUR,1.00,1,1\n":                         "line 4 invalid_value Day\n" + none,
		"46204,b,EUR,1.00,1,1\n":                                  "line 4 invalid_value Day\n" + none,
		"2026-02-30,b,EUR,1.00,1,1\n":                             "line 4 invalid_value Day\n" + none,
		"2026-07-01,b,EUR,1.00,1,1,7\n":                           "line 4 invalid_value \n" + none,
		"2026-07-01,b\"x,EUR,1.00,1,1\n":                          "line 4 malformed_csv \n" + none,
		"2026-07-01," + strings.Repeat("x", 256) + ",EUR,1,1,1\n": second + "line 4 too_long Campaign\n" + first,
	} {
		p, err := read(t, head+good+row, adfile.Options{})
		if err != nil {
			t.Errorf("%q: %v", row, err)
			continue
		}
		if got := brief(t, p); got != want || p.ErrorsTotal+p.Incomplete != strings.Count(want, "line") || p.Incomplete != strings.Count(want, "incomplete") {
			t.Errorf("%q:\n%s\nwant %s", row, got, want)
		}
	}
}

// TestRead_sumsExactly: whatever the rows, the records sum to them to the minor unit, and so do the totals and the campaigns of the plan.
func TestRead_sumsExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("Campaign name;Impressions;Amount spent (EUR);Reporting starts;Reporting ends\n")
		var cents, impressions int64
		for range rapid.IntRange(1, 20).Draw(t, "rows") {
			c, i := rapid.Int64Range(0, 9_999_999).Draw(t, "cents"), rapid.Int64Range(0, 5_000).Draw(t, "impressions")
			first := rapid.IntRange(1, 28).Draw(t, "first")
			last := rapid.IntRange(first, 28).Draw(t, "last")
			cents, impressions = cents+c, impressions+i
			fmt.Fprintf(&b, "c%d;%d;%s;2026-02-%02d;2026-02-%02d\n", rapid.IntRange(0, 3).Draw(t, "campaign"), i, german(c), first, last)
		}
		s, err := tabular.Read([]byte(b.String()), "", tabular.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		p, err := adfile.Read(s, adfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got, seen, campaigns int64
		for _, it := range p.Items {
			var r struct {
				Spend       string
				Impressions int64
			}
			if err := json.Unmarshal(it.Record, &r); err != nil {
				t.Fatal(err)
			}
			got, seen = got+minor(r.Spend), seen+r.Impressions
		}
		for _, c := range p.Campaigns {
			campaigns += minor(c.Spend)
		}
		if got != cents || seen != impressions || minor(p.Totals[0].Spend) != cents || campaigns != cents {
			t.Fatalf("%d cents of %d, %d impressions of %d, total %s\n%s", got, cents, seen, impressions, p.Totals[0].Spend, b.String())
		}
	})
}

// german writes an amount with thousands and decimal comma.
func german(cents int64) string {
	whole := fmt.Sprint(cents / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return fmt.Sprintf("%s,%02d", whole, cents%100)
}

func minor(decimal string) (n int64) {
	for _, c := range decimal {
		if c != '.' {
			n = n*10 + int64(c-'0')
		}
	}
	return n
}

// FuzzRead looks for files that make a plan panic, or its records no JSON.
func FuzzRead(f *testing.F) {
	f.Add([]byte(googleCSV), "EUR", "")
	f.Add([]byte(utf16("Kampagne\tTag\tKosten\tImpr.\na\t01.07.2026\t1.234,5\t1\n")), "EUR", "dmy")
	f.Add([]byte("Campaign name,Amount spent (JPY),Reporting starts,Reporting ends\na,100,2026-07-01,2026-07-03\n"), "", "mdy")
	f.Add([]byte("\"Report Name: x\"\n\"TimePeriod\",\"CampaignName\",\"Spend\"\n\"7/1/2026\",\"a\",\"1\"\n\"@2026 Microsoft Corporation\"\n"), "GBP", "")
	f.Add([]byte("By Day,Campaign name,Cost\n2026-07-01,a,1\nTotal,-,1\n"), "USD", "")
	f.Add([]byte("Day,Campaign,Cost,Impr.\n2026-07-01,a,1.5,1\n2026-07-01,b,?,1\n2026-07-02,Total,€2.5,1\n2026-07-02,c,2.5,1\n"), "", "")
	f.Add([]byte("Start Date (in UTC),Campaign Group Name,Campaign Name,Currency,Total Spent\n7/1/2026,g,c,USD,1.234\n"), "", "")
	f.Fuzz(func(t *testing.T, body []byte, currency, dates string) {
		s, err := tabular.Read(body, "", tabular.Limits{Rows: 500, Columns: 50, CellBytes: 1000, Bytes: 1 << 16})
		if err != nil {
			return
		}
		p, err := adfile.Read(s, adfile.Options{Currency: currency, Dates: dates, MaxRecords: 5000})
		if err != nil {
			return
		}
		sums, refused := map[string]int64{}, 0
		for _, it := range p.Items {
			if (it.Err == nil) != json.Valid(it.Record) {
				t.Errorf("record %q beside %v", it.Record, it.Err)
			}
			var r struct {
				Currency, Spend string
				ReplacesDay     bool `json:"replaces_day"`
			}
			switch {
			case it.Err != nil:
				if refused++; it.Err.Code == "" || it.Err.Reason == "" || it.Line == 0 {
					t.Errorf("line %d is refused for %+v", it.Line, it.Err)
				}
			case json.Unmarshal(it.Record, &r) == nil && !r.ReplacesDay:
				sums[r.Currency] += minor(r.Spend)
			}
		}
		for _, total := range p.Totals {
			if sums[total.Currency] != minor(total.Spend) {
				t.Errorf("records of %d %s, and a total of %s", sums[total.Currency], total.Currency, total.Spend)
			}
		}
		if len(p.Totals) != len(sums) || refused != p.ErrorsTotal+p.Incomplete {
			t.Errorf("%d totals of %d currencies, %d refusals for %d and %d", len(p.Totals), len(sums), refused, p.ErrorsTotal, p.Incomplete)
		}
		if _, err := json.Marshal(p); err != nil {
			t.Error(err)
		}
	})
}

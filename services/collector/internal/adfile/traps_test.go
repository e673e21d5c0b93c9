package adfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/adfile"
)

// TestRead_traps: files that look harmless and would be counted wrongly. Each comes out right, or is refused.
func TestRead_traps(t *testing.T) {
	const day = "2026-07-01 google_ads - anew\n"
	eur := adfile.Options{Currency: "EUR"}
	for name, v := range map[string]struct {
		body    string
		options adfile.Options
		want    string // what becomes of it, or "error field code"
	}{
		"a thousand or one and a bit":         {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.234,10\n", options: eur, want: "error decimal conflicting_rows"},
		"the same, told by another row":       {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.234,10\n2026-07-01,b,0.5,10\n", options: eur, want: day + "2026-07-01 - -/a/-/- 1.23 EUR 10 -\n2026-07-01 - -/b/-/- 0.50 EUR 10 -\n"},
		"the same, told by a count":           {body: "Day;Campaign;Cost;Impr.\n2026-07-01;a;1.234;1.000\n", options: eur, want: day + "2026-07-01 - -/a/-/- 1234.00 EUR 1000 -\n"},
		"the same, told by the sender":        {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.234,10\n", options: adfile.Options{Currency: "EUR", Decimal: ","}, want: day + "2026-07-01 - -/a/-/- 1234.00 EUR 10 -\n"},
		"thousands in English":                {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,\"1,234\",10\n", options: eur, want: day + "2026-07-01 - -/a/-/- 1234.00 EUR 10 -\n"},
		"thousands in German":                 {body: "Tag;Kampagne;Kosten (EUR);Impr.\n01.07.2026;a;1.234;10\n", want: day + "2026-07-01 - -/a/-/- 1234.00 EUR 10 -\n"},
		"three decimals in German":            {body: "Tag;Kampagne;Kosten (EUR);Impr.\n01.07.2026;a;1,234;10\n", want: "error decimal conflicting_rows"},
		"India's lakhs":                       {body: "Day,Campaign,Cost (INR),Impr.\n2026-07-01,a,\"12,34,567.80\",10\n", want: day + "2026-07-01 - -/a/-/- 1234567.80 INR 10 -\n"},
		"day or month first":                  {body: "Day,Campaign,Cost,Impr.\n01/02/2026,a,1.5,10\n02/02/2026,a,1.5,10\n", options: eur, want: "error dates missing_field"},
		"told by the period above":            {body: "Report\n\"February 1, 2026 - February 2, 2026\"\nDay,Campaign,Cost,Impr.\n01/02/2026,a,1.5,10\n02/02/2026,a,1.5,10\n", options: eur, want: strings.ReplaceAll("DAY1 google_ads - anew\nDAY2 google_ads - anew\nDAY1 - -/a/-/- 1.50 EUR 10 -\nDAY2 - -/a/-/- 1.50 EUR 10 -\n", "DAY", "2026-02-0")},
		"the same either way":                 {body: "Day,Campaign,Cost,Impr.\n07/07/2026,a,1.5,10\n", options: eur, want: "2026-07-07 google_ads - anew\n2026-07-07 - -/a/-/- 1.50 EUR 10 -\n"},
		"a subtotal by day":                   {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.5,10\n2026-07-01,b,2.5,10\n2026-07-01,Total,4.00,20\n", options: eur, want: day + "2026-07-01 - -/a/-/- 1.50 EUR 10 -\n2026-07-01 - -/b/-/- 2.50 EUR 10 -\n"},
		"a total on top":                      {body: "Day,Campaign,Cost,Impr.\n--,Overall total,4.00,20\n2026-07-01,a,1.5,10\n2026-07-01,b,2.5,10\n", options: eur, want: day + "2026-07-01 - -/a/-/- 1.50 EUR 10 -\n2026-07-01 - -/b/-/- 2.50 EUR 10 -\n"},
		"a total with the period as its day":  {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.5,10\n2026-07-01 - 2026-07-01,Total,1.5,10\n", options: eur, want: day + "2026-07-01 - -/a/-/- 1.50 EUR 10 -\n"},
		"a total without a name or campaigns": {body: "Day,Cost,Impr.\n2026-07-01,1.5,10\n2026-07-02,2.5,10\n,4.0,20\n", options: eur, want: day + "2026-07-02 google_ads - anew\n2026-07-01 - -/-/-/- 1.50 EUR 10 -\n2026-07-02 - -/-/-/- 2.50 EUR 10 -\n"},
		"a campaign called total":             {body: "Day,Campaign,Campaign ID,Cost,Impr.\n2026-07-01,Total,7,1.5,10\n2026-07-01,Total Reach,,2.5,10\n", options: eur, want: day + "2026-07-01 - 7/Total/-/- 1.50 EUR 10 -\n2026-07-01 - -/Total Reach/-/- 2.50 EUR 10 -\n"},
		"one of a report without days":        {body: "Report\n\"July 1, 2026 - July 1, 2026\"\nCampaign,Cost,Impr.\nTotal Reach,1.5,10\nb,2.5,10\nTotal: Account,9.99,20\n", options: eur, want: day + "2026-07-01 - -/Total Reach/-/- 1.50 EUR 10 -\n2026-07-01 - -/b/-/- 2.50 EUR 10 -\n"},
		"a day by halves":                     {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.5,10\n2026-07-01,b,?,10\n2026-07-02,a,1.5,10\n", options: eur, want: "2026-07-02 google_ads - anew\n2026-07-02 - -/a/-/- 1.50 EUR 10 -\nline 3 invalid_value Cost\nline 2 day_incomplete Day\n"},
		"a day by halves, as rows":            {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.5,10\n2026-07-01,b,?,10\n", options: adfile.Options{Currency: "EUR", KeepRows: true}, want: "2026-07-01 - -/a/-/- 1.50 EUR 10 -\nline 3 invalid_value Cost\n"},
		"a period by halves": {
			body: "Campaign name,Amount spent (EUR),Reporting starts,Reporting ends\na,3.00,2026-07-01,2026-07-03\nb,?,2026-07-03,2026-07-04\nc,1.00,2026-07-05,2026-07-05\n",
			want: "2026-07-05 meta_ads - anew\n2026-07-05 - -/c/-/- 1.00 EUR - -\nline 3 invalid_value Amount spent (EUR)\nline 2 day_incomplete day\nline 2 day_incomplete day\nline 2 day_incomplete day\n",
		},
		"the currency by name":         {body: "Day,Campaign,Cost USD,Impr.\n2026-07-01,a,1.5,10\n", want: day + "2026-07-01 - -/a/-/- 1.50 USD 10 -\n"},
		"the currency by its sign":     {body: "Day,Campaign,Cost (€),Impr.\n2026-07-01,a,1.5,10\n", want: day + "2026-07-01 - -/a/-/- 1.50 EUR 10 -\n"},
		"a sign that several have":     {body: "Day,Campaign,Cost ($),Impr.\n2026-07-01,a,$1.5,10\n", want: "line 2 missing_currency currency\n"},
		"the currency in the cells":    {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,€1.50,10\n", want: day + "2026-07-01 - -/a/-/- 1.50 EUR 10 -\n"},
		"the currency above":           {body: "Report,\nCurrency: SEK,\nDay,Campaign,Cost,Impr.\n2026-07-01,a,1.50,10\n", want: day + "2026-07-01 - -/a/-/- 1.50 SEK 10 -\n"},
		"a converted column first":     {body: "Day,Campaign,Currency code,Cost (Converted currency),Cost,Impr.\n2026-07-01,a,EUR,9.99,1.50,10\n", want: day + "2026-07-01 - -/a/-/- 1.50 EUR 10 -\n"},
		"three digits behind the sign": {body: "Day,Campaign,Cost,Impr.\n2026-07-01,a,1.5,10\n2026-07-01,b,1.005,10\n", options: adfile.Options{Currency: "KWD"}, want: day + "2026-07-01 - -/a/-/- 1.500 KWD 10 -\n2026-07-01 - -/b/-/- 1.005 KWD 10 -\n"},
		"LinkedIn's levels with ids": {
			body: "Start Date (in UTC),Account Name,Campaign Group Name,Campaign Group ID,Campaign Name,Campaign ID,Currency,Total Spent,Impressions\n7/1/2026,Acme,Autumn,9,Brand,55,USD,1.5,10\n7/1/2026,Acme,Autumn,9,Demand,56,USD,2.5,10\nTotal,,,,,,USD,4.0,20\n",
			want: "2026-07-01 linkedin_ads Acme anew\n2026-07-01 Acme 9/Autumn/Brand/- 1.50 USD 10 -\n2026-07-01 Acme 9/Autumn/Demand/- 2.50 USD 10 -\n",
		},
	} {
		p, err := read(t, v.body, v.options)
		var e *event.Error
		got := ""
		if errors.As(err, &e) {
			got = "error " + e.Field + " " + e.Code
		} else {
			got = brief(t, p)
		}
		if got != v.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, v.want)
		}
	}
}

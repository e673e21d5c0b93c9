package rates_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/rates"
)

const ecb = "\xef\xbb\xbfDate,USD,JPY,GBP,TRL,\n2026-11-20,1.10,160.5,0.80,N/A,\n2026-11-19,1.00,160,0.50,N/A,\n"

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    []rates.Rate
	}{
		"csv":   {"day,from,to,rate\n2026-01-31, EUR ,USD,1.0834\n", []rates.Rate{{"2026-01-31", "EUR", "USD", "1.0834"}}},
		"order": {"rate,to,from,day,source\n2,USD,GBP,2026-01-31,x\n", []rates.Rate{{"2026-01-31", "GBP", "USD", "2"}}},
		"json":  {` [{"day":"2026-01-31","from":"EUR","to":"USD","rate":"1.0834"}]`, []rates.Rate{{"2026-01-31", "EUR", "USD", "1.0834"}}},
		"ecb": {ecb, []rates.Rate{
			{"2026-11-20", "EUR", "USD", "1.10"},
			{"2026-11-20", "EUR", "JPY", "160.5"},
			{"2026-11-20", "EUR", "GBP", "0.80"},
			{"2026-11-19", "EUR", "USD", "1.00"},
			{"2026-11-19", "EUR", "JPY", "160"},
			{"2026-11-19", "EUR", "GBP", "0.50"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rates.Read([]byte(c.content))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want, +got):\n%s", d)
			}
		})
	}
}

func TestRead_saysWhere(t *testing.T) {
	for content, want := range map[string]string{
		"":                   "first line",
		"a,b\n1,2\n":         "day",
		"day,from,to,rate\n": "no rate",
		"day,from,to,rate\n2026-01-31,EUR,USD,0\n":                                 "line 2",
		"day,from,to,rate\n2026-01-31,EUR,USD,1/2\n":                               "positive decimal",
		"day,from,to,rate\n2026-01-31,EUR,USD,1e9\n":                               "positive decimal",
		"day,from,to,rate\n2026-01-31,EUR,USD,NaN\n":                               "positive decimal",
		"day,from,to,rate\n2026-01-31,EUR,EUR,1\n":                                 "worth 1 in itself",
		"day,from,to,rate\n31.1.2026,EUR,USD,1\n":                                  "2026-01-31",
		"day,from,to,rate\n2026-01-31,euro,USD,1\n":                                "ISO 4217",
		"day,from,to,rate\n2026-01-31,EUR,USD,1\n2026-01-31,EUR,USD,2\n":           "two rates",
		"day,from,to,rate\n2026-01-31,EUR\n":                                       "columns",
		`[{"day":"2026-01-31","from":"EUR","to":"USD","rate":"1","x":1}]`:          "x",
		`[{"day":"2026-01-31","from":"EUR","to":"USD","rate":"-1"}]`:               "item 0",
		"day,from,to,rate\n2026-01-31,EUR,USD," + strings.Repeat("9", 1000) + "\n": "positive decimal",
	} {
		if _, err := rates.Read([]byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got %v, want %q", content, err, want)
		}
	}
}

// TestFind goes by way of the euro, in which the ECB quotes, though the base is the dollar.
func TestFind(t *testing.T) {
	list, err := rates.Read([]byte(ecb))
	if err != nil {
		t.Fatal(err)
	}
	table, err := rates.NewTable(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, day, want string }{
		{"EUR", "USD", "2026-11-20", "11/10"},
		{"USD", "EUR", "2026-11-20", "10/11"},
		{"GBP", "USD", "2026-11-20", "11/8"},
		{"GBP", "USD", "2026-11-25", "11/8"}, // the latest known at or before the day
		{"GBP", "USD", "2026-11-19", "2/1"},
		{"GBP", "GBP", "2020-01-01", "1/1"},
		{"GBP", "USD", "2026-11-18", ""}, // nothing is guessed
		{"CHF", "USD", "2026-11-20", ""},
	} {
		day, err := rates.ParseDay(c.day)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if rate := table.Find(c.from, c.to, "USD", day); rate != nil {
			got = rate.String()
		}
		if got != c.want {
			t.Errorf("%s to %s on %s: %q, want %q", c.from, c.to, c.day, got, c.want)
		}
	}
}

func TestToBase(t *testing.T) {
	list, err := rates.Read([]byte(ecb))
	if err != nil {
		t.Fatal(err)
	}
	based, err := rates.ToBase(list, "USD")
	if err != nil {
		t.Fatal(err)
	}
	want := []rates.Based{
		{"USD", 0, 1},
		{"EUR", 20776, 1},
		{"GBP", 20776, 2},
		{"JPY", 20776, 0.00625},
		{"EUR", 20777, 1.1},
		{"GBP", 20777, 1.375},
		{"JPY", 20777, 1.1 / 160.5},
	}
	if d := cmp.Diff(want, based); d != "" {
		t.Errorf("(-want, +got):\n%s", d)
	}
}

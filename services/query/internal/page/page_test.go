package page

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func p[T any](v T) *T { return &v }

func TestAddress(t *testing.T) {
	at := address{path: "/", values: answer.Request{Model: "linear", Channel: "Paid & Search", Offset: 50, Sort: "-roi"}}
	for name, c := range map[string]struct{ got, want string }{
		"one changed, back to the first rows": {at.with("basis", "close"), "/?model=linear&basis=close&channel=Paid+%26+Search&sort=-roi"},
		"next rows":                           {at.with("offset", "100"), "/?model=linear&channel=Paid+%26+Search&sort=-roi&offset=100"},
		"one dropped":                         {at.with("model", "", "channel", "", "sort", ""), "/"},
		"for programs":                        {at.api(), "/api/v1/channels?model=linear&channel=Paid+%26+Search&sort=-roi&offset=50"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
	for _, f := range at.kept("model") {
		if f.Name == "model" || f.Name == "offset" {
			t.Errorf("the form carries %s, which it sets or resets itself", f.Name)
		}
	}
	if _, err := url.Parse(at.with("channel", `"><script>`)); err != nil {
		t.Error(err)
	}
}

func TestPeriodBefore(t *testing.T) {
	for name, c := range map[string][4]string{
		"a quarter":    {"2026-04-01", "2026-06-29", "2026-01-01", "2026-03-31"},
		"a day":        {"2026-01-01", "2026-01-01", "2025-12-31", "2025-12-31"},
		"open":         {"2026-01-01", "", "", ""},
		"backward":     {"2026-02-01", "2026-01-01", "", ""},
		"no day":       {"x", "2026-01-01", "", ""},
		"at the epoch": {"1970-01-02", "1970-01-09", "", ""},
	} {
		if from, to := periodBefore(c[0], c[1]); from != c[2] || to != c[3] {
			t.Errorf("%s: got %s to %s, want %s to %s", name, from, to, c[2], c[3])
		}
	}
}

func TestFreshness(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for age, want := range map[float64]string{
		4.9: "latest event 4 s ago", 600: "latest event 10 min ago", 7201: "latest event 2 h ago", 200_000: "latest event on 2026-01-02",
	} {
		text, stale := freshness(answer.Freshness{RecordedAt: &at, AgeSeconds: &age})
		if text != want || stale != (age > 600) {
			t.Errorf("%v s: %q, stale %v", age, text, stale)
		}
	}
	if text, stale := freshness(answer.Freshness{}); text != "nothing recorded yet" || stale {
		t.Errorf("nothing: %q", text)
	}
}

func TestChart_sharesOneScale(t *testing.T) {
	figures := func(spend, revenue string, roas *float64) answer.Figures {
		return answer.Figures{Spend: spend, Revenue: revenue, Value: revenue, ROAS: roas}
	}
	a := &answer.Channels{
		Scope: answer.Scope{GroupBy: "channel", Currency: "USD", ValueBasis: "both"}, Page: answer.Page{Limit: 50, Total: 2},
		Rows: []answer.Row{
			{Channel: "Display", Figures: figures("400.00", "100.00", p(.25))},
			{Channel: "Direct", Figures: figures("0.00", "200.00", nil)},
			{Channel: "(unattributed)", Figures: figures("0.00", "0.00", nil)},
		},
		Totals: answer.Totals{Figures: figures("400.00", "300.00", p(.75)), CoverageMeasure: "value"},
	}
	c := chartOf(a)
	if c.Title != "Direct brings the most: 67% of all revenue, without any spend." {
		t.Errorf("title: %s", c.Title)
	}
	want := []bars{
		{Name: "Display", Color: "c5", Earned: "25.00%", Spent: "100.00%", EarnedLabel: "100.00", SpendText: "400.00 spent", ReturnText: "0.25 for 1", IsLoss: true},
		{Name: "Direct", Color: "c9", Earned: "50.00%", Spent: "0", EarnedLabel: "200.00", SpendText: "no spend"},
		{Name: "(unattributed)", Color: "none", Earned: "0", Spent: "0", EarnedLabel: "0.00", IsUnattributed: true},
	}
	for i, b := range c.Bars {
		if b != want[i] {
			t.Errorf("bar %d: got %+v, want %+v", i, b, want[i])
		}
	}
}

func TestTable_leavesOutColumnsOfNothing(t *testing.T) {
	shop := answer.Figures{Spend: "10.00", ConversionValue: "30.00", Value: "30.00", Revenue: "0.00", Pipeline: "0.00", Conversions: 2, ROI: p(2.0), ROAS: p(3.0), CPL: p("5.00")}
	a := &answer.Channels{
		Scope: answer.Scope{GroupBy: "channel"}, Rows: []answer.Row{{Channel: "Email", Figures: shop}}, Totals: answer.Totals{Figures: shop},
		Page: answer.Page{Limit: 1, Offset: 1, Total: 3},
	}
	v := tableOf(a, address{path: "/", values: answer.Request{Sort: "-spend", Offset: 1}})
	var heads []string
	for _, h := range v.Heads {
		heads = append(heads, h.Label)
	}
	if got := strings.Join(heads, " "); got != "Spend Conv. value ROI ROAS Conv. CPL" {
		t.Errorf("columns: %s", got)
	}
	if h := v.Heads[0]; h.Sorted != "descending" || h.Href != "/?sort=spend" {
		t.Errorf("a second click turns the order round: %+v", h)
	}
	if v.Range != "2 to 2 of 3" || v.Previous != "/?sort=-spend&offset=0" || v.Next != "/?sort=-spend&offset=2" {
		t.Errorf("pages: %s, %s, %s", v.Range, v.Previous, v.Next)
	}
}

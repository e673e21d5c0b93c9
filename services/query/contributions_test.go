package query_test

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// additiveFigures reads the figures that have rows, as decimals.
func additiveFigures(f answer.Figures) map[string]string {
	whole := func(n float64) string {
		return strings.TrimSuffix(strings.TrimRight(new(big.Rat).SetFloat64(n).FloatString(9), "0"), ".")
	}
	return map[string]string{
		"spend": f.Spend, "impressions": fmt.Sprint(f.Impressions), "clicks": fmt.Sprint(f.Clicks), "touchpoints": fmt.Sprint(f.Touchpoints),
		"conversions": whole(f.Conversions), "conversion_value": f.ConversionValue, "opportunities": whole(f.Opportunities), "pipeline": f.Pipeline,
		"customers": whole(f.Customers), "revenue": f.Revenue, "value": f.Value,
	}
}

// fill fills an address's template in.
func fill(template, measure string) string {
	return strings.Replace(template, "{&measure}", "&measure="+url.QueryEscape(measure), 1)
}

// addUp walks all pages of a figure's contributions and adds the amounts up.
func addUp(w *world, address string) (sum *big.Rat, rows int) {
	w.t.Helper()
	sum = new(big.Rat)
	seen := map[string]bool{}
	for cursor := ""; ; {
		page := address
		if cursor != "" {
			page += "&cursor=" + cursor
		}
		c := answered[answer.Contributions](w, page)
		shown := new(big.Rat)
		for _, r := range c.Rows {
			if seen[r.ID+r.OwnCurrency] {
				w.t.Fatalf("%s: %s is there twice", address, r.ID)
			}
			seen[r.ID+r.OwnCurrency] = true
			shown.Add(shown, decimal(w, r.Amount))
		}
		if shown.Cmp(decimal(w, c.Shown)) != 0 || new(big.Rat).Add(shown, decimal(w, c.Rest)).Cmp(decimal(w, *c.Figure)) != 0 {
			w.t.Fatalf("%s: shown %s (rows: %s), rest %s, figure %s", page, c.Shown, shown.FloatString(2), c.Rest, *c.Figure)
		}
		if len(c.Warnings) > 0 {
			w.t.Fatalf("%s: %v", page, c.Warnings)
		}
		sum.Add(sum, shown)
		rows += len(c.Rows)
		if cursor = c.Page.NextCursor; cursor == "" {
			if rows != c.Page.Total {
				w.t.Fatalf("%s: %d rows of %d", address, rows, c.Page.Total)
			}
			return sum, rows
		}
	}
}

func decimal(w *world, text string) *big.Rat {
	w.t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		w.t.Fatalf("%q is no decimal", text)
	}
	return r
}

// TestEveryFigureIsTheSumOfWhatItIsMadeOf follows the link of rows and totals for every measure, both bases and every grouping.
func TestEveryFigureIsTheSumOfWhatItIsMadeOf(t *testing.T) {
	for name, c := range map[string]struct {
		currencies []string
		groupings  []string
	}{
		"one currency": {[]string{"USD"}, []string{"channel", "campaign", "content", "landing_page", "source", "medium"}},
		"converted":    {[]string{"USD", "EUR", "JPY"}, []string{"campaign"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *query.Config) {
				c.Rates = []query.Rate{{Day: "2020-01-01", From: "EUR", To: "USD", Rate: "1.0834"}, {Day: "2026-02-01", From: "EUR", To: "USD", Rate: "1.21377"}, {Day: "2020-01-01", From: "USD", To: "JPY", Rate: "149.3"}}
			})
			newWholeWorld(w, 7, 40, c.currencies...)
			checked := 0
			for i, grouping := range c.groupings {
				for j, basis := range []string{"touch", "close"} {
					a := answered[answer.Channels](w, fmt.Sprintf("/api/v1/channels?group_by=%s&basis=%s&model=%s", grouping, basis, wholeModels[(i+j)%2]))
					checked += followAll(w, a.Totals.Figures, a.Totals.Explain+"&limit=25")
					for k, r := range a.Rows {
						if k == (i+j)%4 {
							checked += followAll(w, r.Figures, r.Explain+"&limit=25")
						}
					}
				}
			}
			if checked < 20 {
				t.Errorf("only %d figures were checked", checked)
			}
		})
	}
}

func followAll(w *world, figures answer.Figures, template string) (checked int) {
	for measure, figure := range additiveFigures(figures) {
		sum, rows := addUp(w, fill(template, measure))
		if sum.Cmp(decimal(w, figure)) != 0 {
			w.t.Errorf("%s: the table says %s, what it is made of adds up to %s", fill(template, measure), figure, sum.FloatString(9))
		}
		if (rows == 0) != (decimal(w, figure).Sign() == 0) {
			w.t.Errorf("%s: %s from %d rows", fill(template, measure), figure, rows)
		}
		if rows > 0 {
			checked++
		}
	}
	return checked
}

func TestContributions_ofRatios(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	paid := row(answered[answer.Channels](w, "/api/v1/channels"), "Paid Search", "")
	for measure, want := range map[string]string{
		"roi": "2.1 numerator value 620.00 subtract spend 200.00 denominator spend 200.00", "cac": "400.00 numerator spend 200.00 denominator customers 0.5",
		"ctr": "0.04 numerator clicks 40 denominator impressions 1000", "cpc": "5.00 numerator spend 200.00 denominator clicks 40",
	} {
		c := answered[answer.Contributions](w, fill(paid.Explain, measure))
		got := *c.Figure
		for _, p := range c.Parts {
			got += fmt.Sprint(" ", p.Role, " ", p.Measure, " ", p.Figure)
			if part := answered[answer.Contributions](w, p.Explain); *part.Figure != p.Figure {
				t.Errorf("%s: its %s of %s is %s when asked for", measure, p.Measure, p.Figure, *part.Figure)
			}
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", measure, got, want)
		}
	}
	if c := answered[answer.Contributions](w, "/api/v1/contributions?measure=payback_months"); c.Figure != nil || c.Headline == "" {
		t.Errorf("without a margin there is no payback: %+v", c)
	}
	if status, _, body := get(t, w.url+"/api/v1/contributions?measure=luck"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "measure") {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := get(t, w.url+"/api/v1/contributions"); status != http.StatusUnprocessableEntity {
		t.Errorf("without a measure: %d", status)
	}
}

// TestContributions_sayWhenTheyDoNotAddUp: a cell that no credit stands for does not go unnoticed.
func TestContributions_sayWhenTheyDoNotAddUp(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	c := answered[answer.Contributions](w, "/api/v1/contributions?measure=revenue")
	if len(c.Warnings) != 1 || c.Warnings[0].Code != "does_not_add_up" || *c.Figure != "990.00" {
		t.Errorf("%+v", c)
	}
}

package query_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func TestCurrencies(t *testing.T) {
	w := newWorld(t, func(c *query.Config) {
		c.Rates = []query.Rate{
			{Day: "2026-01-01", From: "EUR", To: "USD", Rate: "1.10"}, {Day: "2026-02-01", From: "EUR", To: "USD", Rate: "1.20"},
		}
	})
	w.cells(
		cell{basis: "touch", day: "2026-01-10", model: "linear", channel: "Email", campaign: "a", currency: "EUR", revenue: 10_000, version: 1},
		cell{basis: "touch", day: "2026-02-10", model: "linear", channel: "Email", campaign: "b", currency: "EUR", revenue: 10_000, version: 1},
		cell{basis: "touch", day: "2026-02-10", model: "linear", channel: "Email", currency: "USD", revenue: 100, version: 1},
	)
	for query, want := range map[string]string{
		"":                              "USD 231.00 0", // 100 * 1.10 + 100 * 1.20 + 1.00
		"group_by=campaign":             "USD 231.00 0",
		"currency=USD":                  "USD 231.00 0",
		"currency=EUR":                  "EUR 200.83 0", // 200 + 1.00 / 1.20
		"from=2026-01-01&to=2026-01-31": "EUR 100.00 0", // the only currency of that month
		"currency=GBP":                  "GBP 0.00 2",
	} {
		a := answered[answer.Channels](w, "/api/v1/channels?"+query)
		if got := fmt.Sprintf("%s %s %d", a.Currency, a.Totals.Revenue, len(a.Warnings)); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	w.cells(cell{basis: "touch", day: "2026-02-10", model: "linear", channel: "Email", currency: "JPY", revenue: 5_000, version: 1})
	a := answered[answer.Channels](w, "/api/v1/channels")
	if len(a.Warnings) != 1 || a.Warnings[0].Detail != "5,000 JPY of revenue left out: there is no rate from JPY to USD on 2026-02-10. "+
		"Add one under rates in the configuration, or ask for currency=JPY." || a.Totals.Revenue != "231.00" {
		t.Errorf("%s with %+v", a.Totals.Revenue, a.Warnings)
	}
}

func TestConversionTypes(t *testing.T) {
	w := newWorld(t, nil)
	w.cells(
		cell{
			basis: "touch", day: "2026-01-10", model: "linear", channel: "Email", currency: "USD",
			conversions: 5 * nano / 2, conversionValue: 900, customers: nano, revenue: 5_000, version: 1,
		},
		cell{basis: "touch", day: "2026-01-11", model: "linear", channel: "(unattributed)", currency: "USD", conversions: nano / 2, version: 1},
		cell{basis: "close", day: "2026-01-11", model: "linear", channel: "Email", currency: "USD", conversions: 5 * nano / 2, conversionValue: 900, version: 1},
		cell{basis: "close", day: "2026-01-11", model: "linear", channel: "(unattributed)", currency: "USD", conversions: nano / 2, version: 1},
	)
	w.credit("j1", "lead", "t1", "Email", "2026-01-10", nano/2, 0)
	w.credit("j1", "lead", "", "(unattributed)", "1970-01-01", nano/2, 0)
	w.credit("j2", "purchase", "t1", "Email", "2026-01-10", 2*nano, 900)
	w.spends(spend{day: "2026-01-10", channel: "Email", currency: "USD", minor: 100})
	for query, want := range map[string]string{
		"":                                       "2.5 9.00 50.00 0.5",
		"conversion_type=lead":                   "0.5 0.00 50.00 0.5",
		"conversion_type=purchase":               "2 9.00 50.00 0",
		"conversion_type=lead,purchase":          "2.5 9.00 50.00 0.5",
		"conversion_type=lead&basis=close":       "0.5 0.00 0.00 0.5",
		"conversion_type=none":                   "0 0.00 50.00 0",
		"conversion_type=lead&to=2026-01-10":     "0.5 0.00 50.00 0", // the conversion is a day later than its touch
		"conversion_type=lead&group_by=campaign": "0.5 0.00 50.00 0.5",
	} {
		a := answered[answer.Channels](w, "/api/v1/channels?"+query)
		email, unattributed := row(a, "Email", ""), row(a, "(unattributed)", "")
		if got := fmt.Sprint(email.Conversions, " ", email.ConversionValue, " ", email.Revenue, " ", unattributed.Conversions); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}

// credit inserts what one touch earned of a conversion on 2026-01-11.
func (w *world) credit(journey, conversionType, touch, channel, touched string, conversions, value int64) {
	w.t.Helper()
	at := day(w.t, "2026-01-11")
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, conversion_type,
		channel, parts, parts_total, conversions_nano, conversion_value_minor, exponent, currency, touched_at, opened_date, close_date, recorded_at, version)`)
	w.check(err)
	w.check(batch.Append("default", at, journey, "linear", touch, "conversion", conversionType, channel, uint64(1), uint64(2), conversions, value,
		uint8(2), "USD", day(w.t, touched), at, at, recorded, uint64(1)))
	w.check(batch.Send())
}

func TestAnEmptyDatabase(t *testing.T) {
	w := newWorld(t, nil)
	a := answered[answer.Channels](w, "/api/v1/channels?model=anything")
	if len(a.Rows) != 0 || a.Headline != answer.EmptyHeadline || a.From != "" || a.Totals.Coverage != nil || a.Freshness.RecordedAt != nil {
		t.Errorf("%+v", a)
	}
	if c := answered[answer.Compare](w, "/api/v1/compare"); len(c.Rows) != 0 || len(c.Totals) != 1 {
		t.Errorf("%+v", c)
	}
	w.spends(spend{day: "2026-01-10", channel: "Display", currency: "EUR", minor: 12_345})
	a = answered[answer.Channels](w, "/api/v1/channels")
	if r := row(a, "Display", ""); r == nil || r.Spend != "123.45" || a.Currency != "EUR" || a.Headline != "123.45 EUR spent, and no outcome is recorded yet." {
		t.Errorf("spend before any credit: %+v", a)
	}
}

// TestTotalsAreTheSumOfRows_andOfTheView draws worlds and holds the answer against sums that Go makes of what was inserted, and against the
// view that BI tools read.
func TestTotalsAreTheSumOfRows_andOfTheView(t *testing.T) {
	w := newWorld(t, nil)
	models := []string{"linear", "w_shaped"}
	year := 0
	rapid.Check(t, func(rt *rapid.T) {
		if year++; year > 25 {
			return // each world is a year of its own, and a few say as much as many
		}
		first := time.Date(1990+year, 1, 1, 0, 0, 0, 0, time.UTC)
		expected := map[string]*big.Int{}
		var cells []cell
		seen := map[string]bool{}
		for range rapid.IntRange(1, 25).Draw(rt, "cells") {
			c := cell{
				basis: rapid.SampledFrom([]string{"touch", "close"}).Draw(rt, "basis"), day: first.AddDate(0, 0, rapid.IntRange(0, 300).Draw(rt, "day")).Format(time.DateOnly),
				model: rapid.SampledFrom(models).Draw(rt, "model"), channel: rapid.SampledFrom([]string{"A", "B", "(unattributed)"}).Draw(rt, "channel"),
				campaign: rapid.SampledFrom([]string{"", "x"}).Draw(rt, "campaign"), currency: "USD", version: 1,
				revenue: rapid.Int64Range(-1e12, 1e12).Draw(rt, "revenue"), conversions: rapid.Int64Range(0, 9e15).Draw(rt, "conversions"),
			}
			key := strings.Join([]string{c.basis, c.day, c.model, c.channel, c.campaign}, "|")
			if seen[key] {
				continue
			}
			seen[key], cells = true, append(cells, c)
			for _, measure := range []struct {
				name string
				n    int64
			}{{"revenue", c.revenue}, {"conversions", c.conversions}} {
				k := measure.name + c.basis + c.model
				if expected[k] == nil {
					expected[k] = new(big.Int)
				}
				expected[k].Add(expected[k], big.NewInt(measure.n))
			}
		}
		w.cells(cells...)
		for k := range expected {
			for _, basis := range []string{"touch", "close"} {
				for _, model := range models {
					if k != "revenue"+basis+model {
						continue
					}
					path := fmt.Sprintf("/api/v1/channels?model=%s&basis=%s&from=%d-01-01&to=%d-12-31&group_by=campaign", model, basis, first.Year(), first.Year())
					a := answered[answer.Channels](w, path)
					sum := new(big.Rat)
					for _, r := range a.Rows {
						revenue, _ := new(big.Rat).SetString(r.Revenue)
						sum.Add(sum, revenue)
					}
					want := new(big.Rat).SetFrac(expected[k], big.NewInt(100)).FloatString(2)
					if sum.FloatString(2) != want || a.Totals.Revenue != want {
						rt.Fatalf("%s: rows sum to %s, totals say %s, inserted were %s", path, sum.FloatString(2), a.Totals.Revenue, want)
					}
					w.sameAsView(rt, a, first)
				}
			}
		}
	})
}

// sameAsView compares with the view, as a BI tool would read it.
func (w *world) sameAsView(t *rapid.T, a answer.Channels, first time.Time) {
	t.Helper()
	var revenue, conversions int64
	err := w.conn.QueryRow(w.t.Context(), `SELECT sum(revenue_minor), sum(conversions_nano) FROM channel_performance_daily
		WHERE workspace = 'default' AND model = $1 AND basis = $2 AND toYear(day) = $3`, a.Model, a.Basis, first.Year()).Scan(&revenue, &conversions)
	if err != nil {
		t.Fatal(err)
	}
	if got := new(big.Rat).SetFrac64(revenue, 100).FloatString(2); got != a.Totals.Revenue {
		t.Fatalf("the view has revenue %s, the API %s", got, a.Totals.Revenue)
	}
	if got := float64(conversions) / nano; got != a.Totals.Conversions {
		t.Fatalf("the view has %v conversions, the API %v", got, a.Totals.Conversions)
	}
}

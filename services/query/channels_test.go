package query_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// nano is one whole conversion, opportunity or customer.
const nano = 1_000_000_000

// b2b is a small world whose every figure can be computed by hand: see the tests.
func b2b(w *world) {
	w.cells(
		cell{basis: "touch", day: "2026-01-10", channel: "Paid Search", campaign: "brand", touchpoints: 40, version: 1},
		cell{basis: "touch", day: "2026-02-10", channel: "Email", touchpoints: 10, version: 1},
		// An older version of a cell and a copy of the newest: neither may count.
		cell{basis: "touch", day: "2026-01-10", model: "position_based", channel: "Paid Search", campaign: "brand", currency: "USD", revenue: 999_999, version: 1},
		cell{
			basis: "touch", day: "2026-01-10", model: "position_based", channel: "Paid Search", campaign: "brand", currency: "USD",
			conversions: 2 * nano, opportunities: 1 * nano, customers: nano / 2, revenue: 50_000, version: 2,
		},
		cell{
			basis: "touch", day: "2026-01-10", model: "position_based", channel: "Paid Search", campaign: "brand", currency: "USD",
			conversions: 2 * nano, opportunities: 1 * nano, customers: nano / 2, revenue: 50_000, version: 2,
		},
		cell{
			basis: "touch", day: "2026-02-10", model: "position_based", channel: "Paid Search", campaign: "generic", currency: "USD",
			conversions: 1 * nano, pipeline: 7_000, opportunities: nano / 2, revenue: 12_000, version: 1,
		},
		cell{
			basis: "touch", day: "2026-02-10", model: "position_based", channel: "Email", currency: "USD",
			conversions: nano / 2, customers: nano / 4, conversionValue: 1_000, revenue: 20_000, version: 1,
		},
		cell{
			basis: "touch", day: "2026-02-20", model: "position_based", channel: "(unattributed)", currency: "USD",
			conversions: nano / 2, opportunities: nano / 2, customers: nano / 4, revenue: 17_000, version: 1,
		},
		cell{basis: "touch", day: "2026-01-10", model: "first_touch", channel: "Email", currency: "USD", customers: nano, revenue: 99_000, version: 1},
		cell{basis: "close", day: "2026-03-15", model: "position_based", channel: "Email", currency: "USD", customers: nano, revenue: 99_000, version: 1},
		// Another workspace, which nobody who asks for this one may notice.
		cell{workspace: "other", basis: "touch", day: "2020-01-01", model: "secret_model", channel: "Secret", currency: "EUR", revenue: 1, version: 1},
	)
	w.spends(
		spend{day: "2026-01-10", channel: "Paid Search", campaign: "brand", currency: "USD", minor: 12_500, impressions: 900, clicks: 30},
		spend{day: "2026-02-11", channel: "Paid Search", campaign: "generic", currency: "USD", minor: 7_500, impressions: 100, clicks: 10},
		spend{day: "2026-01-31", channel: "Display", campaign: "spring", currency: "USD", minor: 4_000, impressions: 5_000, clicks: 2},
		spend{workspace: "other", day: "2020-01-01", channel: "Secret", campaign: "s", currency: "EUR", minor: 77},
	)
}

func row(a answer.Channels, channel, campaign string) *answer.Row {
	for i, r := range a.Rows {
		if r.Channel == channel && (r.Campaign == nil || *r.Campaign == campaign) {
			return &a.Rows[i]
		}
	}
	return nil
}

func p[T any](v T) *T { return &v }

func TestChannels_byHand(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	a := answered[answer.Channels](w, "/api/v1/channels")
	if a.Model != "position_based" || a.Basis != "touch" || a.From != "2026-01-10" || a.To != "2026-02-20" || a.Currency != "USD" {
		t.Errorf("scope: model %s, basis %s, %s to %s, %s", a.Model, a.Basis, a.From, a.To, a.Currency)
	}
	if diff := cmp.Diff([]string{"first_touch", "position_based"}, a.AvailableModels); diff != "" {
		t.Error(diff)
	}
	want := answer.Figures{
		Spend: "200.00", Impressions: 1000, Clicks: 40, Touchpoints: 40, Conversions: 3, ConversionValue: "0.00", Opportunities: 1.5, Customers: .5,
		Pipeline: "70.00", Revenue: "620.00", Value: "620.00", ROI: p(2.1), ROAS: p(3.1), CPL: p("66.67"), CostPerOpportunity: p("133.33"), CAC: p("400.00"),
		CTR: p(.04), CPC: p("5.00"), CVR: p(.075), ClickCVR: p(.075), SQLRate: p(.5), PipelineConversion: p(.333333),
	}
	if diff := cmp.Diff(want, row(a, "Paid Search", "").Figures); diff != "" {
		t.Errorf("Paid Search (-want, +got):\n%s", diff)
	}
	if r := row(a, "Display", ""); r == nil || r.Revenue != "0.00" || *r.ROI != -1 || r.CAC != nil {
		t.Errorf("a channel that spends and never converts is a row with revenue 0 and without CAC: %+v", r)
	}
	if r := row(a, "Email", ""); r.ROI != nil || r.Value != "210.00" {
		t.Errorf("Email has no spend, and a value of revenue and conversion value: %+v", r)
	}
	if last := a.Rows[len(a.Rows)-1]; last.Channel != "(unattributed)" || last.Revenue != "170.00" || last.Conversions != .5 {
		t.Errorf("the unattributed row comes last: %+v", last)
	}
	totals := answer.Figures{
		Spend: "240.00", Impressions: 6000, Clicks: 42, Touchpoints: 50, Conversions: 4, ConversionValue: "10.00", Opportunities: 2, Customers: 1,
		Pipeline: "70.00", Revenue: "990.00", Value: "1000.00", ROI: p(3.166667), ROAS: p(4.166667), CPL: p("60.00"), CostPerOpportunity: p("120.00"), CAC: p("240.00"),
		CTR: p(.007), CPC: p("5.71"), CVR: p(.08), ClickCVR: p(.095238), SQLRate: p(.5), PipelineConversion: p(.5),
	}
	if diff := cmp.Diff(totals, a.Totals.Figures); diff != "" {
		t.Errorf("totals (-want, +got):\n%s", diff)
	}
	if *a.Totals.Coverage != .83 || a.Totals.CoverageMeasure != "value" || *a.Totals.CoverageByMeasure.Conversions != .875 || *a.Totals.CoverageByMeasure.Customers != .75 {
		t.Errorf("coverage: %v of %s", *a.Totals.Coverage, a.Totals.CoverageMeasure)
	}
	if a.Headline != "Both channels with spend return 2.58 for 1 spent together; none rests on 5 outcomes, too few to rank them." {
		t.Errorf("headline: %s", a.Headline)
	}
	if !a.Freshness.RecordedAt.Equal(recorded) || *a.Freshness.AgeSeconds != 120 {
		t.Errorf("freshness: %+v", a.Freshness)
	}
}

func TestChannels_parameters(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	for name, c := range map[string]struct {
		query string
		check func(answer.Channels) string
	}{
		"by date of close": {"basis=close", func(a answer.Channels) string {
			return fmt.Sprint(row(a, "Email", "").Revenue, " ", a.Totals.Spend, " ", a.Totals.Touchpoints, " ", a.To, " = 990.00 240.00 50 2026-03-15")
		}},
		"another model": {"model=first_touch", func(a answer.Channels) string {
			return fmt.Sprint(row(a, "Email", "").Revenue, " ", row(a, "Paid Search", "").Revenue, " = 990.00 0.00")
		}},
		"by campaign": {"group_by=campaign", func(a answer.Channels) string {
			return fmt.Sprint(row(a, "Paid Search", "brand").Revenue, " ", row(a, "Paid Search", "generic").Spend, " ", a.Totals.Value, " = 500.00 75.00 1000.00")
		}},
		"a month, both ends included": {"from=2026-01-10&to=2026-01-31", func(a answer.Channels) string {
			return fmt.Sprint(a.Totals.Spend, " ", a.Totals.Revenue, " = 165.00 500.00")
		}},
		"compared": {"from=2026-02-01&to=2026-02-28&compare_from=2026-01-01&compare_to=2026-01-31", func(a answer.Channels) string {
			paid := row(a, "Paid Search", "")
			return fmt.Sprint(paid.Revenue, " ", paid.Previous.Revenue, " ", row(a, "Display", "").Previous.Spend, " ", a.Totals.Previous.Spend,
				" = 120.00 500.00 40.00 165.00")
		}},
		"revenue alone": {"value=revenue", func(a answer.Channels) string {
			return fmt.Sprint(row(a, "Email", "").Value, " ", a.ValueBasis, " = 200.00 revenue")
		}},
		"conversion value alone": {"value=conversion_value", func(a answer.Channels) string {
			return fmt.Sprint(*row(a, "Paid Search", "").ROI, " ", a.Totals.Value, " = -1 10.00")
		}},
		"sorted by name": {"sort=channel", func(a answer.Channels) string {
			return fmt.Sprint(a.Rows[0].Channel, a.Rows[1].Channel, a.Rows[2].Channel, a.Rows[3].Channel, " = DisplayEmailPaid Search(unattributed)")
		}},
		"sorted by spend": {"sort=-spend", func(a answer.Channels) string {
			return fmt.Sprint(a.Rows[0].Channel, a.Rows[1].Channel, " = Paid SearchDisplay")
		}},
		"one row at a time": {"limit=1&offset=1", func(a answer.Channels) string {
			return fmt.Sprint(len(a.Rows), a.Rows[0].Channel, a.Rows[1].Channel, " ", a.Page.Total, " ", a.Totals.Value, " = 2Email(unattributed) 3 1000.00")
		}},
		"beyond the last": {"offset=100", func(a answer.Channels) string { return fmt.Sprint(len(a.Rows), a.Totals.Value, " = 11000.00") }},
		"one channel's campaigns": {"group_by=campaign&channel=Paid+Search", func(a answer.Channels) string {
			return fmt.Sprint(len(a.Rows), " ", a.Totals.Spend, " = 3 240.00")
		}},
		"before anything": {"from=2019-01-01&to=2019-12-31", func(a answer.Channels) string {
			return fmt.Sprint(len(a.Rows), a.Totals.Value, " ", a.From, " ", a.Headline, " = 00.00 2019-01-01 Nothing is recorded for this period yet.")
		}},
		"the other workspace": {"workspace=other", func(a answer.Channels) string {
			return fmt.Sprint(a.Rows[0].Channel, a.Totals.Revenue, " ", a.Currency, " ", a.AvailableModels, " = Secret0.01 EUR [secret_model]")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, want, _ := strings.Cut(c.check(answered[answer.Channels](w, "/api/v1/channels?"+c.query)), " = ")
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestCompare_modelsSideBySide(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	a := answered[answer.Compare](w, "/api/v1/compare")
	if diff := cmp.Diff([]string{"first_touch", "position_based"}, a.Models); diff != "" {
		t.Error(diff)
	}
	seen := map[string]string{}
	for _, r := range a.Rows {
		for _, m := range r.Models {
			seen[r.Channel+" "+m.Model] = m.Revenue + " of " + m.Spend
		}
	}
	want := map[string]string{
		"Paid Search first_touch": "0.00 of 200.00", "Paid Search position_based": "620.00 of 200.00",
		"Email first_touch": "990.00 of 0.00", "Email position_based": "200.00 of 0.00",
		"Display first_touch": "0.00 of 40.00", "Display position_based": "0.00 of 40.00",
		"(unattributed) first_touch": "0.00 of 0.00", "(unattributed) position_based": "170.00 of 0.00",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want, +got)\n%s", diff)
	}
	for _, r := range a.Rows {
		if r.Channel == "Paid Search" && (*r.ROAS.Min != 0 || *r.ROAS.Max != 3.1) {
			t.Errorf("spread of Paid Search: %v to %v", *r.ROAS.Min, *r.ROAS.Max)
		}
	}
	if a.Headline != "Models disagree most on Email: it earns from 21% to 100% of the value." {
		t.Errorf("headline: %s", a.Headline)
	}
	// The same figures as asked for alone.
	alone := answered[answer.Channels](w, "/api/v1/channels?model=first_touch&from=2026-01-10&to=2026-02-20")
	if diff := cmp.Diff(alone.Totals, a.Totals[0].Totals); diff != "" {
		t.Errorf("totals of first_touch (-alone, +compared):\n%s", diff)
	}
	if one := answered[answer.Compare](w, "/api/v1/compare?models=position_based,position_based"); len(one.Models) != 1 {
		t.Errorf("a model named twice is compared once: %v", one.Models)
	}
}

func TestReport_isTheSameAnswer(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	result, err := query.Report(t.Context(), query.ReportRequest{URL: w.url + "/", GroupBy: "campaign", Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	direct := answered[answer.Channels](w, "/api/v1/channels?group_by=campaign&limit=2")
	if diff := cmp.Diff(direct, *result); diff != "" {
		t.Errorf("(-api, +report)\n%s", diff)
	}
	var table, asJSON bytes.Buffer
	if err := query.RenderReport(&table, result, query.RenderOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Paid Search", "brand", "500.00", "(unattributed)", "Coverage: 83% of the value", "model position_based · by date of touch · 2026-01-10"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if err := query.RenderReport(&asJSON, result, query.RenderOptions{Format: query.FormatJSON}); err != nil {
		t.Fatal(err)
	}
	var back answer.Channels
	if err := json.Unmarshal(asJSON.Bytes(), &back); err != nil || !cmp.Equal(back, direct) {
		t.Errorf("as JSON it reads back different: %v", err)
	}
	if _, err := query.Report(t.Context(), query.ReportRequest{URL: w.url, Model: "nonsense"}); err == nil || !strings.Contains(err.Error(), "first_touch, position_based") {
		t.Errorf("a wrong model: %v", err)
	}
	if err := query.RenderReport(&table, result, query.RenderOptions{Format: "xml"}); err == nil {
		t.Error("an unknown format was printed")
	}
}

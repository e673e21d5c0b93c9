package query_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// TestNumbersAgree holds every endpoint, the report and the views against each other over one world: under every model, on both bases, every
// answer to the same question has the same numbers.
func TestNumbersAgree(t *testing.T) {
	w := newWorld(t, nil)
	newWholeWorld(w, 23, 60, "USD")
	compare := map[string]answer.Compare{}
	for _, basis := range []string{"touch", "close"} {
		compare[basis] = answered[answer.Compare](w, "/api/v1/compare?from=2026-01-01&to=2026-12-31&basis="+basis)
	}
	for _, model := range wholeModels {
		for _, basis := range []string{"touch", "close"} {
			question := fmt.Sprintf("model=%s&basis=%s&from=2026-01-01&to=2026-12-31", model, basis)
			channels := answered[answer.Channels](w, "/api/v1/channels?"+question)
			w.viewAgrees(channels)
			w.groupingsAgree(channels, question)
			w.trendAgrees(channels, question)
			w.reportAgrees(channels, model, basis)
			for _, totals := range compare[basis].Totals {
				if totals.Model == model && additiveDiff(totals.Figures, channels.Totals.Figures) != "" {
					t.Errorf("compare under %s by %s: %s", model, basis, additiveDiff(totals.Figures, channels.Totals.Figures))
				}
			}
		}
	}
}

func additiveDiff(got, want answer.Figures) string {
	a, b := additiveFigures(got), additiveFigures(want)
	diff := []string{}
	for measure := range a {
		if a[measure] != b[measure] {
			diff = append(diff, measure+": "+a[measure]+" instead of "+b[measure])
		}
	}
	return strings.Join(diff, ", ")
}

// viewAgrees compares every channel with the views: results with credits and with the roll-up, spend and touches with theirs.
func (w *world) viewAgrees(a answer.Channels) {
	w.t.Helper()
	for _, r := range a.Rows {
		var spend, touchpoints, conversions, value, opportunities, pipeline, customers, revenue int64
		w.check(w.conn.QueryRow(w.t.Context(), `SELECT sum(spend_minor), sum(touchpoints), sum(conversions_nano), sum(conversion_value_minor), sum(opportunities_nano), sum(pipeline_minor),
			sum(customers_nano), sum(revenue_minor) FROM channel_performance_daily WHERE workspace = 'default' AND model = $1 AND basis = $2 AND channel = $3`, a.Model, a.Basis, r.Channel).
			Scan(&spend, &touchpoints, &conversions, &value, &opportunities, &pipeline, &customers, &revenue))
		got := []string{r.Spend, fmt.Sprint(r.Touchpoints), fmt.Sprint(r.Conversions), r.ConversionValue, fmt.Sprint(r.Opportunities), r.Pipeline, fmt.Sprint(r.Customers), r.Revenue}
		money := func(minor int64) string { return new(big.Rat).SetFrac64(minor, 100).FloatString(2) }
		whole := func(n int64) string { return fmt.Sprint(float64(n) / nano) }
		want := []string{money(spend), fmt.Sprint(touchpoints), whole(conversions), money(value), whole(opportunities), money(pipeline), whole(customers), money(revenue)}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			w.t.Errorf("%s under %s by %s: the API says %v, the view %v", r.Channel, a.Model, a.Basis, got, want)
		}
		var credited int64
		w.check(w.conn.QueryRow(w.t.Context(), `SELECT sum(amount_minor) FROM credits WHERE workspace = 'default' AND model = $1 AND channel = $2 AND measure = 'revenue'`, a.Model, r.Channel).Scan(&credited))
		if money(credited) != r.Revenue {
			w.t.Errorf("%s under %s by %s: the API says %s of revenue, credits %s", r.Channel, a.Model, a.Basis, r.Revenue, money(credited))
		}
	}
}

// groupingsAgree compares the totals of every grouping, and of each channel within it.
func (w *world) groupingsAgree(channels answer.Channels, question string) {
	w.t.Helper()
	for _, grouping := range []string{"campaign", "content", "landing_page", "source", "medium"} {
		fine := answered[answer.Channels](w, "/api/v1/channels?limit=1000&group_by="+grouping+"&"+question)
		if diff := additiveDiff(fine.Totals.Figures, channels.Totals.Figures); diff != "" {
			w.t.Errorf("totals by %s, %s: %s", grouping, question, diff)
		}
		sums := map[string]*big.Rat{}
		for _, r := range fine.Rows {
			if sums[r.Channel] == nil {
				sums[r.Channel] = new(big.Rat)
			}
			sums[r.Channel].Add(sums[r.Channel], decimal(w, r.Value))
		}
		for _, r := range channels.Rows {
			if sum := sums[r.Channel]; sum == nil && decimal(w, r.Value).Sign() != 0 || sum != nil && sum.Cmp(decimal(w, r.Value)) != 0 {
				w.t.Errorf("%s by %s, %s: %v instead of %s", r.Channel, grouping, question, sum, r.Value)
			}
		}
	}
}

// trendAgrees adds up the points of every channel.
func (w *world) trendAgrees(channels answer.Channels, question string) {
	w.t.Helper()
	for _, interval := range []string{"day", "week", "month"} {
		trend := answered[answer.Trend](w, "/api/v1/trend?interval="+interval+"&"+question)
		for _, s := range trend.Series {
			sum := map[string]*big.Rat{}
			for _, p := range s.Points {
				for measure, figure := range additiveFigures(p.Figures) {
					if sum[measure] == nil {
						sum[measure] = new(big.Rat)
					}
					sum[measure].Add(sum[measure], decimal(w, figure))
				}
			}
			for measure, figure := range additiveFigures(row(channels, s.Channel, "").Figures) {
				if sum[measure].Cmp(decimal(w, figure)) != 0 {
					w.t.Errorf("%s of %s per %s, %s: %s instead of %s", measure, s.Channel, interval, question, sum[measure].FloatString(9), figure)
				}
			}
		}
	}
}

// reportAgrees reads what the terminal prints back.
func (w *world) reportAgrees(channels answer.Channels, model, basis string) {
	w.t.Helper()
	result, err := query.Report(w.t.Context(), query.ReportRequest{URL: w.url, Model: model, Basis: basis, From: "2026-01-01", To: "2026-12-31"})
	w.check(err)
	var printed bytes.Buffer
	w.check(query.RenderReport(&printed, result, query.RenderOptions{Format: query.FormatCSV}))
	rows, err := csv.NewReader(&printed).ReadAll()
	w.check(err)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	seen := 0
	for _, line := range rows[1:] {
		r := row(channels, line[column["channel"]], "")
		if r == nil {
			continue // the totals
		}
		seen++
		for measure, want := range map[string]string{"spend": r.Spend, "revenue": r.Revenue, "conversion_value": r.ConversionValue, "pipeline": r.Pipeline} {
			if i, ok := column[measure]; !ok || line[i] != want {
				w.t.Errorf("the report says %v of %s for %s, the API %s", line, measure, r.Channel, want)
			}
		}
	}
	if seen != len(channels.Rows) {
		w.t.Errorf("the report has %d of %d rows: %v", seen, len(channels.Rows), rows)
	}
}

package query_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// opportunities adds won and open deals of a day.
func (w *world) opportunities(on string, won, open int, amount int64, currency string) {
	w.t.Helper()
	batch, err := w.conn.PrepareBatch(w.t.Context(),
		`INSERT INTO opportunities_rows (workspace, opportunity_id, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at, version)`)
	w.check(err)
	for i := range won + open {
		closed, isWon := time.Unix(0, 0), uint8(0)
		if i < won {
			closed, isWon = day(w.t, on), 1
		}
		w.check(batch.Append("default", fmt.Sprintf("%s-%s-%d", on, currency, i), "s", isWon, isWon, uint8(1), amount, uint8(2), currency, day(w.t, on), closed, uint64(1)))
	}
	w.check(batch.Send())
}

// TestPipeline reconciles the layers of a world whose ledger is whole, and of one that lacks a cent.
func TestPipeline(t *testing.T) {
	w := newWorld(t, nil)
	w.visits(visit{source: "google", medium: "cpc", campaign: "spring", channel: "Paid Search", evidence: "utm", times: 30},
		visit{source: "(direct)", medium: "(none)", channel: "Direct", evidence: "none", times: 10}, visit{bot: "INTERNAL", times: 5})
	w.spends(spend{day: "2026-03-20", channel: "Paid Search", campaign: "spring", currency: "USD", minor: 5000, clicks: 40})
	w.leads("default", "lead", 1, 4, time.Hour, false, false)
	w.opportunities("2026-03-31", 2, 1, 12345, "USD")
	whole := cell{basis: "close", day: "2026-03-31", model: "linear", channel: "Paid Search", currency: "USD", conversions: 4_000_000_000, opportunities: 3_000_000_000, customers: 2_000_000_000, revenue: 24690, version: 1}
	touch := cell{basis: "touch", day: "2026-04-01", model: "linear", channel: "Direct", currency: "USD", version: 1}
	w.cells(whole, touch)

	p := answered[answer.Pipeline](w, "/api/v1/pipeline")
	if p.State != answer.StateOK || p.From != "2026-03-05" || p.To != "2026-04-01" {
		t.Errorf("%s %s to %s: %s", p.State, p.From, p.To, p.Headline)
	}
	var layers []string
	for _, l := range p.Layers {
		layers = append(layers, fmt.Sprintf("%s %d", l.Layer, l.Count))
	}
	if got := strings.Join(layers, ", "); got != "platform_clicks 40, paid_sessions 30, sessions 40, journeys 7, crm 3, ledger 3" {
		t.Error(got)
	}
	if share := p.Layers[1].ShareOfPrevious; share == nil || *share != 0.75 || *p.Layers[1].Missing != 10 {
		t.Errorf("paid sessions: %+v", p.Layers[1])
	}
	for _, c := range p.Checks {
		if !c.OK {
			t.Errorf("%+v", c)
		}
	}
	if len(p.Checks) != 4 || p.Checks[3].Facts != "246.90" {
		t.Errorf("%+v", p.Checks)
	}
	_, _, metrics := get(t, w.url+"/metrics")
	for _, want := range []string{
		`tributary_query_pipeline_layer_count{layer="paid_sessions",workspace="default"} 30`, `tributary_query_pipeline_differs{sum="revenue USD",workspace="default"} 0`,
		`tributary_query_pipeline_freshness_seconds{table="touchpoints",workspace="default"} 120`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
	whole.revenue, whole.version = 24689, 2
	w.cells(whole)
	p = answered[answer.Pipeline](w, "/api/v1/pipeline")
	if p.State != answer.StateDiffers || !strings.Contains(p.Headline, "246.89 of revenue USD where the facts say 246.90") {
		t.Errorf("%s %s", p.State, p.Headline)
	}
	empty := answered[answer.Pipeline](w, "/api/v1/pipeline?workspace=other")
	if empty.State != answer.StateEmpty || len(empty.Checks) != 3 {
		t.Errorf("%s %+v", empty.State, empty.Checks)
	}
	if status, _, body := get(t, w.url+"/api/v1/pipeline?from=2026-02-30"); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", status, body)
	}
}

// TestDocsData shows every stable view with the meaning of each column.
func TestDocsData(t *testing.T) {
	w := newWorld(t, nil)
	status, _, body := get(t, w.url+"/docs/data")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	for _, want := range []string{
		`id="channel_performance_daily"`, `id="credits"`, `id="ledger"`, `id="touchpoints"`, "tag_faults", "What the visitor said about being measured",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(body, "_rows") {
		t.Error("storage tables are no business of BI tools")
	}
}

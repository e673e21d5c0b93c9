package answer

import (
	"context"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// States of a stage or a layer.
const (
	StateOK      = "ok"
	StateBehind  = "behind"
	StateUnknown = "unknown"
	StateDiffers = "differs"
	StateEmpty   = "empty"
)

// Pipeline is the answer of /api/v1/pipeline: the pipeline's own health.
type Pipeline struct {
	Headline  string           `json:"headline" doc:"What is wrong, or that nothing is, in a sentence"`
	State     string           `json:"state" enum:"ok,behind,differs,empty" doc:"The gravest state of all"`
	Workspace string           `json:"workspace"`
	Model     string           `json:"model" doc:"Model whose ledger is reconciled; every model holds the same totals"`
	From      string           `json:"from" doc:"First day of the layers"`
	To        string           `json:"to" doc:"Last day of the layers"`
	Stages    []PipelineStage  `json:"stages" doc:"How far data has come" nullable:"false"`
	Layers    []PipelineLayer  `json:"layers" doc:"What reached each layer, from what platforms charge for to the ledger" nullable:"false"`
	Checks    []PipelineCheck  `json:"checks" doc:"Sums that must be equal, to the minor unit" nullable:"false"`
	Rejected  []PipelineReject `json:"rejected" doc:"What was refused in the period, the most frequent first" nullable:"false"`
	Freshness Freshness        `json:"freshness"`
}

// PipelineStage is a service, or a table that it fills.
type PipelineStage struct {
	Name             string   `json:"name" doc:"attributor and sink: consumer groups; others are tables"`
	Lag              *int64   `json:"lag" doc:"Records of Kafka that wait for it; null where that does not apply or cannot be told"`
	FreshnessSeconds *float64 `json:"freshness_seconds" doc:"Seconds since the latest record that reached it was received; null without any"`
	Rows             *int64   `json:"rows" doc:"Rows of the table, older versions included; null for services"`
	State            string   `json:"state" enum:"ok,behind,unknown,empty"`
}

// PipelineLayer is a count on the way from a click to the ledger.
type PipelineLayer struct {
	Layer           string   `json:"layer" enum:"platform_clicks,paid_sessions,sessions,journeys,crm,ledger"`
	Count           int64    `json:"count"`
	ShareOfPrevious *float64 `json:"share_of_previous" doc:"Of the layer that it follows from; null where the two do not follow from each other"`
	Missing         *int64   `json:"missing" doc:"How many of the layer before have nothing here; null where that says nothing"`
	Why             string   `json:"why" doc:"What the difference usually is, and what to look at"`
}

// PipelineCheck is one pair of sums.
type PipelineCheck struct {
	Name     string `json:"name" doc:"conversions, opportunities, customers, or revenue and a currency"`
	Facts    string `json:"facts" doc:"By the conversions and opportunities themselves"`
	Ledger   string `json:"ledger" doc:"By the ledger: all credit, unattributed included"`
	Currency string `json:"currency" doc:"Currency; empty for counts"`
	OK       bool   `json:"ok"`
}

// PipelineReject is one reason for refusals.
type PipelineReject struct {
	Code   string    `json:"code"`
	Field  string    `json:"field"`
	Source string    `json:"source" doc:"Endpoint, or place in Kafka"`
	Reason string    `json:"reason"`
	Count  int64     `json:"count"`
	Latest time.Time `json:"latest"`
}

// PipelineRequest is a question for the pipeline's health. From and To are days; empty: the last 28 with data.
type PipelineRequest struct{ Workspace, Model, From, To string }

// lagBehind is how many records may wait before a stage counts as behind: some seconds of a busy site.
const lagBehind = 10_000

// pipelineDays is the length of the period when none is asked for.
const pipelineDays = 28

// Pipeline answers how far data has come, what got lost between the layers, and what was refused.
func (a *Answerer) Pipeline(ctx context.Context, r PipelineRequest) (*Pipeline, error) {
	f, err := a.frame(ctx, Request{Workspace: r.Workspace, From: r.From, To: r.To})
	if err != nil {
		return nil, err
	}
	model, err := f.model(r.Model, a.cfg.Model)
	if err != nil {
		return nil, err
	}
	last, ok, err := a.source.LastDay(ctx, r.Workspace)
	if err != nil {
		return nil, err
	}
	if !ok {
		last = performance.DayOf(a.cfg.Now())
	}
	q := store.PipelineQuery{Workspace: r.Workspace, Model: model, Period: performance.Period{From: last - pipelineDays + 1, To: last}}
	if f.to != nil {
		q.Period.To = *f.to
		q.Period.From = q.Period.To - pipelineDays + 1
	}
	if f.from != nil {
		q.Period.From = *f.from
	}
	return a.pipeline(ctx, f, q)
}

func (a *Answerer) pipeline(ctx context.Context, f *frame, q store.PipelineQuery) (*Pipeline, error) {
	var arrivals []store.Arrival
	var layers *store.Layers
	var refusals []store.Refusal
	var lag map[string]int64
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { arrivals, err = a.source.Arrivals(groupCtx, q.Workspace); return err })
	group.Go(func() (err error) { layers, err = a.source.Layers(groupCtx, q); return err })
	group.Go(func() (err error) { refusals, err = a.source.Refusals(groupCtx, q); return err })
	group.Go(func() (err error) { f.recordedAt, err = a.source.RecordedAt(groupCtx, q.Workspace); return err })
	if a.cfg.Lag != nil {
		group.Go(func() error {
			lag = a.cfg.Lag(groupCtx) // nil when Kafka cannot be asked: the rest of the answer is as good without it
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	p := &Pipeline{
		State: StateOK, Workspace: q.Workspace, Model: q.Model, From: q.Period.From.String(), To: q.Period.To.String(),
		Stages: a.stages(arrivals, lag), Layers: layersOf(layers), Checks: checksOf(layers), Rejected: []PipelineReject{}, Freshness: f.freshness(a.cfg.Now()),
	}
	for _, r := range refusals {
		p.Rejected = append(p.Rejected, PipelineReject{Code: r.Code, Field: r.Field, Source: r.Endpoint, Reason: r.Reason, Count: r.Count, Latest: r.LatestAt.UTC()})
	}
	p.judge()
	return p, nil
}

func (a *Answerer) stages(arrivals []store.Arrival, lag map[string]int64) []PipelineStage {
	stages := []PipelineStage{}
	for _, name := range []string{"attributor", "sink"} {
		s := PipelineStage{Name: name, State: StateUnknown}
		if n, ok := lag[name]; ok {
			s.Lag, s.State = &n, StateOK
			if n > lagBehind {
				s.State = StateBehind
			}
		}
		stages = append(stages, s)
	}
	for _, t := range arrivals {
		s := PipelineStage{Name: t.Table, Rows: &t.Rows, State: StateEmpty}
		if t.LatestAt.Unix() > 0 {
			age := math.Max(0, a.cfg.Now().Sub(t.LatestAt).Seconds())
			s.FreshnessSeconds, s.State = &age, StateOK
		}
		stages = append(stages, s)
	}
	return stages
}

// nano is a count in the ledger's units.
const nano = 1_000_000_000

func layersOf(l *store.Layers) []PipelineLayer {
	share := func(n, of int64) (*float64, *int64) {
		if of == 0 {
			return nil, nil
		}
		s, missing := float64(n)/float64(of), max(0, of-n)
		return &s, &missing
	}
	paidShare, paidMissing := share(l.PaidVisits, l.Clicks)
	ledgerShare, ledgerMissing := share(l.LedgerOpportunities/nano, l.Opportunities)
	return []PipelineLayer{
		{Layer: "platform_clicks", Count: l.Clicks, Why: "clicks that ad platforms report with their cost"},
		{
			Layer: "paid_sessions", Count: l.PaidVisits, ShareOfPrevious: paidShare, Missing: paidMissing,
			Why: "clicks without a session left before the page had loaded, landed where the pixel is not, denied consent, or lost their tags on the way",
		},
		{Layer: "sessions", Count: l.Visits, Why: readable.Integer(l.Identified) + " of them are of known people"},
		{Layer: "journeys", Count: l.Conversions + l.Opportunities, Why: began(l.Conversions, "conversion", "conversions") + " and " + began(l.Opportunities, "opportunity", "opportunities") + " that began"},
		{Layer: "crm", Count: l.Opportunities, Why: "opportunities created, as the CRM tells; " + readable.Integer(l.Won) + " were won in the period, whenever created"},
		{Layer: "ledger", Count: l.LedgerOpportunities / nano, ShareOfPrevious: ledgerShare, Missing: ledgerMissing, Why: "opportunities that hold credit, unattributed included: these are equal, or something is wrong"},
	}
}

func checksOf(l *store.Layers) []PipelineCheck {
	count := func(name string, facts, ledger int64) PipelineCheck {
		return PipelineCheck{Name: name, Facts: fmt.Sprint(facts), Ledger: trimNano(ledger), OK: facts*nano == ledger}
	}
	checks := []PipelineCheck{
		count("conversions", l.Conversions, l.LedgerConversions), count("opportunities", l.Opportunities, l.LedgerOpportunities), count("customers", l.Won, l.LedgerWon),
	}
	for _, r := range l.Revenue {
		checks = append(checks, PipelineCheck{
			Name: "revenue " + r.Currency, Facts: money.FormatDecimal(r.CRM, r.Currency), Ledger: money.FormatDecimal(r.Ledger, r.Currency), Currency: r.Currency, OK: r.CRM == r.Ledger,
		})
	}
	return checks
}

// trimNano is a count in 1e-9 units as a decimal, whole where it is.
func trimNano(n int64) string {
	if n%nano == 0 {
		return fmt.Sprint(n / nano)
	}
	return fmt.Sprintf("%.9f", float64(n)/nano)
}

// judge gives the answer its state and its headline.
func (p *Pipeline) judge() {
	for _, c := range p.Checks {
		if !c.OK {
			p.State = StateDiffers
			p.Headline = fmt.Sprintf("The ledger holds %s of %s where the facts say %s: it is still catching up, or run tributary verify.", c.Ledger, c.Name, c.Facts)
			return
		}
	}
	for _, s := range p.Stages {
		if s.State == StateBehind {
			p.State = StateBehind
			p.Headline = fmt.Sprintf("The %s is behind: %s records wait for it.", s.Name, readable.Integer(*s.Lag))
			return
		}
	}
	if p.Freshness.RecordedAt == nil {
		p.State, p.Headline = StateEmpty, "No event has come through yet."
		return
	}
	p.Headline = "The ledger agrees with conversions and opportunities, to the last minor unit."
	if first := p.Layers[1]; first.ShareOfPrevious != nil {
		p.Headline += fmt.Sprintf(" %s of the clicks that were paid for became a session.", readable.Percent(first.ShareOfPrevious))
	}
}

// began is a number of journeys of a kind.
func began(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return readable.Integer(n) + " " + many
}

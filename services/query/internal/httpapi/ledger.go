package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerLedger(api huma.API) {
	huma.Register(api, tagged("ledger", operation("bridge", "/api/v1/ledger/bridge", "Restatement bridge",
		"Why what is known now differs from what was known then: from, signed steps by reason, channel or month, to. Exact to the minor unit.")), a.bridge)
	huma.Register(api, tagged("ledger", operation("postings", "/api/v1/ledger/postings", "Postings",
		"The changes of credit behind a figure, each with its reason, its two times and the event that caused it.")), a.postings)
	cause := tagged("ledger", operation("cause", "/api/v1/ledger/causes/{id}", "Cause of postings",
		"What is known of the event that postings name as their cause: the touch, conversion or stage it was, and what it changed."))
	cause.Errors = append(cause.Errors, 404)
	huma.Register(api, cause, a.cause)
}

func tagged(tag string, o huma.Operation) huma.Operation {
	o.Tags = []string{tag}
	return o
}

// LedgerInput are the parameters of questions to the ledger. It is exported for huma alone, which does not look into unexported structs.
type LedgerInput struct {
	Workspace     string `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	From          string `query:"from" doc:"What was known then: a moment, or a day, which means its end; without it the beginning" example:"2026-11-05"`
	To            string `query:"to" doc:"What was known later: a moment, or a day, which means its end; without it now" example:"2026-11-20"`
	EffectiveFrom string `query:"effective_from" doc:"First business day counted; see basis" example:"2026-10-01"`
	EffectiveTo   string `query:"effective_to" doc:"Last business day counted" example:"2026-10-31"`
	Basis         string `query:"basis" enum:"touch,close" default:"close" doc:"Business day of an amount: of the touch, or of the conversion, creation or close"`
	Model         string `query:"model" maxLength:"200" doc:"Attribution model; without it the configured one" example:"w_shaped"`
	Channel       string `query:"channel" maxLength:"200" doc:"This channel only" example:"Paid Search"`
}

type bridgeInput struct {
	LedgerInput
	Measure  string `query:"measure" enum:"revenue,pipeline,customers,opportunities,conversions,conversion_value" default:"revenue" doc:"What is bridged"`
	By       string `query:"by" enum:"reason,channel,month" default:"reason" doc:"What a step is"`
	Currency string `query:"currency" doc:"ISO 4217 code to convert to; without it the only currency there is, else the workspace's base currency" example:"EUR"`
}

func (in *LedgerInput) request(ctx context.Context) (answer.LedgerRequest, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	return answer.LedgerRequest{
		Workspace: workspace, From: in.From, To: in.To, EffectiveFrom: in.EffectiveFrom, EffectiveTo: in.EffectiveTo, Basis: in.Basis,
		Model: in.Model, Channel: in.Channel,
	}, err
}

func (a *API) bridge(ctx context.Context, in *bridgeInput) (*output[*answer.Bridge], error) {
	return respond(ctx, a, func() (*answer.Bridge, error) {
		request, err := in.request(ctx)
		if err != nil {
			return nil, err
		}
		return a.answers.Bridge(ctx, answer.BridgeRequest{LedgerRequest: request, Measure: in.Measure, By: in.By, Currency: in.Currency})
	})
}

type postingsInput struct {
	LedgerInput
	Measure  string `query:"measure" enum:"revenue,pipeline,customers,opportunities,conversions,conversion_value" doc:"One measure; without it all"`
	Reason   string `query:"reason" maxLength:"40" doc:"One reason; without it all" example:"late_touch"`
	Campaign string `query:"campaign" maxLength:"400" doc:"One campaign; without it all"`
	Journey  string `query:"journey" maxLength:"512" doc:"One journey; without it all" example:"o:deal-7"`
	Month    string `query:"month" doc:"Postings whose business day is in this month" example:"2026-10"`
	Booked   string `query:"booked_month" doc:"Postings in the books of this month" example:"2026-11"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most rows"`
	Cursor   string `query:"cursor" maxLength:"400" doc:"Where the page before ended: its next_cursor"`
}

func (a *API) postings(ctx context.Context, in *postingsInput) (*output[*answer.Postings], error) {
	return respond(ctx, a, func() (*answer.Postings, error) {
		request, err := in.request(ctx)
		if err != nil {
			return nil, err
		}
		return a.answers.LedgerPostings(ctx, answer.PostingsRequest{
			LedgerRequest: request, Measure: in.Measure, Reason: in.Reason, Campaign: in.Campaign, Journey: in.Journey, Month: in.Month,
			BookedMonth: in.Booked, Limit: in.Limit, Cursor: in.Cursor,
		})
	})
}

type causeInput struct {
	ID        string `path:"id" maxLength:"512" doc:"Event id, as postings name it"`
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
}

func (a *API) cause(ctx context.Context, in *causeInput) (*output[*answer.Cause], error) {
	return respond(ctx, a, func() (*answer.Cause, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.Cause(ctx, workspace, in.ID)
	})
}

// respond wraps an answer, or turns its error into a problem.
func respond[T any](ctx context.Context, a *API, ask func() (T, error)) (*output[T], error) {
	result, err := ask()
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	return &output[T]{CacheControl: noStore, Body: result}, nil
}

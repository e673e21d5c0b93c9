package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerJourneys(api huma.API) {
	journey := operation("journey", "/api/v1/journeys/{id}", "A journey",
		"One conversion or opportunity: its touches, and the credit that each holds under each model.")
	explain := operation("explain", "/api/v1/journeys/{id}/explain", "A journey explained",
		"How the credit of a journey came about: every posting with its reason and the event that caused it, and what they add up to.")
	journey.Tags, explain.Tags = []string{"journeys"}, []string{"journeys"}
	journey.Errors, explain.Errors = append(journey.Errors, 404), append(explain.Errors, 404)
	huma.Register(api, journey, a.journey)
	huma.Register(api, explain, a.explain)
}

// JourneyInput names a journey. It is exported for huma alone, which does not look into unexported structs.
type JourneyInput struct {
	ID        string `path:"id" maxLength:"512" doc:"Id of a journey, or of its opportunity or conversion" example:"o:deal-7"`
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	Model     string `query:"model" maxLength:"200" doc:"One model; without it all" example:"w_shaped"`
	AsOf      string `query:"as_of" doc:"What was known at this moment, or at the end of this day; without it now" example:"2026-03-01"`
}

func (in *JourneyInput) request(ctx context.Context) (answer.JourneyRequest, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	return answer.JourneyRequest{Workspace: workspace, JourneyID: in.ID, Model: in.Model, AsOf: in.AsOf}, err
}

func (a *API) journey(ctx context.Context, in *JourneyInput) (*output[*answer.Journey], error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	result, err := a.answers.Journey(ctx, request)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	return &output[*answer.Journey]{CacheControl: noStore, Body: result}, nil
}

func (a *API) explain(ctx context.Context, in *JourneyInput) (*output[*answer.Explanation], error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	result, err := a.answers.Explain(ctx, request)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	return &output[*answer.Explanation]{CacheControl: noStore, Body: result}, nil
}

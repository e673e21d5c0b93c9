package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerModels(api huma.API) {
	huma.Register(api, tagged("models", operation("models", "/api/v1/models", "Attribution models",
		"The models of a workspace: live ones, shadows that run beside them, and how far each is computed; and the channel rules in force.")), a.models)
	huma.Register(api, tagged("models", operation("models-diff", "/api/v1/models/diff", "What a new model version would change",
		"The credit of each channel under the live model and under a shadow of it, and the journeys in which most would move. Exact; says when the "+
			"shadow is not complete yet.")), a.modelsDiff)
	huma.Register(api, tagged("models", operation("models-learned", "/api/v1/models/learned", "Removal effects of channels",
		"What a Markov chain over the paths of the workspace says: the part of all conversions that would be lost without a channel, exact, and the model that weighs "+
			"journeys by it. tributary models learn lets that model run.")), a.modelsLearned)
}

func (a *API) models(ctx context.Context, in *DeskInput) (*output[*answer.Models], error) {
	return respond(ctx, a, func() (*answer.Models, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.Models(ctx, workspace)
	})
}

type modelsDiffInput struct {
	DeskInput
	Model   string `query:"model" required:"true" minLength:"1" maxLength:"200" doc:"Name of the model" example:"w_shaped"`
	Version string `query:"version" maxLength:"200" doc:"Version of the shadow; without it the latest one of that name" example:"2"`
	Basis   string `query:"basis" enum:"touch,close" default:"touch" doc:"Date that outcomes count on"`
	From    string `query:"from" doc:"First day, included; without it the first there is. Journeys are compared whole, whatever the days" example:"2026-01-01"`
	To      string `query:"to" doc:"Last day, included" example:"2026-03-31"`
	Measure string `query:"measure" enum:"revenue,pipeline,conversion_value,customers,opportunities,conversions" doc:"What journeys are ordered by; without it the first of these that there is any of"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"20" doc:"Journeys at most"`
}

func (a *API) modelsDiff(ctx context.Context, in *modelsDiffInput) (*output[*answer.ModelsDiff], error) {
	return respond(ctx, a, func() (*answer.ModelsDiff, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.ModelsDiff(ctx, answer.ModelsDiffRequest{
			Workspace: workspace, Model: in.Model, Version: in.Version, Basis: in.Basis, From: in.From, To: in.To, Measure: in.Measure, Limit: in.Limit,
		})
	})
}

type modelsLearnedInput struct {
	DeskInput
	Order int    `query:"order" minimum:"1" maximum:"4" default:"1" doc:"Channels that the chain remembers"`
	Kind  string `query:"kind" enum:"conversion,opportunity" doc:"Journeys to learn from; without it both"`
	From  string `query:"from" doc:"First day of outcomes, included; without it the first there is" example:"2026-01-01"`
	To    string `query:"to" doc:"Last day, included" example:"2026-03-31"`
}

func (a *API) modelsLearned(ctx context.Context, in *modelsLearnedInput) (*output[*answer.ModelsLearned], error) {
	return respond(ctx, a, func() (*answer.ModelsLearned, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.Learn(ctx, answer.LearnRequest{Workspace: workspace, Kind: in.Kind, From: in.From, To: in.To, Order: in.Order})
	})
}

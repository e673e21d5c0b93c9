package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerPipeline(api huma.API) {
	op := operation("pipeline", "/api/v1/pipeline", "The pipeline's own health",
		"How far data has come, what reached each layer from platform clicks to the ledger, sums that must be equal, and what was refused.")
	op.Tags = []string{"tracking"}
	huma.Register(api, op, a.pipeline)
}

type pipelineInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	Model     string `query:"model" maxLength:"200" doc:"Model whose ledger is reconciled; without it the configured one"`
	From      string `query:"from" doc:"First day of the layers; without it 28 days before the last" example:"2026-03-01"`
	To        string `query:"to" doc:"Last day of the layers; without it the last with any figure" example:"2026-03-28"`
}

func (a *API) pipeline(ctx context.Context, in *pipelineInput) (*output[*answer.Pipeline], error) {
	return respond(ctx, a, func() (*answer.Pipeline, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.Pipeline(ctx, answer.PipelineRequest{Workspace: workspace, Model: in.Model, From: in.From, To: in.To})
	})
}

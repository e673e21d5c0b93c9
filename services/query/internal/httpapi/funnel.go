package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerFunnel(api huma.API) {
	question(a, api, operation("funnel", "/api/v1/funnel", "Funnel",
		"How far the people touched and the opportunities created in a period have come, or had come as of a moment, with the time between steps."), a.funnel)
}

type funnelInput struct {
	Model string `query:"model" maxLength:"200" doc:"Model whose credit shares opportunities among channels; without it the configured one"`
	PeriodInput
	Pipeline string `query:"pipeline" maxLength:"200" doc:"Opportunities of this CRM pipeline only"`
}

func (a *API) funnel(ctx context.Context, in *funnelInput) (*answer.Funnel, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	request.Model = in.Model
	return a.answers.Funnel(ctx, answer.FunnelRequest{Request: request, Pipeline: in.Pipeline})
}

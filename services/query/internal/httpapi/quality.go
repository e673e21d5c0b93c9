package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/quality"
)

func (a *API) registerQuality(api huma.API) {
	op := operation("quality", "/api/v1/quality", "The quality of tracking",
		"Whether the figures can be trusted: faults of tags by campaign, visits without source or channel, spend without visits and the reverse, conversions that stopped, doubled or lost their value.")
	op.Tags = []string{"tracking"}
	question(a, api, op, a.quality)
}

type qualityInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	From      string `query:"from" doc:"First day, included; without it 28 days before the last" example:"2026-03-01"`
	To        string `query:"to" doc:"Last day, included; without it the last with any data" example:"2026-03-28"`
	Channel   string `query:"channel" maxLength:"200" doc:"Visits and spend of this channel only"`
	Campaign  string `query:"campaign" maxLength:"500" doc:"Visits and spend of this campaign only"`
	FormatInput
}

func (a *API) quality(ctx context.Context, in *qualityInput) (*quality.Report, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	return a.answers.Quality(ctx, answer.QualityRequest{Workspace: workspace, From: in.From, To: in.To, Channel: in.Channel, Campaign: in.Campaign})
}

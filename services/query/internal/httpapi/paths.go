package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerPaths(api huma.API) {
	question(a, api, operation("paths", "/api/v1/paths", "Paths",
		"The channels that journeys went through in order, with nodes and links for a Sankey diagram."), a.paths)
}

type pathsInput struct {
	Model string `query:"model" maxLength:"200" doc:"Model whose credited touches make the paths; without it the configured one"`
	PeriodInput
	Kind     string `query:"kind" enum:"conversion,opportunity" doc:"Journeys of this kind only"`
	Channel  string `query:"channel" maxLength:"200" doc:"Paths through this channel only"`
	Collapse string `query:"collapse" enum:"none,exposure,unique" default:"exposure" doc:"none: every touch; exposure: adjacent touches of a channel as one; unique: each channel once, where it came first"`
	MaxSteps int    `query:"max_steps" minimum:"2" maximum:"20" default:"6" doc:"Longer paths keep the first steps and the last, with an ellipsis between"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Most paths"`
	Cursor   string `query:"cursor" maxLength:"8000" doc:"next_cursor of the page before"`
}

func (a *API) paths(ctx context.Context, in *pathsInput) (*answer.Paths, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	request.Model, request.Channel, request.Limit, request.Cursor, request.All = in.Model, in.Channel, in.Limit, in.Cursor, in.all()
	return a.answers.Paths(ctx, answer.PathsRequest{Request: request, Kind: in.Kind, Collapse: in.Collapse, MaxSteps: in.MaxSteps})
}

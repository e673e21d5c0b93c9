package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerEvents(api huma.API) {
	op := operation("events", "/api/v1/events", "Freshness, live",
		"Server-sent events named fresh: at once, whenever something landed, and every few seconds between.")
	sse.Register(api, op, map[string]any{"fresh": answer.Fresh{}}, a.events)
}

type eventsInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to watch; without it the first that you may read"`
}

func (a *API) events(_ context.Context, _ *eventsInput, _ sse.Sender) {}

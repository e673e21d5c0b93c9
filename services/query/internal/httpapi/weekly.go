package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerWeekly(api huma.API) {
	question(a, api, operation("weekly", "/api/v1/weekly", "The weekly review",
		"Where we win, where we leak and what changed in a week, each sentence computed from the ledger with the numbers behind it."), a.weekly)
}

type weeklyInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	Week      string `query:"week" doc:"ISO week; without it the latest complete week with any figure" example:"2026-W46"`
	Model     string `query:"model" maxLength:"200" doc:"Attribution model; without it the configured one"`
	Basis     string `query:"basis" enum:"touch,close" default:"close" doc:"Date that outcomes count on: what was won in the week, or what the week's touches have won so far"`
	Currency  string `query:"currency" doc:"ISO 4217 code to convert to" example:"EUR"`
	Value     string `query:"value" enum:"both,revenue,conversion_value" default:"both" doc:"What counts as return"`
	Weeks     int    `query:"weeks" minimum:"1" maximum:"26" default:"4" doc:"Weeks before it that it is held against"`
	Channel   string `query:"channel" maxLength:"200" doc:"Findings about this channel only"`
	FormatInput
}

func (a *API) weekly(ctx context.Context, in *weeklyInput) (*answer.Weekly, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	return a.answers.Weekly(ctx, answer.WeeklyRequest{
		Workspace: workspace, Week: in.Week, Model: in.Model, Basis: in.Basis, Currency: in.Currency, Value: in.Value, Channel: in.Channel, Weeks: in.Weeks,
	})
}

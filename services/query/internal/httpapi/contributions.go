package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerContributions(api huma.API) {
	question(a, api, operation("contributions", "/api/v1/contributions", "What a figure is made of",
		"The journeys, records of spend or touchpoints that a figure of a table adds up, with amounts that sum to it exactly. Ask with the parameters of the "+
			"table and the keys of the row; a key that is there but empty means rows without it."), a.contributions)
}

type contributionsInput struct {
	Measure string `query:"measure" required:"true" enum:"spend,impressions,clicks,touchpoints,conversions,conversion_value,opportunities,pipeline,customers,revenue,value,roi,roas,cpl,cost_per_opportunity,cac,ctr,cpc,cvr,click_cvr,sql_rate,pipeline_conversion,payback_months" doc:"The figure, as it is called in the table"`
	Model   string `query:"model" maxLength:"200" doc:"Attribution model; without it the configured one"`
	PeriodInput
	Day         string `query:"day" doc:"One day instead of from and to" example:"2026-03-01"`
	Channel     string `query:"channel" maxLength:"200" doc:"Channel of the row"`
	Campaign    string `query:"campaign" maxLength:"2000" doc:"Campaign of the row"`
	Content     string `query:"content" maxLength:"2000" doc:"Content of the row"`
	LandingPage string `query:"landing_page" maxLength:"2000" doc:"Landing page of the row"`
	Source      string `query:"source" maxLength:"2000" doc:"Source of the row"`
	Medium      string `query:"medium" maxLength:"2000" doc:"Medium of the row"`
	Limit       int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most rows"`
	Cursor      string `query:"cursor" maxLength:"2000" doc:"next_cursor of the page before"`
}

func (a *API) contributions(ctx context.Context, in *contributionsInput) (*answer.Contributions, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	request.Model, request.Limit, request.Cursor, request.All = in.Model, in.Limit, in.Cursor, in.all()
	if in.Day != "" {
		request.From, request.To = in.Day, in.Day
	}
	r := answer.ContributionsRequest{Request: request, Measure: in.Measure}
	for name, key := range map[string]struct {
		given *string
		to    **string
	}{
		"channel": {&in.Channel, &r.Keys.Channel}, "campaign": {&in.Campaign, &r.Keys.Campaign}, "content": {&in.Content, &r.Keys.Content},
		"landing_page": {&in.LandingPage, &r.Keys.LandingPage}, "source": {&in.Source, &r.Keys.Source}, "medium": {&in.Medium, &r.Keys.Medium},
	} {
		if in.has(name) {
			*key.to = key.given
		}
	}
	return a.answers.Contributions(ctx, r)
}

package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerTrend(api huma.API) {
	question(a, api, operation("trend", "/api/v1/trend", "Figures over time",
		"The figures of /channels per day, week or month, with the days whose outcomes are still to come marked."), a.trend)
}

type trendInput struct {
	Model string `query:"model" maxLength:"200" doc:"Attribution model; without it the configured one" example:"w_shaped"`
	PeriodInput
	Interval string `query:"interval" enum:"day,week,month" default:"week" doc:"Length of a point; weeks begin on Monday"`
	By       string `query:"by" enum:"channel,none" default:"channel" doc:"One series per channel, or the totals alone"`
	Channel  string `query:"channel" maxLength:"200" doc:"Show this channel's series only; totals stay those of all"`
	Campaign string `query:"campaign" maxLength:"200" doc:"Of each channel this campaign only, totals included"`
}

func (a *API) trend(ctx context.Context, in *trendInput) (*answer.Trend, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	request.Model, request.Interval, request.Channel = in.Model, in.Interval, in.Channel
	trend := answer.TrendRequest{Request: request, By: in.By}
	if in.has("campaign") {
		trend.Campaign = &in.Campaign
	}
	return a.answers.Trend(ctx, trend)
}

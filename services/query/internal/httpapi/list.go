package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/export"
)

func (a *API) registerJourneyList(api huma.API) {
	op := operation("journeys", "/api/v1/journeys", "Journeys", "Conversions and opportunities, with the channels that led to each.")
	op.Tags = []string{"journeys"}
	question(a, api, op, a.journeys)
}

type journeysInput struct {
	Workspace      string   `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	Model          string   `query:"model" maxLength:"200" doc:"Model whose credited touches are counted; without it the configured one"`
	Kind           string   `query:"kind" enum:"conversion,opportunity" doc:"Conversions or opportunities only"`
	State          []string `query:"state" doc:"open, won, lost, converted; several separated by commas" example:"won,lost"`
	ConversionType []string `query:"conversion_type" doc:"Conversions of these types only" example:"lead,demo"`
	Pipeline       string   `query:"pipeline" maxLength:"200" doc:"Opportunities of this CRM pipeline only"`
	Stage          string   `query:"stage" maxLength:"200" doc:"Opportunities in this stage only"`
	Account        string   `query:"account" maxLength:"512" doc:"Of this account only"`
	Person         string   `query:"person" maxLength:"512" doc:"Of this person only: who converted, or made a credited touch"`
	Channel        string   `query:"channel" maxLength:"200" doc:"With a credited touch of this channel; (unattributed): without any touch"`
	Campaign       string   `query:"campaign" maxLength:"200" doc:"With a credited touch of this campaign"`
	Q              string   `query:"q" maxLength:"200" doc:"Text in the id, the account, the person, the type or the stage, in any case"`
	From           string   `query:"from" doc:"First day of opening" example:"2026-01-01"`
	To             string   `query:"to" doc:"Last day of opening" example:"2026-03-31"`
	AsOf           string   `query:"as_of" doc:"What was known then: a moment, or a day, which means its end" example:"2026-03-01"`
	Sort           string   `query:"sort" enum:"opened_on,-opened_on,closed_on,-closed_on,amount,-amount,touches,-touches,recorded_at,-recorded_at" default:"-opened_on" doc:"A leading - sorts downward"`
	Limit          int      `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Most rows"`
	Cursor         string   `query:"cursor" maxLength:"2000" doc:"next_cursor of the page before"`
	FormatInput
}

// listed is a page of journeys, or all of them as a table that is read while it is written.
type listed struct {
	*answer.JourneyList
	table export.Table
}

// Table implements tabular.
func (l listed) Table() export.Table { return l.table }

func (in *journeysInput) request(ctx context.Context) (answer.JourneysRequest, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	return answer.JourneysRequest{
		Workspace: workspace, Model: in.Model, Kind: in.Kind, Pipeline: in.Pipeline, Stage: in.Stage, Account: in.Account, Person: in.Person,
		Channel: in.Channel, Campaign: in.Campaign, Text: in.Q, States: in.State, ConversionTypes: in.ConversionType, From: in.From, To: in.To,
		Sort: in.Sort, Limit: in.Limit, Cursor: in.Cursor, AsOf: in.AsOf,
	}, err
}

func (a *API) journeys(ctx context.Context, in *journeysInput) (*listed, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	if in.format() == "" {
		list, err := a.answers.Journeys(ctx, request)
		return &listed{JourneyList: list}, err
	}
	if in.all() {
		request.Limit = 0
	}
	table, err := a.answers.JourneysTable(ctx, request)
	return &listed{table: table}, err
}

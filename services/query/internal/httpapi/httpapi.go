// Package httpapi is the query API: OpenAPI 3.1 generated from the types below, strict parameters, RFC 9457 problems.
package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// Version of the API, in its paths and in its OpenAPI document.
const Version = "1.0.0"

// ErrorLog is told of errors that are the service's own fault; clients get no detail of them.
type ErrorLog func(ctx context.Context, err error)

// API serves answers.
type API struct {
	answers *answer.Answerer
	streams *Streams
	onError ErrorLog
}

// Register puts the API on mux and returns its OpenAPI document.
func Register(mux *http.ServeMux, answers *answer.Answerer, streams *Streams, onError ErrorLog) *huma.OpenAPI {
	cfg := huma.DefaultConfig("Tributary query API", Version)
	cfg.Info.Description = "Channel ROI from credit that is conserved to the minor unit. Money is a decimal string with its currency beside it. " +
		"Every answer names its model, date basis, period and coverage; errors are problem documents (RFC 9457)."
	cfg.OpenAPIPath = "/api/openapi"
	cfg.SchemasPath = "/api/schemas"
	cfg.DocsPath = ""     // huma's page loads its script from elsewhere; ours is in package page
	cfg.CreateHooks = nil // no $schema member in answers: they are the same bytes wherever the service runs
	// A misspelt parameter would otherwise be a different question with a plausible answer.
	cfg.RejectUnknownQueryParameters = true
	cfg.Transformers = append(cfg.Transformers, plainly)
	api := humago.New(mux, cfg)
	api.UseMiddleware(strictly)
	a := &API{answers: answers, streams: streams, onError: onError}
	question(a, api, operation("channels", "/api/v1/channels", "Channel ROI",
		"What each channel or campaign cost and earned under one model, with totals, coverage and the unattributed row."), a.channels)
	question(a, api, operation("compare", "/api/v1/compare", "Models side by side",
		"Each channel or campaign under several models, with the spread of its return."), a.compare)
	a.registerJourneys(api)
	a.registerTrend(api)
	a.registerJourneyList(api)
	a.registerFunnel(api)
	a.registerPaths(api)
	a.registerWeekly(api)
	a.registerContributions(api)
	a.registerEvents(api)
	a.registerLedger(api)
	a.registerDesk(api)
	a.registerQuality(api)
	a.registerPipeline(api)
	a.registerLinks(api)
	a.registerModels(api)
	addExamples(api.OpenAPI())
	relateProblems(api.OpenAPI())
	documentRefusals(api.OpenAPI())
	registerOtherMethods(mux, api.OpenAPI())
	return api.OpenAPI()
}

func operation(id, path, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Description: description, Tags: []string{"performance"},
		Errors: []int{http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout},
	}
}

// PeriodInput are the parameters that every question about a period takes. It is exported for huma alone, which does not look into
// unexported structs.
type PeriodInput struct {
	Workspace      string   `query:"workspace" maxLength:"200" doc:"Workspace to read; without it the first that you may read"`
	From           string   `query:"from" doc:"First day, included; without it the first with any figure" example:"2026-01-01"`
	To             string   `query:"to" doc:"Last day, included; without it the last with any figure" example:"2026-03-31"`
	Basis          string   `query:"basis" enum:"touch,close" default:"touch" doc:"Date that outcomes count on: of the touch that earned them, or of the conversion or close"`
	Currency       string   `query:"currency" doc:"ISO 4217 code to convert to, by the configured daily rates; without it the only currency there is, else the workspace's base currency" example:"EUR"`
	Value          string   `query:"value" enum:"both,revenue,conversion_value" default:"both" doc:"What counts as return in roi and roas: amounts of won opportunities, value of conversions, or their sum"`
	ConversionType []string `query:"conversion_type" doc:"Count conversions of these types only, separated by commas; other measures stay" example:"lead,demo"`
	CompareFrom    string   `query:"compare_from" doc:"First day of a period to compare with" example:"2025-10-01"`
	CompareTo      string   `query:"compare_to" doc:"Last day of the period to compare with" example:"2025-12-31"`
	AsOf           string   `query:"as_of" doc:"What was known then: a moment, or a day, which means its end. Channels and campaigns only" example:"2026-03-01"`
	Books          string   `query:"books" enum:"open,closed" default:"open" doc:"closed: as the books say, closed months do not move and the first open month takes their later changes"`
	FormatInput
}

// ScopeInput are the parameters that every table of performance takes. It is exported for huma alone.
type ScopeInput struct {
	PeriodInput
	GroupBy string `query:"group_by" enum:"channel,campaign,content,landing_page,source,medium" default:"channel" doc:"What a row is; every row names its channel too. Spend has no content and no landing page"`
	Channel string `query:"channel" maxLength:"200" doc:"Show rows of this channel only; totals and the unattributed row stay those of all" example:"Paid Search"`
	Sort    string `query:"sort" doc:"Measure to sort by, or channel, or campaign; a leading - sorts downward. Without it the largest outcome first" example:"-roi"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most rows; the unattributed row comes in addition"`
	Offset  int    `query:"offset" minimum:"0" maximum:"100000" default:"0" doc:"Rows to leave out before the first"`
	Cursor  string `query:"cursor" maxLength:"2000" doc:"next_cursor of the page before: continues there whatever came in meanwhile, unlike offset"`
	Trend   string `query:"trend" enum:"day,week,month" doc:"Give every row a sparkline in such steps"`
}

func (in *ScopeInput) request(ctx context.Context) (answer.Request, error) {
	r, err := in.PeriodInput.request(ctx)
	r.GroupBy, r.Channel, r.Sort, r.Limit, r.Offset = in.GroupBy, in.Channel, in.Sort, in.Limit, in.Offset
	r.Cursor, r.Interval, r.All = in.Cursor, in.Trend, in.all()
	return r, err
}

func (in *PeriodInput) request(ctx context.Context) (answer.Request, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	if err != nil {
		return answer.Request{}, err
	}
	return answer.Request{
		Workspace: workspace, From: in.From, To: in.To, CompareFrom: in.CompareFrom, CompareTo: in.CompareTo,
		Basis: in.Basis, Currency: in.Currency, Value: in.Value, ConversionTypes: in.ConversionType,
		AsOf: in.AsOf, Books: in.Books,
	}, nil
}

type channelsInput struct {
	Model string `query:"model" maxLength:"200" doc:"Attribution model; without it the configured one (position_based unless changed)" example:"w_shaped"`
	ScopeInput
}

type output[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

// noStore keeps figures out of shared caches: they change with every event, and belong to a workspace.
const noStore = "private, no-store"

func (a *API) channels(ctx context.Context, in *channelsInput) (*answer.Channels, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	request.Model = in.Model
	return a.answers.Channels(ctx, request)
}

type compareInput struct {
	Models []string `query:"models" doc:"Models to compare, separated by commas; without it all that hold credit" example:"first_touch,last_touch,linear"`
	ScopeInput
}

func (a *API) compare(ctx context.Context, in *compareInput) (*answer.Compare, error) {
	request, err := in.request(ctx)
	if err != nil {
		return nil, err
	}
	request.Models = in.Models
	return a.answers.Compare(ctx, request)
}

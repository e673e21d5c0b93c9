package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// registerDesk registers what people change: months of the books, rates, saved views; and who they are.
func (a *API) registerDesk(api huma.API) {
	huma.Register(api, tagged("access", operation("me", "/api/v1/me", "Who am I", "The caller's name, role and workspaces, and what the role allows.")), a.me)
	audit := tagged("access", operation("audit", "/api/v1/audit", "Who changed what",
		"Every change of a saved view, a month of the books or a rate, with who made it. Needs the role approver."))
	audit.Errors = append(audit.Errors, http.StatusForbidden)
	huma.Register(api, audit, a.audit)
	huma.Register(api, tagged("books", operation("periods", "/api/v1/periods", "Months of the books", "Which months are closed, since when and by whom.")), a.periods)
	huma.Register(api, change("books", "close-period", http.MethodPost, "/api/v1/periods/{month}/close", "Close a month",
		"From here on later changes of the month are booked in the first open month, as adjustments. Needs the role approver."), a.closePeriod)
	huma.Register(api, change("books", "reopen-period", http.MethodPost, "/api/v1/periods/{month}/reopen", "Reopen a month",
		"From here on changes of the month are booked in the month itself again; adjustments made meanwhile stay where they are. Needs the role approver."), a.reopenPeriod)
	huma.Register(api, tagged("rates", operation("rates", "/api/v1/rates", "Exchange rates", "Daily rates from configuration and posted ones, and what has none.")), a.rates)
	post := change("rates", "post-rates", http.MethodPost, "/api/v1/rates", "Post exchange rates",
		"Daily rates as CSV (day,from,to,rate), as the ECB's eurofxref-hist.csv, or as a JSON array of {day, from, to, rate}. Needs the role admin.")
	post.MaxBodyBytes = maxRatesBytes
	huma.Register(api, post, a.postRates)
	huma.Register(api, tagged("views", operation("views", "/api/v1/views", "Saved views", "Addresses of the dashboard that somebody gave a name.")), a.views)
	one := tagged("views", operation("view", "/api/v1/views/{id}", "A saved view", "One saved view."))
	one.Errors = append(one.Errors, http.StatusNotFound)
	huma.Register(api, one, a.view)
	huma.Register(api, change("views", "save-view", http.MethodPut, "/api/v1/views/{id}", "Save a view", "Creates or replaces it. Needs the role editor."), a.saveView)
	huma.Register(api, change("views", "delete-view", http.MethodDelete, "/api/v1/views/{id}", "Delete a view", "Needs the role editor."), a.deleteView)
}

// maxRatesBytes takes the ECB's whole history, which is 8 MB.
const maxRatesBytes = 16 << 20

func change(tag, id, method, path, summary, description string) huma.Operation {
	o := tagged(tag, operation(id, path, summary, description))
	o.Method = method
	o.Errors = append(o.Errors, http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	return o
}

type meInput struct{}

func (a *API) me(ctx context.Context, _ *meInput) (*output[*answer.Me], error) {
	return respond(ctx, a, func() (*answer.Me, error) { return a.answers.Me(ctx, access.CallerOf(ctx)) })
}

// DeskInput names a workspace. It is exported for huma alone, which does not look into unexported structs.
type DeskInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace; without it the first that you may read"`
}

// desk is the authorised workspace and who asks, once the caller's role includes needs.
func (in *DeskInput) desk(ctx context.Context, needs access.Role) (answer.Actor, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	if err == nil {
		err = access.Permit(ctx, needs)
	}
	return answer.Actor{Workspace: workspace, Name: access.CallerOf(ctx).Name}, err
}

type auditInput struct {
	DeskInput
	Kind   string `query:"kind" maxLength:"40" doc:"One kind; without it all" example:"period"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most rows"`
	Offset int    `query:"offset" minimum:"0" maximum:"100000" default:"0" doc:"Rows to leave out before the first"`
}

func (a *API) audit(ctx context.Context, in *auditInput) (*output[*answer.Audit], error) {
	return respond(ctx, a, func() (*answer.Audit, error) {
		actor, err := in.desk(ctx, access.RoleApprover)
		if err != nil {
			return nil, err
		}
		return a.answers.Audit(ctx, actor.Workspace, in.Kind, in.Limit, in.Offset)
	})
}

func (a *API) periods(ctx context.Context, in *DeskInput) (*output[*answer.Periods], error) {
	return respond(ctx, a, func() (*answer.Periods, error) {
		actor, err := in.desk(ctx, access.RoleViewer)
		if err != nil {
			return nil, err
		}
		return a.answers.Periods(ctx, actor.Workspace)
	})
}

type periodInput struct {
	DeskInput
	Month string `path:"month" maxLength:"20" doc:"Month" example:"2026-10"`
	Body  *answer.PeriodRequest
}

func (in *periodInput) body() answer.PeriodRequest {
	if in.Body == nil {
		return answer.PeriodRequest{}
	}
	return *in.Body
}

func (a *API) closePeriod(ctx context.Context, in *periodInput) (*output[*answer.Period], error) {
	return respond(ctx, a, func() (*answer.Period, error) {
		actor, err := in.desk(ctx, access.RoleApprover)
		if err != nil {
			return nil, err
		}
		return a.answers.ClosePeriod(ctx, actor, in.Month, in.body())
	})
}

func (a *API) reopenPeriod(ctx context.Context, in *periodInput) (*output[*answer.Period], error) {
	return respond(ctx, a, func() (*answer.Period, error) {
		actor, err := in.desk(ctx, access.RoleApprover)
		if err != nil {
			return nil, err
		}
		return a.answers.ReopenPeriod(ctx, actor, in.Month, in.body())
	})
}

type ratesInput struct {
	DeskInput
	Currency string `query:"currency" doc:"Rates from or to this currency only" example:"EUR"`
	From     string `query:"from" doc:"First day" example:"2026-01-01"`
	To       string `query:"to" doc:"Last day" example:"2026-01-31"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most rows"`
	Offset   int    `query:"offset" minimum:"0" maximum:"10000000" default:"0" doc:"Rows to leave out before the first"`
}

func (a *API) rates(ctx context.Context, in *ratesInput) (*output[*answer.RateList], error) {
	return respond(ctx, a, func() (*answer.RateList, error) {
		actor, err := in.desk(ctx, access.RoleViewer)
		if err != nil {
			return nil, err
		}
		return a.answers.Rates(ctx, answer.RatesRequest{
			Workspace: actor.Workspace, Currency: in.Currency, From: in.From, To: in.To, Limit: in.Limit, Offset: in.Offset,
		})
	})
}

type postRatesInput struct {
	DeskInput
	RawBody []byte `contentType:"text/csv" doc:"CSV of day,from,to,rate; the ECB's eurofxref-hist.csv; or a JSON array"`
}

func (a *API) postRates(ctx context.Context, in *postRatesInput) (*output[*answer.RatesPosted], error) {
	return respond(ctx, a, func() (*answer.RatesPosted, error) {
		actor, err := in.desk(ctx, access.RoleAdmin)
		if err != nil {
			return nil, err
		}
		return a.answers.PostRates(ctx, actor, in.RawBody)
	})
}

func (a *API) views(ctx context.Context, in *DeskInput) (*output[*answer.SavedViews], error) {
	return respond(ctx, a, func() (*answer.SavedViews, error) {
		actor, err := in.desk(ctx, access.RoleViewer)
		if err != nil {
			return nil, err
		}
		return a.answers.Views(ctx, actor.Workspace)
	})
}

// ViewInput names a saved view. It is exported for huma alone, which does not look into unexported structs.
type ViewInput struct {
	DeskInput
	ID string `path:"id" maxLength:"100" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" doc:"Letters, digits, '.', '-' and '_'" example:"quarter-by-channel"`
}

func (a *API) view(ctx context.Context, in *ViewInput) (*output[*answer.SavedView], error) {
	return respond(ctx, a, func() (*answer.SavedView, error) {
		actor, err := in.desk(ctx, access.RoleViewer)
		if err != nil {
			return nil, err
		}
		return a.answers.View(ctx, actor.Workspace, in.ID)
	})
}

type saveViewInput struct {
	ViewInput
	Body answer.SavedViewBody
}

func (a *API) saveView(ctx context.Context, in *saveViewInput) (*output[*answer.SavedView], error) {
	return respond(ctx, a, func() (*answer.SavedView, error) {
		actor, err := in.desk(ctx, access.RoleEditor)
		if err != nil {
			return nil, err
		}
		return a.answers.SaveView(ctx, actor, in.ID, in.Body)
	})
}

type deletedOutput struct {
	CacheControl string `header:"Cache-Control"`
}

func (a *API) deleteView(ctx context.Context, in *ViewInput) (*deletedOutput, error) {
	actor, err := in.desk(ctx, access.RoleEditor)
	if err == nil {
		err = a.answers.DeleteView(ctx, actor, in.ID)
	}
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	return &deletedOutput{CacheControl: noStore}, nil
}

package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func (a *API) registerLinks(api huma.API) {
	check := operation("check-link", "/api/v1/links", "Check a link", "How the visits of a link will count, and what is wrong with its tags, by the conventions of the workspace.")
	build := operation("build-link", "/api/v1/links", "Build a link", "A page's address with tags on it: values tidied and encoded, in place of those it had. Nothing is kept.")
	build.Method = http.MethodPost
	check.Tags, build.Tags = []string{"tracking"}, []string{"tracking"}
	huma.Register(api, check, a.checkLink)
	huma.Register(api, build, a.buildLink)
}

type checkLinkInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace whose conventions hold; without it the first that you may read"`
	Link      string `query:"link" required:"true" maxLength:"8000" doc:"The link, encoded as a parameter" example:"https://shop.example/?utm_source=google"`
}

func (a *API) checkLink(ctx context.Context, in *checkLinkInput) (*output[*answer.BuiltLink], error) {
	return respond(ctx, a, func() (*answer.BuiltLink, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.CheckLink(workspace, in.Link)
	})
}

type buildLinkInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace whose conventions hold; without it the first that you may read"`
	Body      answer.LinkRequest
}

func (a *API) buildLink(ctx context.Context, in *buildLinkInput) (*output[*answer.BuiltLink], error) {
	return respond(ctx, a, func() (*answer.BuiltLink, error) {
		workspace, err := access.Workspace(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		return a.answers.BuildLink(workspace, in.Body)
	})
}

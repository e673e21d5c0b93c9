package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// statusClientGone is what a request ends with whose client has gone; nobody reads it but the metrics.
const statusClientGone = 499

// Problem turns an error into what a client should be told: what is wrong and what to do. known is false for errors that are the service's own
// fault, of which the client learns nothing more.
func Problem(err error) (problem *huma.ErrorModel, known bool) {
	var invalid *answer.InvalidError
	var unknown *access.UnknownWorkspaceError
	var forbidden *access.ForbiddenError
	var conflict *answer.ConflictError
	switch {
	case errors.As(err, &invalid):
		return parameterProblem("invalid-parameter", invalid.Param, invalid.Reason), true
	case errors.As(err, &unknown):
		return parameterProblem("unknown-workspace", "workspace", unknown.Error()), true
	case errors.As(err, &forbidden):
		return newProblem(http.StatusForbidden, "forbidden", "", forbidden.Error()), true
	case errors.As(err, &conflict):
		return newProblem(http.StatusConflict, "conflict", "", conflict.Error()), true
	case errors.Is(err, answer.ErrNotFound):
		return newProblem(http.StatusNotFound, "not-found", "",
			err.Error()+". Saved views are listed at /api/v1/views, events as the causes of postings at /api/v1/ledger/postings."), true
	case errors.Is(err, answer.ErrReadOnly):
		return newProblem(http.StatusServiceUnavailable, "read-only", "",
			"This query service has no brokers, so it cannot keep anything. Give it engines.kafka.brokers."), true
	case errors.Is(err, answer.ErrNotKept):
		return newProblem(http.StatusServiceUnavailable, "not-kept", "",
			"Kafka did not acknowledge the change in time. It may have been kept all the same: look before you try again."), true
	case errors.Is(err, answer.ErrNoJourney):
		return newProblem(http.StatusNotFound, "no-journey", "",
			"This workspace has no journey of that id. Ids are those of conversions and opportunities, as in the views of these names; /api/v1/journeys lists them."), true
	case errors.Is(err, errTooManyStreams):
		return newProblem(http.StatusServiceUnavailable, "too-many-streams", "",
			"More clients watch than may at once. Ask again in a while, or ask /api/v1/channels now and then."), true
	case errors.Is(err, context.Canceled):
		return newProblem(statusClientGone, "client-gone", "Client Closed Request", "The client went away before the answer."), true
	case errors.Is(err, store.ErrTooLarge):
		return newProblem(http.StatusUnprocessableEntity, "too-large", "",
			"The answer is larger than one question may be. Ask for a shorter period, or group by channel."), true
	case errors.Is(err, store.ErrTooSlow), errors.Is(err, context.DeadlineExceeded):
		return newProblem(http.StatusGatewayTimeout, "too-slow", "",
			"The answer took longer than one question may. Ask for a shorter period, or raise the limit in the configuration."), true
	case errors.Is(err, store.ErrUnavailable):
		return newProblem(http.StatusServiceUnavailable, "store-unavailable", "",
			"ClickHouse cannot be reached. Nothing is lost; try again in a few seconds, and see /readyz."), true
	}
	return newProblem(http.StatusInternalServerError, "internal", "", "Something failed that should not; the service's log says what."), false
}

// errTooManyStreams is one live connection too many.
var errTooManyStreams = errors.New("more clients watch than may at once")

func newProblem(status int, kind, title, detail string) *huma.ErrorModel {
	if title == "" {
		title = http.StatusText(status)
	}
	return &huma.ErrorModel{Type: "urn:tributary:problem:" + kind, Title: title, Status: status, Detail: detail}
}

func parameterProblem(kind, param, reason string) *huma.ErrorModel {
	p := newProblem(http.StatusUnprocessableEntity, kind, "", param+": "+reason)
	p.Errors = []*huma.ErrorDetail{{Message: reason, Location: "query." + param}}
	return p
}

// retryAfter is when a client may try again while ClickHouse is away, in seconds.
const retryAfter = "5"

func (a *API) problem(ctx context.Context, err error) error {
	problem, known := Problem(err)
	if !known {
		a.onError(ctx, err)
	}
	if problem.Status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(problem, http.Header{"Retry-After": {retryAfter}})
	}
	return problem
}

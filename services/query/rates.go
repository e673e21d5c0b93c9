package query

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// RatesRequest is a file of exchange rates for a running query service.
type RatesRequest struct {
	// URL of the service; Token of role admin, if it asks for tokens.
	URL, Token string
	// Workspace that the rates are for. Empty: the first one.
	Workspace string
	// File holds CSV of day,from,to,rate, the ECB's history, or a JSON array.
	File io.Reader
}

// PostRates sends rates and returns what the service says it took. It takes all of a file or nothing.
func PostRates(ctx context.Context, r RatesRequest) (headline string, err error) {
	var posted answer.RatesPosted
	err = question{
		method: http.MethodPost, url: r.URL, path: "/api/v1/rates", token: r.Token, contentType: "text/csv",
		parameters: map[string]string{"workspace": r.Workspace}, body: r.File,
	}.ask(ctx, &posted)
	if err != nil {
		return "", fmt.Errorf("rates: %w", err)
	}
	return posted.Headline, nil
}

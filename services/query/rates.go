package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

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
	address, err := url.Parse(r.URL)
	if err != nil || address.Host == "" {
		return "", fmt.Errorf("rates: %q is not the address of a query service", r.URL)
	}
	address = address.JoinPath("/api/v1/rates")
	if r.Workspace != "" {
		address.RawQuery = url.Values{"workspace": {r.Workspace}}.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), r.File)
	if err != nil {
		return "", fmt.Errorf("rates: %w", err)
	}
	request.Header.Set("Content-Type", "text/csv")
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	response, err := (&http.Client{Timeout: reportTimeout}).Do(request)
	if err != nil {
		return "", fmt.Errorf("rates: ask the query service (is 'tributary up' running?): %w", err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReportBytes))
	if err != nil {
		return "", fmt.Errorf("rates: read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("rates: %w", problemIn(response.StatusCode, body))
	}
	var posted answer.RatesPosted
	if err := json.Unmarshal(body, &posted); err != nil {
		return "", fmt.Errorf("rates: %s does not answer as a query service: %w", r.URL, err)
	}
	return posted.Headline, nil
}

package query

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

type (
	// Models is the answer of /api/v1/models.
	Models = answer.Models
	// Model is one of them.
	Model = answer.Model
	// ModelsDiff is the answer of /api/v1/models/diff.
	ModelsDiff = answer.ModelsDiff
	// ModelsLearned is the answer of /api/v1/models/learned.
	ModelsLearned = answer.ModelsLearned
	// ModelsDiffRow is a channel's credit now and then.
	ModelsDiffRow = answer.ModelsDiffRow
)

// ModelsRequest is a question about models to a running query service.
type ModelsRequest struct {
	// URL of the service, and the API token where it wants one.
	URL, Token string
	Workspace  string
	// Model, Version and what follows are for AskModelsDiff.
	Model, Version, Basis, From, To, Measure, Limit string
	// Kind and Order are for AskModelsLearned, beside From and To.
	Kind, Order string
}

// AskModels asks a running service which models there are.
func AskModels(ctx context.Context, r ModelsRequest) (*Models, error) {
	result := &Models{}
	return result, r.ask(ctx, "/api/v1/models", map[string]string{"workspace": r.Workspace}, result)
}

// AskModelsDiff asks a running service what a shadow would change.
func AskModelsDiff(ctx context.Context, r ModelsRequest) (*ModelsDiff, error) {
	result := &ModelsDiff{}
	return result, r.ask(ctx, "/api/v1/models/diff", map[string]string{
		"workspace": r.Workspace, "model": r.Model, "version": r.Version, "basis": r.Basis, "from": r.From, "to": r.To, "measure": r.Measure, "limit": r.Limit,
	}, result)
}

// AskModelsLearned asks a running service what a Markov chain says of its channels.
func AskModelsLearned(ctx context.Context, r ModelsRequest) (*ModelsLearned, error) {
	result := &ModelsLearned{}
	return result, r.ask(ctx, "/api/v1/models/learned", map[string]string{"workspace": r.Workspace, "from": r.From, "to": r.To, "kind": r.Kind, "order": r.Order}, result)
}

func (r ModelsRequest) ask(ctx context.Context, path string, parameters map[string]string, into any) error {
	values := url.Values{}
	for name, value := range parameters {
		if value != "" {
			values.Set(name, value)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(r.URL, "/")+path+"?"+values.Encode(), nil)
	if err != nil {
		return fmt.Errorf("models: %q is not the URL of a query service: %w", r.URL, err)
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	response, err := (&http.Client{Timeout: reportTimeout}).Do(request)
	if err != nil {
		return fmt.Errorf("models: ask the query service (is 'tributary up' running?): %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReportBytes))
	if err != nil {
		return fmt.Errorf("models: read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("models: %w", problemIn(response.StatusCode, body))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("models: %s does not answer as a query service: %w", r.URL, err)
	}
	return nil
}

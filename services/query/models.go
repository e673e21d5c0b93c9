package query

import (
	"context"
	"fmt"

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
	if err := (question{url: r.URL, path: path, token: r.Token, parameters: parameters}).ask(ctx, into); err != nil {
		return fmt.Errorf("models: %w", err)
	}
	return nil
}

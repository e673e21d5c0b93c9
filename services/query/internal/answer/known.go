package answer

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// dealGaps says of an answer as of a moment what of it is not from records of that moment: deals that were there before their versions were kept. Nothing
// is said where all are.
func (a *Answerer) dealGaps(ctx context.Context, workspace string, asOf time.Time) ([]Warning, error) {
	if asOf.IsZero() {
		return nil, nil
	}
	gaps, err := a.source.DealGaps(ctx, workspace, asOf)
	if err != nil {
		return nil, err
	}
	var warnings []Warning
	if gaps.Before > 0 {
		warnings = append(warnings, Warning{Code: "history_begins_later", Detail: fmt.Sprintf(
			"Of %s what was known when is kept since %s only: before, stages and closes count from when they happened, not from when the CRM told of them. tributary rebuild brings their history.",
			plural(int(gaps.Before), "opportunity"), gaps.Since.UTC().Format(time.RFC3339))})
	}
	if gaps.Without > 0 {
		warnings = append(warnings, Warning{Code: "no_history", Detail: fmt.Sprintf(
			"Of %s there is no history, so that the answer lacks them: an older version of the sink has written them. tributary rebuild brings it.", readable.Integer(gaps.Without)+" opportunities")})
	}
	return warnings, nil
}

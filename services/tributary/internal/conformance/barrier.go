package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// barrierDeals is how many deals the barrier makes: enough that every partition of an engine on few machines has several of their subjects.
const barrierDeals = 24

// barrierEvents lead a touch over every hop that there is, from a visitor to an address, a contact, an account and its deal.
const barrierEvents = `[
  {"type": "page", "messageId": "p", "anonymousId": "v", "timestamp": "2025-01-01T12:00:00Z", "context": {"page": {"url": "https://www.shop.example/?utm_source=google&utm_medium=cpc"}}},
  {"type": "identify", "messageId": "i", "anonymousId": "v", "timestamp": "2025-01-02T12:00:00Z", "traits": {"email": "ann@acme.com"}},
  {"type": "contact", "id": "c", "occurred_at": "2025-01-03T12:00:00Z", "contact_id": "ann", "email": "ann@acme.com", "account_id": "acme"},
  {"type": "stage", "id": "s", "occurred_at": "2025-01-04T12:00:00Z", "opportunity_id": "deal", "account_id": "acme", "stage": "won", "amount": "1.00", "currency": "USD", "is_won": true}
]`

// barrier returns when deals that were sent after everything else have come out at the far end: what was sent before them has as well.
func (r *Runner) barrier(ctx context.Context) error {
	c := Case{Name: "barrier", Step: Step{Expect: Expect{Credit: map[string]Models{
		"o:deal": {"linear": {"revenue": {"p": "1.00 USD"}}},
	}}}}
	if err := json.Unmarshal([]byte(barrierEvents), &c.Events); err != nil {
		return fmt.Errorf("read the barrier's events: %w", err)
	}
	return r.each(ctx, barrierDeals, func(ctx context.Context, i int) error {
		t := r.trial(fmt.Sprintf("b%d", i))
		if _, err := r.play(ctx, t, &c); err != nil {
			return err
		}
		failed, err := r.finish(ctx, t, &c)
		if err == nil && len(failed) > 0 {
			err = fmt.Errorf("wait until the engine has worked off what was sent: %s", strings.Join(failed, "; "))
		}
		return err
	})
}

package answer

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// MaxEventRunes is how long an event id may be.
const MaxEventRunes = 512

// Cause answers what is known of the event that postings name as their cause.
func (a *Answerer) Cause(ctx context.Context, workspace, id string) (*Cause, error) {
	if id == "" || len([]rune(id)) > MaxEventRunes {
		return nil, invalid("id", "must have 1 to %d characters", MaxEventRunes)
	}
	var effects []store.Effect
	var touches []store.Touch
	var conversions []store.Conversion
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { effects, err = a.source.Effects(groupCtx, workspace, id); return err })
	group.Go(func() (err error) { touches, err = a.source.TouchOfEvent(groupCtx, workspace, id); return err })
	group.Go(func() (err error) { conversions, err = a.source.ConversionOf(groupCtx, workspace, id); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	c := &Cause{EventID: id, Workspace: workspace, Kind: "unknown", Effects: []CauseEffect{}}
	for _, e := range effects {
		c.Effects = append(c.Effects, CauseEffect{
			JourneyID: e.JourneyID, Reason: e.Reason, EffectiveAt: e.EffectiveAt.UTC(), RecordedAt: e.RecordedAt.UTC(), Postings: int64(e.Postings),
		})
	}
	if len(touches) > 0 {
		touch := touchOf(touches[0])
		c.Kind, c.Touchpoint = "touch", &touch
	}
	if len(conversions) > 0 {
		c.Kind, c.Conversion = "conversion", causeConversion(conversions[0])
	}
	if err := a.causeOpportunity(ctx, c); err != nil {
		return nil, err
	}
	if c.Kind == "unknown" && len(c.Effects) == 0 {
		return nil, fmt.Errorf("event %q: %w", id, ErrNotFound)
	}
	c.Sentence = c.sentence()
	return c, nil
}

func causeConversion(v store.Conversion) *CauseConversion {
	c := &CauseConversion{
		ConversionID: v.ID, Type: v.Type, OccurredAt: v.OccurredAt.UTC(), ReceivedAt: v.ReceivedAt.UTC(), Currency: v.Currency, PersonID: v.PersonID,
	}
	if v.HasValue {
		c.Value, _ = exact("conversion_value", v.ValueMinor, v.Currency)
	}
	return c
}

// causeOpportunity adds the deal that a stage record moved: the one whose posting has a fact's reason, with the stages that begin then.
func (a *Answerer) causeOpportunity(ctx context.Context, c *Cause) error {
	for _, e := range c.Effects {
		id, isOpportunity := strings.CutPrefix(e.JourneyID, "o:")
		if !isOpportunity || !isFact(e.Reason) {
			continue
		}
		found, err := a.source.OpportunityOf(ctx, c.Workspace, id)
		if err != nil {
			return err
		}
		c.Kind = "stage"
		if len(found) == 0 {
			return nil // deleted meanwhile: its postings are what is left
		}
		o := found[0]
		c.Opportunity = &CauseOpportunity{
			OpportunityID: o.ID, AccountID: o.AccountID, Stage: o.Stage, Currency: o.Currency, IsWon: o.IsWon, IsClosed: o.IsClosed, Stages: []CauseStage{},
		}
		if o.HasAmount {
			c.Opportunity.Amount, _ = exact("revenue", o.AmountMinor, o.Currency)
		}
		for _, v := range o.Stages {
			if v.EnteredAt.Equal(e.EffectiveAt) {
				amount, _ := exact("revenue", v.AmountMinor, v.Currency)
				c.Opportunity.Stages = append(c.Opportunity.Stages, CauseStage{
					Stage: v.Stage, SourceStage: v.SourceStage, EnteredAt: v.EnteredAt.UTC(), Amount: amount, Currency: v.Currency,
				})
			}
		}
		return nil
	}
	return nil
}

// isFact says that a reason is the journey's own facts, so that its cause is a record of the deal.
func isFact(reason string) bool {
	switch reason {
	case "opened", "stage", "amount", "won", "lost", "reopened", "deleted", "merged":
		return true
	}
	return false
}

func (c *Cause) sentence() string {
	did := "and changed no credit"
	if n := len(c.Effects); n > 0 {
		postings := int64(0)
		for _, e := range c.Effects {
			postings += e.Postings
		}
		did = fmt.Sprintf("and made %s in %s", countOf(postings, "posting"), countOf(int64(n), "change"))
	}
	switch {
	case c.Conversion != nil:
		return fmt.Sprintf("The event is a conversion (%s) of %s %s.", c.Conversion.Type, c.Conversion.OccurredAt.Format("2 January 2006"), did)
	case c.Opportunity != nil:
		return fmt.Sprintf("The event is a record of opportunity %s, which is in stage %s now, %s.", c.Opportunity.OpportunityID, c.Opportunity.Stage, did)
	case c.Touchpoint != nil:
		return fmt.Sprintf("The event begins a touch by %s of %s %s.", c.Touchpoint.Channel, c.Touchpoint.OccurredAt.Format("2 January 2006"), did)
	}
	return "What the event said is in the log of events (events-v1) only; " + strings.TrimPrefix(did, "and ") + "."
}

package answer

import (
	"context"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/quality"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// QualityRequest is a question for the quality of tracking. From and To are days; empty: the last 28.
type QualityRequest struct {
	Workspace, From, To, Channel, Campaign string
}

// Quality answers whether the figures can be trusted.
func (a *Answerer) Quality(ctx context.Context, r QualityRequest) (*quality.Report, error) {
	now := a.cfg.Now()
	q := store.QualityQuery{Workspace: r.Workspace, Channel: r.Channel, Campaign: r.Campaign, Today: performance.DayOf(now)}
	for _, day := range []struct {
		param, text string
		into        **performance.Day
	}{{"from", r.From, &q.From}, {"to", r.To, &q.To}} {
		if day.text == "" {
			continue
		}
		parsed, err := performance.ParseDay(day.text)
		if err != nil {
			return nil, invalid(day.param, "%v", err)
		}
		*day.into = &parsed
	}
	if q.From != nil && q.To != nil && *q.From > *q.To {
		return nil, invalid("to", "the period ends before it begins")
	}
	data, err := a.source.Quality(ctx, q)
	if err != nil {
		return nil, err
	}
	return quality.Judge(data, now), nil
}

package answer

import (
	"context"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// lagWindow is how many days of outcomes the lag is taken from: long enough for slow deals, recent enough to be of today's customers.
const lagWindow = 365

// maturityOf is nil where time was not asked for.
func (a *Answerer) maturityOf(ctx context.Context, f *frame, model string) (*Maturity, error) {
	if f.interval == "" {
		return nil, nil //nolint:nilnil // an answer without the question has no maturity
	}
	m, err := a.maturity(ctx, f, model)
	return &m, err
}

// maturity tells from which day on outcomes are still to come. What counts as now is the last day that the data knows, or today if that is
// earlier: a history of years ago is as complete as it will ever be up to its end.
func (a *Answerer) maturity(ctx context.Context, f *frame, model string) (Maturity, error) {
	m := Maturity{Measures: []MeasureLag{}}
	last, hasData, err := a.source.LastDay(ctx, f.Workspace)
	if err != nil || !hasData {
		return m, err
	}
	now := min(performance.DayOf(a.cfg.Now()), last)
	lags, err := a.source.Lags(ctx, store.LagQuery{
		Workspace: f.Workspace, Model: model, Period: performance.Period{From: max(performance.FirstDay, now-lagWindow), To: now},
		ConversionTypes: f.ConversionTypes,
	})
	if err != nil {
		return m, err
	}
	for _, l := range lags {
		lag := MeasureLag{Measure: l.Measure, MedianDays: l.MedianDays, P90Days: l.P90Days, Samples: count(l.Nano)}
		m.Measures = append(m.Measures, lag)
		if m.P90Days == nil || lag.P90Days > *m.P90Days {
			m.Measure, m.MedianDays, m.P90Days, m.Samples = lag.Measure, &lag.MedianDays, &lag.P90Days, lag.Samples
		}
	}
	if m.P90Days != nil && f.basis == performance.BasisTouch {
		// A touch of this day has had p90 days until now only with the day after: nine tenths of what it earns are there.
		m.ImmatureFrom = (now - performance.Day(*m.P90Days) + 1).String()
	}
	return m, nil
}

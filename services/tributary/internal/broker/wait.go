package broker

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	pollEvery = 100 * time.Millisecond
	// calm is how many times in a row nothing may be waiting before the pipeline counts as caught up: a record read by one stage
	// may not yet have become the next one's.
	calm = 2
)

// ErrBehind says that the pipeline did not catch up in time.
var ErrBehind = errors.New("the pipeline has not caught up")

// AwaitCaughtUp waits until every event has become rows in ClickHouse, or ctx ends; then the error is ErrBehind with what is waiting and
// where. onLag, when not nil, is told the lag each time it is asked for.
//
// The stages are asked in the order that records flow. Nothing waiting twice in a row, while nobody sends, means that nothing is left: an
// attributor's commit and its output are one transaction, and the sink commits what it has stored.
func (w *Watcher) AwaitCaughtUp(ctx context.Context, onLag func(Lag)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	quiet, last := 0, Lag{}
	var lastErr error
	for {
		lag, err := w.Lag(ctx, Pipeline()...)
		switch {
		case err != nil && ctx.Err() == nil:
			lastErr, quiet = err, 0
		case err != nil: // cut off by the end of the wait: what was known before says more
		case lag.Total() == 0:
			quiet++
		default:
			quiet = 0
		}
		if err == nil {
			last, lastErr = lag, nil
			if onLag != nil {
				onLag(lag)
			}
		}
		if quiet >= calm {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if lastErr != nil {
				return fmt.Errorf("%w: %w", ErrBehind, lastErr)
			}
			return fmt.Errorf("%w: still waiting: %s", ErrBehind, last)
		}
	}
}

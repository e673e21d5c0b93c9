package pipeline

import (
	"context"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
)

// write stores batches in the order they were built.
//
// Offsets are done only here, after every table of the batch was acknowledged. A crash before that repeats the whole batch, after it none: rows are
// idempotent, so neither shows.
func (p *Pipeline) write(ctx context.Context) {
	defer p.wg.Done()
	for b := range p.full {
		token := b.token()
		for _, t := range b.rows.Tables() {
			if t.Rows() == 0 {
				continue
			}
			if !p.insert(ctx, t, token) {
				return
			}
		}
		p.done(p.topic, b.next())
		b.reset()
		p.free <- b // never blocks: there are as many places as batches
	}
}

// insert writes one table's rows, for as long as it takes. False: the context ended first.
func (p *Pipeline) insert(ctx context.Context, t *rows.Table, token string) bool {
	for attempt := 0; ; attempt++ {
		begin := time.Now()
		err := p.store.Insert(ctx, t, token)
		if err == nil {
			now := time.Now()
			p.metrics.Inserted(t.Name, t.Rows(), now.Sub(begin), t.Newest(), now)
			p.recovered(t, attempt)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		p.metrics.Retry(t.Name)
		p.setErr(err)
		pause := backoff(attempt, p.cfg.RetryMin, p.cfg.RetryMax)
		if logged(attempt) {
			p.log.Warn("insert is tried again", zap.String("table", t.Name), zap.Int("rows", t.Rows()), zap.Int("attempt", attempt+1),
				zap.Duration("pause", pause), zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

func (p *Pipeline) recovered(t *rows.Table, attempts int) {
	if attempts == 0 {
		return
	}
	p.setErr(nil)
	p.log.Info("insert succeeded again", zap.String("table", t.Name), zap.Int("attempts", attempts+1))
}

// logged thins the log of a long outage out: attempts 1, 2, 4, 8 ...
func logged(attempt int) bool { return (attempt+1)&attempt == 0 }

// backoff doubles the pause up to the limit, and takes half of it at random, so that many writers do not come back at the same moment.
func backoff(attempt int, least, most time.Duration) time.Duration {
	d := most
	if attempt < 30 {
		d = min(most, least<<attempt)
	}
	return d/2 + rand.N(d/2+1)
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

const (
	// loadTick is how often the load hands over what is due: small enough that it arrives evenly.
	loadTick = 10 * time.Millisecond
	// loadInFlight bounds the batches under way; when the collector is slower than the rate, ticks are skipped and counted as late.
	loadInFlight = 16
	// loadVisitorsPerRate keeps a visitor's events some minutes apart at any rate.
	loadVisitorsPerRate = 100
)

// Load is a steady stream of events, dated now: most are page views of known visitors, some are orders.
type Load struct {
	// Rate is events per second.
	Rate int
	Seed uint64
	// Prefix starts every id.
	Prefix string
	// OnOrder, when set, is called for every acknowledged order with its conversion's message id and when the answer came.
	OnOrder func(messageID string, acknowledged time.Time)
}

// Run sends until ctx ends. It returns how many events were sent, and the first error that is not the end of ctx.
func (l Load) Run(ctx context.Context, to Sender, now func() time.Time) (sent int, err error) {
	rng := rand.New(rand.NewPCG(l.Seed, 2))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, loadInFlight)
	var inFlight sync.WaitGroup
	tick := time.NewTicker(loadTick)
	defer tick.Stop()
	start := now()
	for {
		select {
		case <-ctx.Done():
			inFlight.Wait()
			cause := context.Cause(ctx)
			if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
				return sent, nil
			}
			return sent, cause
		case <-tick.C:
		}
		due := int(now().Sub(start).Seconds()*float64(l.Rate)) - sent
		if due < 1 {
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			continue // Everything allowed is under way: what is due goes with a later tick.
		}
		events, orders := l.events(rng, sent, due, now())
		sent += due
		inFlight.Go(func() {
			defer func() { <-slots }()
			if err := to.Send(ctx, (&World{Events: events}).Source()); err != nil {
				if ctx.Err() == nil {
					cancel(err)
				}
				return
			}
			at := now()
			for _, id := range orders {
				if l.OnOrder != nil {
					l.OnOrder(id, at)
				}
			}
		})
	}
}

// events makes n events numbered from first on: in every 50 of them, 48 page views, one touch, one order.
func (l Load) events(rng *rand.Rand, first, n int, at time.Time) (events []Event, orders []string) {
	g := &generator{opts: Options{End: at.Add(time.Second), Prefix: l.Prefix}, sources: sources()}
	for i := first; i < first+n; i++ {
		visitor := fmt.Sprintf("%s-visitor-%d", l.Prefix, rng.IntN(max(1, l.Rate*loadVisitorsPerRate)))
		s := &g.sources[rng.IntN(len(g.sources))]
		id := fmt.Sprintf("%s-%d", l.Prefix, i)
		switch i % 50 {
		case 0:
			g.emit(at, replay.EndpointBatch, map[string]any{
				"type": "track", "event": "Order Completed", "messageId": id, "anonymousId": visitor, "timestamp": stamp(at),
				"properties": map[string]any{"revenue": 10 + rng.IntN(500), "currency": currency},
			})
			orders = append(orders, id)
		case 1:
			g.emit(at, replay.EndpointTouches, map[string]any{
				"type": "touch", "id": id, "occurred_at": stamp(at), "anonymous_id": visitor,
				"source": "webinar", "medium": "webinar", "channel": "Webinar",
			})
		default:
			g.emit(at, replay.EndpointBatch, map[string]any{
				"type": "page", "messageId": id, "anonymousId": visitor, "timestamp": stamp(at), "context": g.landing(s, rng),
			})
		}
	}
	return g.world.Events, orders
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// Outage takes the broker away for a time.
type Outage struct {
	For time.Duration
	// Away stops the broker, Back starts it again, at the same address with what it had.
	Away, Back func(context.Context) error
}

// around is how long facts stream with the broker there, before it goes and after it is back.
const around = 3 * time.Second

// RunOutage streams records while the broker is away, and kills the collector meanwhile, Options.Kills times at random moments: what it acknowledged is on its disk only.
// Services that end because the broker is away are started again, as a supervisor would. Like Run it leaves the services running.
func RunOutage(ctx context.Context, opts Options, outage Outage) (result Result, stop func(context.Context) error, err error) {
	f, err := newFleet(ctx, opts)
	stop = f.stop
	if err != nil {
		return result, stop, err
	}
	facts := &stream{seed: opts.Seed, rate: opts.Rate, begun: time.Now(), end: time.Now().UTC().Truncate(time.Hour)}
	tally := replay.NewTally()
	sent := send(ctx, opts, "http://"+f.addrs["collector"], facts, tally)
	result.Kills, err = f.through(ctx, outage, tally)
	facts.over.Store(true)
	err = errors.Join(err, <-sent)
	counts := tally.Counts()
	result.Sent, result.Acknowledged, result.Rejected = counts.Accepted, facts.ids, counts.Rejected
	return result, stop, err
}

func (f *fleet) through(ctx context.Context, outage Outage, tally *replay.Tally) (map[string]int, error) {
	if err := f.supervise(ctx, around, nil); err != nil {
		return nil, err
	}
	before := tally.Counts().Accepted
	if err := outage.Away(ctx); err != nil {
		return nil, fmt.Errorf("stop the broker: %w", err)
	}
	rng := rand.New(rand.NewPCG(f.opts.Seed, 5))
	moments := make([]time.Duration, f.opts.Kills)
	for i := range moments {
		moments[i] = time.Duration(rng.Int64N(int64(outage.For)))
	}
	err := f.supervise(ctx, outage.For, moments)
	fmt.Fprintf(f.opts.Progress, "chaos: the broker was away for %s, %d records were acknowledged meanwhile\n", outage.For, tally.Counts().Accepted-before)
	if err = errors.Join(err, outage.Back(ctx)); err != nil {
		return nil, err
	}
	if tally.Counts().Accepted == before {
		return nil, errors.New("nothing was acknowledged while the broker was away")
	}
	return map[string]int{"collector": len(moments)}, f.supervise(ctx, around, nil)
}

// supervise keeps the services running for a time, and kills the collector at the given moments of it.
func (f *fleet) supervise(ctx context.Context, d time.Duration, kills []time.Duration) error {
	begun := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for time.Since(begun) < d {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		for i, at := range kills {
			if at >= 0 && time.Since(begun) >= at {
				kills[i] = -1
				f.running["collector"].kill()
			}
		}
		for _, name := range f.names() {
			select {
			case <-f.running[name].done:
				if err := f.start(ctx, name, false); err != nil {
					return err
				}
			default:
			}
		}
	}
	return nil
}

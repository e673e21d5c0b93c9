package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// Tree streams records to a whole "tributary up" while it kills that and its engines, all at once, again and again. After the last kill it
// starts once more and waits until everything sent is acknowledged. The program goes on running until stop is called.
func Tree(ctx context.Context, opts Options) (result Result, stop func(context.Context) error, err error) {
	t := &tree{opts: opts, addrs: map[string]string{}}
	stop = func(ctx context.Context) error {
		if t.up == nil {
			return nil
		}
		return t.up.stop(ctx)
	}
	// The same addresses after each start, so that the sender finds it again.
	for _, flag := range []string{"--collector-addr", "--query-addr", "--kafka-addr", "--clickhouse-http-addr", "--clickhouse-tcp-addr"} {
		if t.addrs[flag], err = freeAddr(ctx); err != nil {
			return result, stop, err
		}
	}
	if err = t.start(ctx); err != nil {
		return result, stop, err
	}
	facts := &stream{seed: opts.Seed, rate: opts.Rate, begun: time.Now(), end: time.Now().UTC().Truncate(time.Hour)}
	tally := replay.NewTally()
	sent := send(ctx, opts, "http://"+t.addrs["--collector-addr"], facts, tally)
	kills, err := t.killAtRandom(ctx)
	result.Kills = map[string]int{"tree": kills}
	facts.over.Store(true)
	err = errors.Join(err, <-sent)
	counts := tally.Counts()
	result.Sent, result.Acknowledged, result.Rejected = counts.Accepted, facts.ids, counts.Rejected
	return result, stop, err
}

// tree is a "tributary up" with its engines.
type tree struct {
	opts  Options
	addrs map[string]string
	up    *process
}

func (t *tree) start(ctx context.Context) error {
	args := []string{"up", "--data-dir", t.opts.Dir, "--secret-key", t.opts.Key}
	for flag, addr := range t.addrs {
		args = append(args, flag, addr)
	}
	if t.opts.Config != "" {
		args = append(args, "--config", t.opts.Config)
	}
	p, err := start("up", filepath.Join(t.opts.Dir, "up.log"), args...)
	if err != nil {
		return err
	}
	t.up = p
	_, err = readyLine(ctx, p)
	go p.watch()
	return err
}

func (t *tree) killAtRandom(ctx context.Context) (int, error) {
	rng := rand.New(rand.NewPCG(t.opts.Seed, 4))
	for n := range t.opts.Kills {
		pause := t.opts.Pause/2 + time.Duration(rng.Float64()*float64(t.opts.Pause))
		select {
		case <-time.After(pause):
		case <-t.up.done:
			return n, fmt.Errorf("the program ended by itself before kill %d; its log is %s", n+1, filepath.Join(t.opts.Dir, "up.log"))
		case <-ctx.Done():
			return n, context.Cause(ctx)
		}
		if err := killTree(t.up); err != nil {
			return n, err
		}
		began := time.Now()
		if err := t.start(ctx); err != nil {
			return n + 1, err
		}
		fmt.Fprintf(t.opts.Progress, "chaos: tree %d of %d killed, ready again after %s\n", n+1, t.opts.Kills, time.Since(began).Round(10*time.Millisecond))
	}
	return t.opts.Kills, nil
}

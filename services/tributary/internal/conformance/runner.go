package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"
)

// Config says which engine is driven, and how patiently.
type Config struct {
	// Collector and Query are base addresses, Key a secret key of the collector, Token one of the query service when it asks for one.
	Collector, Query, Key, Token string
	// Parallel is how many cases are under way at once.
	Parallel int
	// Settle is how long nothing may change in what a step looks at before it counts as failed.
	Settle time.Duration
	// LookFirst is the pause before a step is looked at, and after the first look; later pauses grow to LookMax.
	LookFirst, LookMax time.Duration
}

// DefaultConfig suits an engine on the same machine.
func DefaultConfig() Config {
	return Config{Parallel: 24, Settle: 15 * time.Second, LookFirst: 600 * time.Millisecond, LookMax: 2 * time.Second}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.Collector == "" || c.Query == "" || c.Key == "" {
		errs = append(errs, errors.New("the addresses of collector and query service and a secret key are needed"))
	}
	if c.Parallel < 1 || c.Settle <= 0 || c.LookFirst <= 0 || c.LookMax < c.LookFirst {
		errs = append(errs, errors.New("parallel and the times must be positive, and the longest pause no shorter than the first"))
	}
	return errors.Join(errs...)
}

// Result is what became of a case.
type Result struct {
	Case *Case
	// Failed says what was not as expected, after which step; empty when all was.
	Failed []string
}

// Runner drives one engine.
type Runner struct {
	cfg    Config
	client *client
	// run is the prefix of this run: no id of an earlier one has it.
	run string
	id  isolator
}

// New returns a runner; it dials nothing yet.
func New(cfg Config) (*Runner, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	free, err := freeMail()
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = cfg.Parallel
	c := &client{
		http:      &http.Client{Transport: transport, Timeout: 30 * time.Second},
		collector: strings.TrimRight(cfg.Collector, "/"), query: strings.TrimRight(cfg.Query, "/"), key: cfg.Key, token: cfg.Token,
	}
	// rand.Text is letters and digits; the first is made a letter, for domains.
	return &Runner{cfg: cfg, client: c, run: "k" + strings.ToLower(rand.Text()[:10]), id: isolator{freeMail: free}}, nil
}

// Close gives up the connections.
func (r *Runner) Close() { r.client.http.CloseIdleConnections() }

// Run runs the cases and calls report for each when it is known what became of it. Steps that others follow are looked at until they came out; what
// the last step of each case comes to is looked at when the engine has worked off everything that was sent. So a repetition that should change
// nothing cannot pass before it was read. The error is one of ctx, or of an engine that does not answer.
func (r *Runner) Run(ctx context.Context, cases []Case, report func(Result)) error {
	trials := make([]*trial, len(cases))
	failed := make([][]string, len(cases))
	err := r.each(ctx, len(cases), func(ctx context.Context, i int) (err error) {
		trials[i] = r.trial(fmt.Sprintf("c%d", i))
		failed[i], err = r.play(ctx, trials[i], &cases[i])
		return err
	})
	if err != nil {
		return err
	}
	if err := r.barrier(ctx); err != nil {
		return err
	}
	var reporting sync.Mutex
	return r.each(ctx, len(cases), func(ctx context.Context, i int) (err error) {
		if len(failed[i]) == 0 {
			failed[i], err = r.finish(ctx, trials[i], &cases[i])
		}
		reporting.Lock()
		defer reporting.Unlock()
		report(Result{Case: &cases[i], Failed: failed[i]})
		return err
	})
}

// each calls do for 0 to n-1, as many at once as configured.
func (r *Runner) each(ctx context.Context, n int, do func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.cfg.Parallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

func (r *Runner) trial(name string) *trial {
	id := r.id
	id.prefix = r.run + name + "-"
	return &trial{client: r.client, id: id, posted: make(map[string]int64)}
}

// play takes a case through its steps and says what the first step that failed had otherwise. The last step is sent and not looked at.
func (r *Runner) play(ctx context.Context, t *trial, c *Case) ([]string, error) {
	steps := c.Steps()
	for n, step := range steps {
		requests, err := deliveries(t.id, step.Events)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.Name, err)
		}
		for _, d := range requests {
			if err := t.client.send(ctx, d); err != nil {
				return nil, fmt.Errorf("case %s: %w", c.Name, err)
			}
		}
		if n == len(steps)-1 {
			break
		}
		if failed, err := r.look(ctx, t, c, n, r.cfg.LookFirst); err != nil || len(failed) > 0 {
			return failed, err
		}
	}
	return nil, nil
}

// finish looks at what the last step came to.
func (r *Runner) finish(ctx context.Context, t *trial, c *Case) ([]string, error) {
	return r.look(ctx, t, c, len(c.Then), 0)
}

// look looks at what a step came to until it is as expected, or until nothing has changed for as long as configured. It returns the differences.
func (r *Runner) look(ctx context.Context, t *trial, c *Case, step int, pause time.Duration) ([]string, error) {
	steps := c.Steps()
	s, err := r.await(ctx, t, steps[step].Expect, pause)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.Name, err)
	}
	for name, version := range s.versions {
		t.posted[name] = version // what the next step posts comes after it
	}
	for i := range s.differences {
		s.differences[i] = fmt.Sprintf("step %d of %d: %s", step+1, len(steps), s.differences[i])
	}
	return s.differences, nil
}

func (r *Runner) await(ctx context.Context, t *trial, e Expect, pause time.Duration) (*sight, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = r.cfg.LookFirst, r.cfg.LookMax
	shown, changed := "", time.Now()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		s, err := t.look(ctx, e)
		if err != nil {
			return nil, err
		}
		if s.shown != shown {
			shown, changed = s.shown, time.Now()
		}
		if len(s.differences) == 0 || time.Since(changed) > r.cfg.Settle {
			return s, nil
		}
		timer.Reset(pauses.NextBackOff())
	}
}

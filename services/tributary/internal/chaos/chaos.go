// Package chaos kills Tributary's processes at random moments while facts stream in, and then asks whether anything was lost or counted
// twice.
//
// Run kills single services that share engines which stay up. Tree kills everything at once, the embedded broker and ClickHouse included,
// and lets the next start recover. Both end with the same question: does the batch recomputation from the events agree with what is in
// ClickHouse, to the last minor unit?
package chaos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// Options say what to do how often.
type Options struct {
	// Kills is how many processes, or whole trees, are killed.
	Kills int
	Seed  uint64
	// Rate is records per second that are sent meanwhile.
	Rate float64
	// Pause is the mean time between two kills.
	Pause time.Duration
	// Dir holds data and logs.
	Dir string
	// Brokers and ClickHouse are the shared engines of Run.
	Brokers, ClickHouse string
	// Config is a configuration file for the services, with the key below as a secret key.
	Config, Key string
	// Progress is told what happens.
	Progress io.Writer
}

// Result is what happened.
type Result struct {
	Kills map[string]int
	// Sent is how many records the collector acknowledged.
	Sent int
	// Acknowledged are the ids of these records, as far as they have one.
	Acknowledged []string
	// Rejected must be zero: killing must not make good records bad.
	Rejected int
	// Restart is from the start of an attributor's process to its first committed transaction.
	Restart Quantiles
}

// String is the result in a line.
func (r Result) String() string {
	total, words := 0, []string{}
	for _, name := range []string{"collector", "attributor", "sink", "tree"} {
		if n := r.Kills[name]; n > 0 {
			total += n
			words = append(words, fmt.Sprintf("%s %d", name, n))
		}
	}
	text := fmt.Sprintf("%d kills (%s), %d records acknowledged, %d rejected", total, strings.Join(words, ", "), r.Sent, r.Rejected)
	if r.Restart.N > 0 {
		text += fmt.Sprintf("; attributor from start to first commit: p50 %s, p99 %s, max %s over %d restarts", r.Restart.P50.Round(time.Millisecond),
			r.Restart.P99.Round(time.Millisecond), r.Restart.Max.Round(time.Millisecond), r.Restart.N)
	}
	return text
}

// fleet is the services under test, each in a process of its own on an address that stays the same over restarts.
type fleet struct {
	opts    Options
	addrs   map[string]string
	running map[string]*process
	restart latencies
	probes  sync.WaitGroup
}

// Run streams records while it kills services, then stops the stream and waits until everything sent is acknowledged. The services go on running
// until stop is called: the caller verifies in between.
func Run(ctx context.Context, opts Options) (result Result, stop func(context.Context) error, err error) {
	f, err := newFleet(ctx, opts)
	stop = f.stop
	if err != nil {
		return result, stop, err
	}
	facts := &stream{seed: opts.Seed, rate: opts.Rate, begun: time.Now(), end: time.Now().UTC().Truncate(time.Hour)}
	tally := replay.NewTally()
	sent := send(ctx, opts, "http://"+f.addrs["collector"], facts, tally)
	result.Kills, err = f.killAtRandom(ctx)
	facts.over.Store(true)
	err = errors.Join(err, <-sent)
	f.probes.Wait()
	counts := tally.Counts()
	result.Sent, result.Acknowledged, result.Rejected, result.Restart = counts.Accepted, facts.ids, counts.Rejected, f.restart.quantiles()
	return result, stop, err
}

// newFleet starts the services. What it started is in the fleet also when it fails.
func newFleet(ctx context.Context, opts Options) (*fleet, error) {
	f := &fleet{opts: opts, addrs: map[string]string{}, running: map[string]*process{}}
	for _, name := range f.names() {
		var err error
		if f.addrs[name], err = freeAddr(ctx); err != nil {
			return f, err
		}
		if err = f.start(ctx, name, true); err != nil {
			return f, err
		}
	}
	return f, nil
}

// send streams in the background; the channel yields its end.
func send(ctx context.Context, opts Options, collector string, facts replay.Source, tally *replay.Tally) <-chan error {
	done := make(chan error, 1)
	cfg := replay.DefaultConfig()
	cfg.Collector, cfg.Key, cfg.BatchItems, cfg.RetryFor = collector, opts.Key, 40, 2*time.Minute
	sender, err := replay.NewSender(cfg, tally)
	if err != nil {
		done <- err
		return done
	}
	go func() {
		defer sender.Close()
		done <- sender.Send(ctx, facts)
	}()
	return done
}

func (f *fleet) names() []string { return []string{"collector", "attributor", "sink"} }

// start starts a service. The first time it waits for its line "ready"; later the next kill may come before that, as in life.
func (f *fleet) start(ctx context.Context, name string, first bool) error {
	args := []string{name, "--config", f.opts.Config, "--data-dir", f.opts.Dir, "--brokers", f.opts.Brokers, "--addr", f.addrs[name]}
	if name == "sink" {
		args = append(args, "--clickhouse", f.opts.ClickHouse)
	}
	p, err := start(name, filepath.Join(f.opts.Dir, name+".log"), args...)
	if err != nil {
		return err
	}
	f.running[name] = p
	if first {
		if _, err = readyLine(ctx, p); err != nil {
			return err
		}
	}
	go p.watch()
	if name == "attributor" && !first {
		f.probe(ctx, p)
	}
	return nil
}

// probe measures a restart, unless the process is killed before.
func (f *fleet) probe(ctx context.Context, p *process) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	f.probes.Go(func() {
		defer cancel()
		go func() {
			select {
			case <-p.done:
				cancel()
			case <-ctx.Done():
			}
		}()
		if firstCommit(ctx, f.addrs["attributor"]) {
			f.restart.add(time.Since(p.born))
		}
	})
}

// killAtRandom kills and restarts; a service that ends by itself is an error, with its log to read.
func (f *fleet) killAtRandom(ctx context.Context) (map[string]int, error) {
	rng := rand.New(rand.NewPCG(f.opts.Seed, 3))
	kills := map[string]int{}
	for n := range f.opts.Kills {
		pause := time.Duration(rng.ExpFloat64() * float64(f.opts.Pause))
		// Half of the kills hit the attributor: it has the most to get wrong.
		name := []string{"attributor", "attributor", "collector", "sink"}[rng.IntN(4)]
		select {
		case <-time.After(min(pause, 10*f.opts.Pause)):
		case <-ctx.Done():
			return kills, context.Cause(ctx)
		}
		for other, p := range f.running {
			select {
			case <-p.done:
				return kills, fmt.Errorf("%s ended by itself before kill %d: %w; its log is %s", other, n+1, errors.Join(p.err), filepath.Join(f.opts.Dir, other+".log"))
			default:
			}
		}
		f.running[name].kill()
		kills[name]++
		if err := f.start(ctx, name, false); err != nil {
			return kills, err
		}
		if (n+1)%25 == 0 || n+1 == f.opts.Kills {
			fmt.Fprintf(f.opts.Progress, "chaos: %d of %d kills\n", n+1, f.opts.Kills)
		}
	}
	return kills, nil
}

// stop ends the services in order.
func (f *fleet) stop(ctx context.Context) error {
	var errs []error
	for _, name := range f.names() {
		if p := f.running[name]; p != nil {
			errs = append(errs, p.stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// readyLine reads what a process prints until its line "ready", and returns that line's values.
func readyLine(ctx context.Context, p *process) (map[string]string, error) {
	type answer struct {
		values map[string]string
		err    error
	}
	found := make(chan answer, 1)
	go func() {
		lines := bufio.NewScanner(p.stdout)
		for lines.Scan() {
			words := strings.Fields(lines.Text())
			if len(words) == 0 || words[0] != "ready" {
				continue
			}
			values := map[string]string{}
			for _, w := range words[1:] {
				k, v, _ := strings.Cut(w, "=")
				values[k] = v
			}
			found <- answer{values: values}
			return
		}
		found <- answer{err: fmt.Errorf("%s ended before it was ready", p.name)}
	}()
	select {
	case a := <-found:
		return a.values, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// freeAddr is a loopback address that was free a moment ago.
func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
	"github.com/tributary-attribution/tributary/services/tributary/internal/verify"
)

// lagEvery is how often a command that waits says for what.
const lagEvery = 5 * time.Second

// verifyRounds is how often verify compares while events come in.
const verifyRounds = 6

type verifyCommand struct {
	engineFlags
	Wait time.Duration `help:"How long to wait for the pipeline to catch up first." default:"15m"`
}

// Run waits until nothing is under way, recomputes, compares and prints. A difference is exit code 1.
func (c *verifyCommand) Run(ctx context.Context, s Streams) error {
	cfg, err := c.loadRunning()
	if err != nil {
		return err
	}
	return verifyEngines(ctx, s, cfg, c.Wait)
}

// verifyEngines is verify for engines with addresses.
func verifyEngines(ctx context.Context, s Streams, cfg *config.Config, wait time.Duration) error {
	engines, err := host.NewEngines(cfg, zap.NewNop(), nil, s.Err)
	if err != nil {
		return err
	}
	watcher, err := broker.NewWatcher(engines.Kafka)
	if err != nil {
		return err
	}
	defer watcher.Close()
	settings, err := host.AttributorConfig(cfg, engines.Kafka)
	if err != nil {
		return err
	}
	v := &verification{cfg: cfg, engines: engines, watcher: watcher, settings: settings, wait: wait, progress: s.Err}
	result, moving, err := v.settle(ctx)
	if err != nil {
		return err
	}
	result.Print(s.Out)
	fmt.Fprintf(s.Out, "recomputed in %s, compared in %s\n", v.recomputed.Round(time.Millisecond), v.compared.Round(time.Millisecond))
	switch n := result.Differences(); {
	case n > 0 && moving:
		fmt.Fprintf(s.Out, "NOT clean: %d differences in each of %d rounds, while events kept coming in; pause the senders to be sure\n", n, verifyRounds)
		return errSilent
	case n > 0:
		fmt.Fprintf(s.Out, "NOT clean: %d differences\n", n)
		return errSilent
	}
	fmt.Fprintln(s.Out, "clean: no difference")
	return nil
}

// verification is one run of verify.
type verification struct {
	cfg                  *config.Config
	engines              *host.Engines
	watcher              *broker.Watcher
	settings             attributor.Config
	wait                 time.Duration
	progress             io.Writer
	recomputed, compared time.Duration
}

// settle compares until there is no difference or, when nobody sends meanwhile, once. While events come in, only differences that stand in every
// round are left; moving says that it was so to the end.
func (v *verification) settle(ctx context.Context) (result *verify.Result, moving bool, err error) {
	for round := range verifyRounds {
		before, err := v.watcher.Events(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("ask Kafka at %s: %w", strings.Join(v.engines.Kafka.Brokers, ","), err)
		}
		latest, err := v.once(ctx)
		if err != nil {
			return nil, false, err
		}
		after, err := v.watcher.Events(ctx)
		if err != nil {
			return nil, false, err
		}
		moving = after != before
		if result != nil && moving {
			latest.Narrow(result)
		}
		result = latest
		if result.Differences() == 0 || !moving {
			break
		}
		fmt.Fprintf(v.progress, "round %d: %d differences while %d events came in\n", round+1, result.Differences(), after-before)
	}
	return result, moving, nil
}

// once waits until nothing is under way, recomputes and compares.
func (v *verification) once(ctx context.Context) (*verify.Result, error) {
	waitCtx, cancel := context.WithTimeout(ctx, v.wait)
	defer cancel()
	if err := v.watcher.AwaitCaughtUp(waitCtx, tellLag(v.progress)); err != nil {
		return nil, fmt.Errorf("nothing was compared, because %w", err)
	}
	started := time.Now()
	truth, err := attributor.Recompute(ctx, v.settings)
	if err != nil {
		return nil, err
	}
	v.recomputed = time.Since(started)
	result, err := verify.Compare(ctx, truth, v.engines.ClickHouse)
	v.compared = time.Since(started) - v.recomputed
	return result, err
}

// tellLag says now and then how much is waiting.
func tellLag(w io.Writer) func(broker.Lag) {
	told := time.Now()
	return func(lag broker.Lag) {
		if time.Since(told) > lagEvery && lag.Total() > 0 {
			told = time.Now()
			fmt.Fprintf(w, "waiting: %s\n", lag)
		}
	}
}

package cli

import (
	"context"
	"fmt"
	"io"
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
	waitCtx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := watcher.AwaitCaughtUp(waitCtx, tellLag(s.Err)); err != nil {
		return fmt.Errorf("nothing was compared, because %w", err)
	}
	settings, err := host.AttributorConfig(cfg, engines.Kafka)
	if err != nil {
		return err
	}
	started := time.Now()
	truth, err := attributor.Recompute(ctx, settings)
	if err != nil {
		return err
	}
	recomputed := time.Since(started)
	var models []string
	for _, m := range cfg.Models {
		models = append(models, m.Name)
	}
	result, err := verify.Compare(ctx, truth, engines.ClickHouse, models)
	if err != nil {
		return err
	}
	result.Print(s.Out)
	fmt.Fprintf(s.Out, "recomputed in %s, compared in %s\n", recomputed.Round(time.Millisecond), (time.Since(started) - recomputed).Round(time.Millisecond))
	if n := result.Differences(); n > 0 {
		fmt.Fprintf(s.Out, "NOT clean: %d differences\n", n)
		return errSilent
	}
	fmt.Fprintln(s.Out, "clean: no difference")
	return nil
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

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/pkg/telemetry"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

type rebuildCommand struct {
	engineFlags
	ResetOnly bool          `help:"Only drop what is derived, and leave computing it to the services that are started next."`
	Wait      time.Duration `help:"How long the computation may take." default:"24h"`
}

// Run drops everything derived and computes it again here. Nothing else may run on these engines meanwhile: an embedded Tributary must be
// stopped, and in a cluster the attributors and sinks.
func (c *rebuildCommand) Run(ctx context.Context, s Streams) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	// The embedded engines are reached by this process alone.
	cfg.Engines.Kafka.Addr, cfg.Engines.ClickHouse.HTTPAddr, cfg.Engines.ClickHouse.TCPAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	log, err := newLogger(cfg)
	if err != nil {
		return err
	}
	up, err := host.NewRebuild(host.Options{Config: cfg, Logger: log, Registry: telemetry.NewRegistry(), Progress: s.Err}, c.ResetOnly)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := up.Start(ctx); err != nil {
		var held *datadir.LockedError
		if errors.As(err, &held) {
			return fmt.Errorf("%w; stop it first: what it computes meanwhile would be lost or counted against the new state", held)
		}
		return err
	}
	if !c.ResetOnly {
		err = c.await(ctx, s, up)
	}
	err = errors.Join(err, up.Stop(context.WithoutCancel(ctx)))
	if err == nil {
		fmt.Fprintf(s.Out, "rebuilt in %s\n", time.Since(started).Round(10*time.Millisecond))
	}
	return err
}

// await waits until everything has been computed and stored, and says now and then how much is left.
func (c *rebuildCommand) await(ctx context.Context, s Streams, up *host.Up) error {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	watcher, err := broker.NewWatcher(up.Kafka())
	if err != nil {
		return err
	}
	defer watcher.Close()
	ended := make(chan error, 1)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case err := <-up.Ended():
			ended <- err
			cancel()
		case <-stop:
		}
	}()
	err = watcher.AwaitCaughtUp(ctx, tellLag(s.Err))
	select {
	case cause := <-ended:
		return cause
	default:
		return err
	}
}

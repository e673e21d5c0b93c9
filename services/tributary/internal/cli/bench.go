package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/tributary/internal/bench"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

type benchCommand struct {
	dataDirFlag
	Rate   int           `help:"Events a second while freshness is measured." default:"1000"`
	For    time.Duration `help:"How long." default:"30s"`
	Grace  time.Duration `help:"How long to wait for the last orders." default:"30s"`
	Replay []string      `help:"Files to replay afterwards, for throughput." type:"existingfile" placeholder:"FILE"`
}

// Run measures and prints one line per figure.
func (c *benchCommand) Run(ctx context.Context, s Streams) error {
	running, err := c.running()
	if err != nil {
		return err
	}
	store, err := clickhouse.ParseDSN(running.ClickHouseDSN)
	if err != nil {
		return err
	}
	to := replay.DefaultConfig()
	to.Collector, to.Key = running.Collector, running.SecretKey
	sender, err := replay.NewSender(to, replay.NewTally())
	if err != nil {
		return err
	}
	defer sender.Close()
	if c.For > 0 {
		freshness, err := bench.MeasureFreshness(ctx, sender, store, c.Rate, c.For, c.Grace)
		if err != nil {
			return err
		}
		fmt.Fprintln(s.Out, freshness)
		if err := printMemory(s, "memory under load", running); err != nil {
			return err
		}
	}
	if len(c.Replay) > 0 {
		if err := c.throughput(ctx, s, running, to); err != nil {
			return err
		}
		return printMemory(s, "memory after replay", running)
	}
	return nil
}

// throughput replays files, and waits until all of it is visible.
func (c *benchCommand) throughput(ctx context.Context, s Streams, running datadir.Running, to replay.Config) error {
	watcher, err := broker.NewWatcher(kafka.Config{Brokers: running.Brokers, ClientID: "tributary-bench"})
	if err != nil {
		return err
	}
	defer watcher.Close()
	tally, meter := replay.NewTally(), &replay.Meter{}
	sources, closeAll, err := openFiles(c.Replay, s.In, meter)
	defer closeAll()
	if err != nil {
		return err
	}
	started := time.Now()
	if err := send(ctx, s, to, tally, meter, sources...); err != nil {
		return err
	}
	accepted := time.Since(started)
	if err := watcher.AwaitCaughtUp(ctx, nil); err != nil {
		return err
	}
	visible := time.Since(started)
	n := float64(tally.Counts().Accepted)
	fmt.Fprintf(s.Out, "throughput: %.0f records accepted at %.0f/s; all visible after %s, %.0f/s from end to end\n",
		n, n/accepted.Seconds(), visible.Round(10*time.Millisecond), n/visible.Seconds())
	return nil
}

func printMemory(s Streams, what string, running datadir.Running) error {
	names := map[int]string{}
	for name, pid := range running.Engines {
		names[pid] = name
	}
	parts, err := bench.MeasureMemory(running.PID, names)
	if err != nil {
		return err
	}
	total := int64(0)
	fmt.Fprintf(s.Out, "%s:", what)
	for _, p := range parts {
		total += p.Bytes
		fmt.Fprintf(s.Out, " %s %d MB,", p.Name, p.Bytes>>20)
	}
	fmt.Fprintf(s.Out, " total %d MB\n", total>>20)
	return nil
}

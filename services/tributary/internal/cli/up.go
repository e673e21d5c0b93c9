package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/telemetry"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

type upCommand struct {
	engineFlags
	Demo               bool   `help:"Send the demo world once all is up, and a trickle of live traffic after it."`
	SecretKey          string `help:"Secret key; without it, a development key of the data folder." env:"TRIBUTARY_SECRET_KEY" placeholder:"K"`
	CollectorAddr      string `help:"Where the collector listens." placeholder:"HOST:PORT"`
	QueryAddr          string `help:"Where the API and the page listen." placeholder:"HOST:PORT"`
	ClickHouseHTTPAddr string `name:"clickhouse-http-addr" help:"Where the embedded ClickHouse listens for HTTP." placeholder:"HOST:PORT"`
	ClickHouseTCPAddr  string `name:"clickhouse-tcp-addr" help:"Where the embedded ClickHouse listens for its native protocol." placeholder:"HOST:PORT"`
	KafkaAddr          string `help:"Where the embedded broker listens." placeholder:"HOST:PORT"`
}

// load reads the configuration and puts the flags over it.
func (c *upCommand) load() (*config.Config, error) {
	cfg, err := c.engineFlags.load()
	if err != nil {
		return nil, err
	}
	override(&cfg.Collector.Addr, c.CollectorAddr)
	override(&cfg.Query.Addr, c.QueryAddr)
	override(&cfg.Engines.Kafka.Addr, c.KafkaAddr)
	override(&cfg.Engines.ClickHouse.HTTPAddr, c.ClickHouseHTTPAddr)
	override(&cfg.Engines.ClickHouse.TCPAddr, c.ClickHouseTCPAddr)
	if c.SecretKey != "" {
		// First, so that it is the one that other commands take.
		key := config.Key{Name: "command-line", Kind: config.KeySecret, Workspace: cfg.Workspaces[0].Name, Key: config.Secret(c.SecretKey)}
		cfg.Keys = append([]config.Key{key}, cfg.Keys...)
	}
	return cfg, cfg.Validate()
}

// Run starts everything, says so in one line, and stops when it is told to or when a part ends by itself.
func (c *upCommand) Run(ctx context.Context, s Streams) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	log, err := newLogger(cfg)
	if err != nil {
		return err
	}
	limitMemory(servicesMemory)
	outliveReaders()
	up, err := host.NewUp(host.Options{Config: cfg, ConfigFile: c.Config, Logger: log, Registry: telemetry.NewRegistry(), Progress: s.Err})
	if err != nil {
		return err
	}
	if err := up.Start(ctx); err != nil {
		return startError(ctx, err)
	}
	fmt.Fprintln(s.Out, up.ReadyLine())
	watched := watch(ctx, cfg, watching{file: c.Config, load: c.load, apply: up.Reload, log: log})
	demoCtx, stopDemo := context.WithCancel(ctx)
	demoDone := make(chan struct{})
	go func() {
		defer close(demoDone)
		if c.Demo {
			if err := runDemo(demoCtx, s, up, cfg); err != nil && demoCtx.Err() == nil {
				fmt.Fprintln(s.Err, "demo:", err)
			}
		}
	}()
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-up.Ended():
	}
	stopDemo()
	<-demoDone
	watched()
	fmt.Fprintln(s.Err, "stopping")
	return errors.Join(cause, up.Stop(context.WithoutCancel(ctx)))
}

// outliveReaders lets a server go on when nobody reads its output any more ("tributary up | head -1"): it would be ended in the middle of its work, and
// the next start would have to recover. What it says then is lost.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }

// startError words why it could not start. Being told to stop while starting is no error: what had started is stopped again.
func startError(ctx context.Context, err error) error {
	var held *datadir.LockedError
	switch {
	case errors.As(err, &held):
		return fmt.Errorf("%w; stop that one first, or name another folder with --data-dir", held)
	case errors.Is(err, datadir.ErrFolder):
		return fmt.Errorf("%w; name another folder with --data-dir", err)
	case ctx.Err() != nil:
		return nil //nolint:nilerr // Told to stop: the error only says that it did.
	default:
		return err
	}
}

// servicesMemory is what the garbage collector aims to keep the services under, when the environment says nothing: a burst would else leave
// the heap at several times what is in use, on a machine that is meant to do other work as well.
const servicesMemory = 512 << 20

// collectAt is the growth of the heap, in percent, at which garbage is collected while the limit above is far away. Most of what a transaction
// allocates is dead when it ends, as is what a request allocates: collecting a third as often made the replay of 400,000 records 14 % faster for 40 MB, and a
// collector of batches a tenth to a quarter for 60 MB.
const collectAt = 300

// collectorMemory is servicesMemory for a collector on its own.
const collectorMemory = 192 << 20

func limitMemory(most int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

// override puts a flag that was given over a setting.
func override(setting *string, flag string) {
	if flag != "" {
		*setting = flag
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
	"github.com/tributary-attribution/tributary/services/tributary/internal/chaos"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

const (
	chaosKey = "sk_chaos_0123456789"
	// chaosPatience bounds the wait for the pipeline to catch up after the last kill.
	chaosPatience = 10 * time.Minute
)

type chaosCommand struct {
	Kills      int           `help:"How many processes, or whole trees, are killed." default:"50"`
	Tree       bool          `help:"Kill everything at once each time, the embedded broker and ClickHouse included."`
	BrokerAway time.Duration `help:"Stop the broker for so long while records stream in, and kill the collector meanwhile; 0 leaves it alone." default:"0"`
	Seed       uint64        `help:"Which facts, and which moments." default:"1"`
	Rate       float64       `help:"Records a second sent meanwhile." default:"300"`
	Pause      time.Duration `help:"Mean time between kills; without it, 400ms, or 4s for trees." default:"0"`
	DataDir    string        `help:"Folder for data and logs; without it, a temporary one that is kept only when something is wrong." type:"path" placeholder:"D"`
}

// Run kills, verifies and says what came of it. A difference, a lost or a rejected record is exit code 1.
func (c *chaosCommand) Run(ctx context.Context, s Streams) error {
	if c.Pause == 0 {
		c.Pause = 400 * time.Millisecond
		if c.Tree {
			c.Pause = 4 * time.Second
		}
	}
	dir, temporary := c.DataDir, c.DataDir == ""
	if temporary {
		var err error
		if dir, err = os.MkdirTemp("", "tributary-chaos-"); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	run := c.services
	switch {
	case c.Tree:
		run = c.trees
	case c.BrokerAway > 0:
		run = c.outage
	}
	err := run(ctx, s, dir)
	if err != nil || !temporary {
		fmt.Fprintf(s.Err, "chaos: data and logs are in %s\n", dir)
		return err
	}
	return os.RemoveAll(dir)
}

func (c *chaosCommand) options(s Streams, dir string) chaos.Options {
	return chaos.Options{Kills: c.Kills, Seed: c.Seed, Rate: c.Rate, Pause: c.Pause, Dir: dir, Key: chaosKey, Progress: s.Err}
}

// services kills single services around engines that stay up.
func (c *chaosCommand) services(ctx context.Context, s Streams, dir string) error {
	return c.around(ctx, s, dir, nil)
}

// outage takes the broker away and kills collectors.
func (c *chaosCommand) outage(ctx context.Context, s Streams, dir string) error {
	return c.around(ctx, s, dir, &ownBroker{dir: filepath.Join(dir, "broker"), addr: "127.0.0.1:0"})
}

// ownBroker is an embedded broker that can be stopped and started again where it was.
type ownBroker struct {
	dir, addr string
	running   *embedded.Kafka
}

func (b *ownBroker) start(ctx context.Context) error {
	k, err := embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: b.dir, Addr: b.addr, SyncWrites: true})
	if err == nil {
		b.running, b.addr = k, k.Brokers()[0]
	}
	return err
}

func (b *ownBroker) stop(ctx context.Context) error { return b.running.Stop(ctx) }

// around runs services on engines of its own, whose broker may be one that goes away.
func (c *chaosCommand) around(ctx context.Context, s Streams, dir string, broker *ownBroker) (err error) {
	file := filepath.Join(dir, "chaos.yaml")
	text := fmt.Sprintf("keys: [{name: chaos, kind: secret, key: %s}]\nengines: {data_dir: %s, kafka: {partitions: 2}}\nsink: {instance_id: chaos}\nlog: {level: warn}\n", chaosKey, dir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	cfg.Engines.Kafka.Addr, cfg.Engines.ClickHouse.HTTPAddr, cfg.Engines.ClickHouse.TCPAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	opts := c.options(s, dir)
	opts.Config = file
	run := chaos.Run
	if broker != nil {
		if err := broker.start(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, broker.stop(context.WithoutCancel(ctx))) }()
		cfg.Engines.Kafka.Brokers = []string{broker.addr}
		run = func(ctx context.Context, opts chaos.Options) (chaos.Result, func(context.Context) error, error) {
			return chaos.RunOutage(ctx, opts, chaos.Outage{For: c.BrokerAway, Away: broker.stop, Back: broker.start})
		}
	}
	engines, err := host.NewEngines(cfg, zap.NewNop(), nil, s.Err)
	if err != nil {
		return err
	}
	if err := engines.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engines.Stop(context.WithoutCancel(ctx))) }()
	if err := host.Prepare(ctx, cfg, engines, zap.NewNop()); err != nil {
		return err
	}
	opts.Brokers = strings.Join(engines.Kafka.Brokers, ",")
	opts.ClickHouse = "clickhouse://" + strings.Join(engines.ClickHouse.Addr, ",") + "/" + engines.ClickHouse.Database
	// From here on the engines are given ones, as for the services.
	cfg.Engines.Kafka.Brokers, cfg.Engines.ClickHouse.DSN = engines.Kafka.Brokers, config.Secret(opts.ClickHouse)
	result, stop, err := run(ctx, opts)
	defer func() { err = errors.Join(err, stop(context.WithoutCancel(ctx))) }()
	fmt.Fprintln(s.Out, result)
	if err != nil {
		return err
	}
	return judge(ctx, s, result, cfg)
}

// trees kills the whole program with its engines.
func (c *chaosCommand) trees(ctx context.Context, s Streams, dir string) (err error) {
	result, stop, err := chaos.Tree(ctx, c.options(s, dir))
	defer func() { err = errors.Join(err, stop(context.WithoutCancel(ctx))) }()
	fmt.Fprintln(s.Out, result)
	if err != nil {
		return err
	}
	cfg, err := engineFlags{DataDir: dir}.loadRunning()
	if err != nil {
		return err
	}
	return judge(ctx, s, result, cfg)
}

// judge compares everything once the pipeline has caught up.
func judge(ctx context.Context, s Streams, result chaos.Result, cfg *config.Config) error {
	if err := verifyEngines(ctx, s, cfg, chaosPatience); err != nil {
		return err
	}
	if result.Rejected > 0 {
		return fmt.Errorf("%d good records were rejected", result.Rejected)
	}
	return nothingLost(ctx, s, result, cfg)
}

// nothingLost looks for every acknowledged record on events-v1: the comparison starts from there, and says nothing about what never came so far.
func nothingLost(ctx context.Context, s Streams, result chaos.Result, cfg *config.Config) error {
	engines, err := host.NewEngines(cfg, zap.NewNop(), nil, s.Err)
	if err != nil {
		return err
	}
	watcher, err := broker.NewWatcher(engines.Kafka)
	if err != nil {
		return err
	}
	defer watcher.Close()
	stored, err := watcher.EventIDs(ctx)
	if err != nil {
		return err
	}
	lost, again := result.Lost(stored), 0
	for _, n := range stored {
		again += n - 1
	}
	fmt.Fprintf(s.Out, "%d acknowledged ids, %d of them lost; %d records came to Kafka more than once, and were counted once\n", len(result.Acknowledged), len(lost), again)
	if len(lost) > 0 {
		return fmt.Errorf("%d acknowledged records are lost, such as %s", len(lost), lost[0])
	}
	if len(result.Acknowledged) == 0 {
		return errors.New("nothing was acknowledged")
	}
	return nil
}

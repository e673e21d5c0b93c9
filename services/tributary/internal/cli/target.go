package cli

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// dataDirFlag is the folder of a Tributary on this machine.
type dataDirFlag struct {
	DataDir string `help:"Data folder of the tributary on this machine." type:"path" default:".tributary" placeholder:"D"`
}

func (f dataDirFlag) running() (datadir.Running, error) { return datadir.Dir(f.DataDir).ReadRunning() }

// collectorFlags say where records are sent.
type collectorFlags struct {
	dataDirFlag
	CollectorURL address `name:"collector" help:"Collector's address; without it, the one running on the data folder." placeholder:"URL"`
	Key          string  `help:"Secret key; without it, that of the data folder." env:"TRIBUTARY_KEY" placeholder:"K"`
}

// target fills in a sender's address and key from the running Tributary where they were not given.
func (f collectorFlags) target(cfg *replay.Config) error {
	cfg.Collector, cfg.Key = strings.TrimRight(string(f.CollectorURL), "/"), f.Key
	if cfg.Collector != "" && cfg.Key != "" {
		return nil
	}
	running, err := f.running()
	if errors.Is(err, datadir.ErrNotRunning) {
		return fmt.Errorf("%w; start one with \"tributary up\", or give --collector and --key", err)
	}
	if err != nil {
		return err
	}
	if cfg.Collector == "" {
		cfg.Collector = running.Collector
	}
	if cfg.Key == "" {
		cfg.Key = running.SecretKey
	}
	return nil
}

// engineFlags choose the engines; without them they are embedded, or those of the running Tributary.
type engineFlags struct {
	configFlag
	DataDir    string   `help:"Data folder." type:"path" placeholder:"D"`
	Brokers    []string `help:"Kafka bootstrap addresses, separated by commas." placeholder:"HOST:PORT"`
	ClickHouse string   `name:"clickhouse" help:"ClickHouse address: clickhouse://user:password@host:9000/tributary." env:"TRIBUTARY_CLICKHOUSE" placeholder:"DSN"`
}

// load reads the configuration and puts the flags over it.
func (f engineFlags) load() (*config.Config, error) {
	cfg, err := f.configFlag.load()
	if err != nil {
		return nil, err
	}
	if f.DataDir != "" {
		cfg.Engines.DataDir = f.DataDir
	}
	if len(f.Brokers) > 0 {
		cfg.Engines.Kafka.Brokers = f.Brokers
	}
	for _, b := range f.Brokers {
		if _, port, err := net.SplitHostPort(b); err != nil || port == "" {
			return nil, usage("--brokers: %q is not host:port, as 127.0.0.1:9092", b)
		}
	}
	if f.ClickHouse != "" {
		if _, err := clickhouse.ParseDSN(f.ClickHouse); err != nil {
			return nil, usage("--clickhouse: %w; it looks like clickhouse://user:password@host:9000/tributary", err)
		}
		cfg.Engines.ClickHouse.DSN = config.Secret(f.ClickHouse)
	}
	return cfg, nil
}

// loadRunning is load for commands that look at a working installation: engines that are not configured are those of the Tributary that
// runs on the data folder, and its configuration is taken when none is named.
func (f engineFlags) loadRunning() (*config.Config, error) {
	cfg, err := f.load()
	if err != nil || len(cfg.Engines.Kafka.Brokers) > 0 && cfg.Engines.ClickHouse.DSN != "" {
		return cfg, err
	}
	running, err := datadir.Dir(cfg.Engines.DataDir).ReadRunning()
	if errors.Is(err, datadir.ErrNotRunning) {
		return nil, fmt.Errorf("%w; start one with \"tributary up\", or give --brokers and --clickhouse", err)
	}
	if err != nil {
		return nil, err
	}
	if f.Config == "" && running.Config != "" {
		f.Config = running.Config
		if cfg, err = f.load(); err != nil {
			return nil, err
		}
	}
	if len(cfg.Engines.Kafka.Brokers) == 0 {
		cfg.Engines.Kafka.Brokers, cfg.Engines.Kafka.Partitions = running.Brokers, running.Partitions
	}
	if cfg.Engines.ClickHouse.DSN == "" {
		cfg.Engines.ClickHouse.DSN = config.Secret(running.ClickHouseDSN)
	}
	return cfg, nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/lifecycle"
	"github.com/tributary-attribution/tributary/pkg/telemetry"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/collector"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/sink"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

// serviceFlags are those of a service on its own.
type serviceFlags struct {
	engineFlags
	Addr string `help:"Where it listens: its API, or health and metrics." placeholder:"HOST:PORT"`
}

// service is one of the four, ready to run alone.
type service interface {
	lifecycle.Component
	Ready() error
}

// surroundings are what a service on its own is built with.
type surroundings struct {
	cfg      *config.Config
	engines  *host.Engines
	log      *zap.Logger
	registry *prometheus.Registry
}

// ensureTopics makes the topics that are missing: whichever service comes first in a new cluster.
func (s *surroundings) ensureTopics(ctx context.Context) error {
	return kafka.EnsureTopics(ctx, s.engines.Kafka, s.cfg.Engines.Kafka.PartitionCount(), s.cfg.Engines.Kafka.Replication)
}

// surround reads the configuration for one service. Its engines must have addresses: only "up" embeds them.
func (f serviceFlags) surround(s Streams, needsKafka, needsStore bool) (*surroundings, error) {
	cfg, err := f.load()
	if err != nil {
		return nil, err
	}
	if needsKafka && len(cfg.Engines.Kafka.Brokers) == 0 {
		return nil, errors.New("a service on its own needs a Kafka cluster: give --brokers, or engines.kafka.brokers in the configuration")
	}
	if needsStore && cfg.Engines.ClickHouse.DSN == "" {
		return nil, errors.New("a service on its own needs a ClickHouse: give --clickhouse, or engines.clickhouse.dsn in the configuration")
	}
	log, err := newLogger(cfg)
	if err != nil {
		return nil, err
	}
	registry := telemetry.NewRegistry()
	engines, err := host.NewEngines(cfg, log, registry, s.Err)
	return &surroundings{cfg: cfg, engines: engines, log: log, registry: registry}, err
}

// serve runs a service until ctx ends or it ends by itself. opsAddr, when set, gets health and metrics.
func serve(ctx context.Context, s Streams, sur *surroundings, name string, svc service, opsAddr string) error {
	outliveReaders()
	var group lifecycle.Group
	var ops *httpx.Server
	if opsAddr != "" {
		mux := http.NewServeMux()
		httpx.Operations(mux, httpx.Checks{name: svc.Ready}, sur.registry)
		cfg := httpx.DefaultConfig()
		cfg.Addr = opsAddr
		var err error
		if ops, err = httpx.NewServer(cfg, mux, sur.log); err != nil {
			return err
		}
		group.Add("health and metrics", ops)
	}
	switch {
	case len(sur.engines.Kafka.Brokers) == 0:
	case name == "collector" && sur.cfg.Collector.SpoolBytes >= 0:
		group.Add("topics", sur.topicsInTheBackground())
	default:
		group.Add("topics", lifecycle.Funcs{OnStart: sur.ensureTopics})
	}
	group.Add(name, svc)
	group.Add("announcement", lifecycle.Funcs{OnStart: func(context.Context) error {
		addr := ""
		if l, ok := svc.(interface{ Addr() string }); ok {
			addr = l.Addr()
		} else if ops != nil {
			addr = ops.Addr()
		}
		_, err := fmt.Fprintf(s.Out, "ready %s=http://%s\n", name, addr)
		return err
	}})
	return group.Run(ctx)
}

type collectorCommand struct{ serviceFlags }

// Run runs the collector.
func (c *collectorCommand) Run(ctx context.Context, s Streams) error {
	limitMemory(collectorMemory)
	sur, err := c.surround(s, true, false)
	if err != nil {
		return err
	}
	override(&sur.cfg.Collector.Addr, c.Addr)
	if len(sur.cfg.Keys)+len(sur.cfg.Webhooks) == 0 {
		return errors.New("nobody could send anything: configure keys or webhooks")
	}
	svc, err := collector.New(host.CollectorConfig(sur.cfg, sur.engines.Kafka), collector.Dependencies{
		Logger: sur.log, Registry: sur.registry, Gatherer: sur.registry,
	})
	if err != nil {
		return err
	}
	apply := func(load func() (*config.Config, error)) error {
		return svc.Reload(func() (collector.Config, error) {
			cfg, err := load()
			if err != nil {
				return collector.Config{}, err
			}
			return host.CollectorConfig(cfg, sur.engines.Kafka), nil
		})
	}
	defer watch(ctx, sur.cfg, watching{file: c.Config, load: c.load, apply: apply, log: sur.log})()
	return serve(ctx, s, sur, "collector", svc, "")
}

type attributorCommand struct{ serviceFlags }

// Run runs the attributor.
func (c *attributorCommand) Run(ctx context.Context, s Streams) error {
	sur, err := c.surround(s, true, false)
	if err != nil {
		return err
	}
	override(&sur.cfg.Attributor.Addr, c.Addr)
	cfg, err := host.AttributorConfig(sur.cfg, sur.engines.Kafka)
	if err != nil {
		return err
	}
	svc, err := attributor.New(cfg, attributor.Dependencies{Logger: sur.log, Registry: sur.registry})
	if err != nil {
		return err
	}
	return serve(ctx, s, sur, "attributor", svc, sur.cfg.Attributor.Addr)
}

type sinkCommand struct{ serviceFlags }

// Run runs the sink.
func (c *sinkCommand) Run(ctx context.Context, s Streams) error {
	sur, err := c.surround(s, true, true)
	if err != nil {
		return err
	}
	override(&sur.cfg.Sink.Addr, c.Addr)
	cfg, err := host.SinkConfig(sur.cfg, sur.engines.Kafka, sur.engines.ClickHouse)
	if err != nil {
		return err
	}
	svc, err := sink.New(cfg, sink.Dependencies{Logger: sur.log, Registry: sur.registry})
	if err != nil {
		return err
	}
	return serve(ctx, s, sur, "sink", svc, sur.cfg.Sink.Addr)
}

type queryCommand struct{ serviceFlags }

// Run runs the query service.
func (c *queryCommand) Run(ctx context.Context, s Streams) error {
	sur, err := c.surround(s, false, true)
	if err != nil {
		return err
	}
	override(&sur.cfg.Query.Addr, c.Addr)
	svc, err := query.New(host.QueryConfig(sur.cfg, sur.engines.Kafka, sur.engines.ClickHouse, ""), query.Dependencies{
		Logger: sur.log, Registry: sur.registry, Gatherer: sur.registry, Lag: host.GroupLag(sur.engines.Kafka),
	})
	if err != nil {
		return err
	}
	return serve(ctx, s, sur, "query", svc, "")
}

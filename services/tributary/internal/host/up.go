package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/lifecycle"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/collector"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/sink"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
)

const (
	// readyTimeout bounds the wait for every service to be ready once all have started. An attributor without its disk reads its whole changelog first, and machines
	// are slow; what cannot become ready mostly ends by itself, which is told at once.
	readyTimeout = 10 * time.Minute
	// upInstance is the sink's static member id.
	upInstance = "up"
	// readyEvery is how often they are asked.
	readyEvery = 20 * time.Millisecond
	// stopTimeout is less than the ten seconds promised, so that the process has ended by then.
	stopTimeout = 9500 * time.Millisecond
)

// Options are what Up is given.
type Options struct {
	Config *config.Config
	// ConfigFile is where Config came from, empty for the defaults.
	ConfigFile string
	Logger     *zap.Logger
	Registry   *prometheus.Registry
	// Progress is told what is being started.
	Progress io.Writer
}

// Up is all services in one process, or those that a rebuild needs.
type Up struct {
	opts    Options
	dir     datadir.Dir
	command string
	lock    *datadir.Lock
	keys    datadir.Keys
	engines *Engines
	group   lifecycle.Group
	running datadir.Running

	sink       *sink.Service
	attributor *attributor.Service
	collector  *collector.Service
	query      *query.Service
}

// NewUp puts all parts in order. It opens nothing.
func NewUp(opts Options) (*Up, error) {
	u, err := newUp(opts, "up")
	if err != nil {
		return nil, err
	}
	u.group.Add("topics and tables", lifecycle.Funcs{OnStart: u.prepare})
	u.group.Add("sink", &part{build: u.buildSink})
	u.group.Add("attributor", &part{build: u.buildAttributor})
	u.group.Add("collector", &part{build: u.buildCollector})
	u.group.Add("query", &part{build: u.buildQuery})
	return u, nil
}

// NewRebuild puts the parts in order that drop everything derived and, unless resetOnly, compute it again. It opens nothing.
func NewRebuild(opts Options, resetOnly bool) (*Up, error) {
	u, err := newUp(opts, "rebuild")
	if err != nil {
		return nil, err
	}
	u.group.Add("topics and tables", lifecycle.Funcs{OnStart: u.prepareReset})
	if !resetOnly {
		u.group.Add("sink", &part{build: u.buildSink})
		u.group.Add("attributor", &part{build: u.buildAttributor})
	}
	return u, nil
}

func newUp(opts Options, command string) (*Up, error) {
	u := &Up{opts: opts, dir: datadir.Dir(opts.Config.Engines.DataDir), command: command}
	var err error
	if u.engines, err = NewEngines(opts.Config, opts.Logger, opts.Registry, opts.Progress); err != nil {
		return nil, err
	}
	u.group.StopTimeout = stopTimeout
	u.group.Add("data folder", lifecycle.Funcs{OnStart: u.openDir, OnStop: u.closeDir})
	if command == "up" {
		u.group.Add("addresses", lifecycle.Funcs{OnStart: u.beforehand})
	}
	u.group.Add("engines", u.engines)
	return u, nil
}

// Start starts everything and returns when all of it is ready.
func (u *Up) Start(ctx context.Context) error {
	if err := u.group.Start(ctx); err != nil {
		return err
	}
	err := u.awaitReady(ctx)
	if err == nil && u.collector != nil && u.query != nil {
		u.running = u.describe()
		err = u.dir.WriteRunning(u.running)
	}
	if err != nil {
		return errors.Join(err, u.group.Stop(context.WithoutCancel(ctx)))
	}
	return nil
}

// Ended receives the error of a part that ended by itself: the others depend on it.
func (u *Up) Ended() <-chan error { return u.group.Ended() }

// Stop stops everything in reverse: the collector first, then what works off what it took, the engines last.
func (u *Up) Stop(ctx context.Context) error { return u.group.Stop(ctx) }

// Running says how to reach it.
func (u *Up) Running() datadir.Running { return u.running }

// Kafka and ClickHouse say how the engines are reached.
func (u *Up) Kafka() kafka.Config { return u.engines.Kafka }

// ClickHouse says how the store is reached.
func (u *Up) ClickHouse() clickhouse.Config { return u.engines.ClickHouse }

// ReadyLine is the one line that says that everything is up, with its addresses.
func (u *Up) ReadyLine() string {
	r := u.running
	words := []string{"ready", "collector=" + r.Collector, "query=" + r.Query}
	if r.ClickHouseHTTP != "" {
		words = append(words, "clickhouse_http="+r.ClickHouseHTTP)
	}
	words = append(words, "clickhouse_tcp="+strings.Join(u.engines.ClickHouse.Addr, ","), "kafka="+strings.Join(r.Brokers, ","),
		"write_key="+r.WriteKey, "secret_key="+r.SecretKey)
	return strings.Join(words, " ")
}

func (u *Up) openDir(context.Context) error {
	if err := u.dir.Create(); err != nil {
		return err
	}
	var err error
	if u.lock, err = u.dir.Lock(u.command); err != nil {
		return err
	}
	if err = u.dir.RemoveRunning(); err == nil {
		u.keys, err = u.ensureKeys(u.opts.Config)
	}
	if err != nil {
		return errors.Join(err, u.lock.Release())
	}
	return nil
}

func (u *Up) closeDir(context.Context) error {
	return errors.Join(u.dir.RemoveRunning(), u.lock.Release())
}

// developmentKey names the public key that a data folder makes when none is configured.
const developmentKey = "development"

// ensureKeys takes the configured keys, or makes development keys part of the configuration.
func (u *Up) ensureKeys(cfg *config.Config) (datadir.Keys, error) {
	first := func(kind string) string {
		i := slices.IndexFunc(cfg.Keys, func(k config.Key) bool { return k.Kind == kind })
		if i < 0 {
			return ""
		}
		return cfg.Keys[i].Key.Reveal()
	}
	keys := datadir.Keys{Write: first(config.KeyPublic), Secret: first(config.KeySecret)}
	if keys.Write != "" && keys.Secret != "" && cfg.Attributor.ErasureSecret != "" {
		return keys, nil
	}
	own, err := u.dir.Keys()
	if err != nil {
		return keys, err
	}
	if cfg.Attributor.ErasureSecret == "" {
		cfg.Attributor.ErasureSecret = config.Secret(own.Erasure)
	}
	workspace := cfg.Workspaces[0].Name
	if keys.Write == "" {
		keys.Write = own.Write
		// Values from a page are believed here, for the sake of the first steps: this key is for development.
		cfg.Keys = append(cfg.Keys, config.Key{Name: developmentKey, Kind: config.KeyPublic, Workspace: workspace, AllowValue: true, Key: config.Secret(own.Write)})
	}
	if keys.Secret == "" {
		keys.Secret = own.Secret
		cfg.Keys = append(cfg.Keys, config.Key{Name: "development-secret", Kind: config.KeySecret, Workspace: workspace, Key: config.Secret(own.Secret)})
	}
	return keys, nil
}

// Reload takes keys and webhooks of a configuration that is read anew. What load returns is this call's own.
func (u *Up) Reload(load func() (*config.Config, error)) error {
	return u.collector.Reload(func() (collector.Config, error) {
		cfg, err := load()
		if err != nil {
			return collector.Config{}, err
		}
		if _, err := u.ensureKeys(cfg); err != nil {
			return collector.Config{}, err
		}
		return CollectorConfig(cfg, u.engines.Kafka), nil
	})
}

// prepare makes topics and tables, and drops what an unclean end of the embedded broker made doubtful.
func (u *Up) prepare(ctx context.Context) error {
	if err := Prepare(ctx, u.opts.Config, u.engines, u.opts.Logger); err != nil {
		return err
	}
	if !u.engines.UncleanStart() {
		return nil
	}
	fmt.Fprintln(u.opts.Progress, "recovery    the embedded broker was not stopped cleanly: its events are all there; everything derived is computed again")
	return Reset(ctx, u.opts.Config, u.engines)
}

func (u *Up) prepareReset(ctx context.Context) error {
	if err := Prepare(ctx, u.opts.Config, u.engines, u.opts.Logger); err != nil {
		return err
	}
	return Reset(ctx, u.opts.Config, u.engines)
}

func (u *Up) buildSink(context.Context) (lifecycle.Component, error) {
	cfg, err := SinkConfig(u.opts.Config, u.engines.Kafka, u.engines.ClickHouse)
	if err != nil {
		return nil, err
	}
	if cfg.InstanceID == "" {
		cfg.InstanceID = upInstance // There is one up on a data folder, so a crash need not wait for its own ghost.
	}
	cfg.Migrate = false // Done in prepare, where an error ends the start.
	u.sink, err = sink.New(cfg, sink.Dependencies{Logger: u.opts.Logger.Named("sink"), Registry: u.opts.Registry})
	return u.sink, err
}

func (u *Up) buildAttributor(context.Context) (lifecycle.Component, error) {
	cfg, err := AttributorConfig(u.opts.Config, u.engines.Kafka)
	if err != nil {
		return nil, err
	}
	cfg.Embedded = u.engines.EmbedsKafka()
	u.attributor, err = attributor.New(cfg, attributor.Dependencies{Logger: u.opts.Logger.Named("attributor"), Registry: u.opts.Registry})
	return u.attributor, err
}

func (u *Up) buildCollector(context.Context) (lifecycle.Component, error) {
	var err error
	u.collector, err = collector.New(CollectorConfig(u.opts.Config, u.engines.Kafka), collector.Dependencies{
		Logger: u.opts.Logger.Named("collector"), Registry: u.opts.Registry, Gatherer: u.opts.Registry,
	})
	return u.collector, err
}

func (u *Up) buildQuery(context.Context) (lifecycle.Component, error) {
	cfg := QueryConfig(u.opts.Config, u.engines.Kafka, u.engines.ClickHouse, u.collectorURL())
	if u.engines.Readers != nil {
		cfg.Readers = u.engines.Readers
	}
	var err error
	u.query, err = query.New(cfg, query.Dependencies{
		Logger: u.opts.Logger.Named("query"), Registry: u.opts.Registry, Gatherer: u.opts.Registry, Lag: GroupLag(u.engines.Kafka),
	})
	return u.query, err
}

// awaitReady waits until every service could do its work.
func (u *Up) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		err := u.ready()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case ended := <-u.group.Ended():
			return ended
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", err)
		}
	}
}

// ready says which of the services that were built cannot work yet.
func (u *Up) ready() error {
	var errs []error
	if u.sink != nil {
		errs = append(errs, u.sink.Ready())
	}
	if u.attributor != nil {
		errs = append(errs, u.attributor.Ready())
	}
	if u.collector != nil {
		errs = append(errs, u.collector.Ready())
	}
	if u.query != nil {
		errs = append(errs, u.query.Ready())
	}
	return errors.Join(errs...)
}

func (u *Up) collectorURL() string {
	scheme := "http://"
	if u.opts.Config.Collector.TLSCertFile != "" {
		scheme = "https://"
	}
	return scheme + reachable(u.collector.Addr())
}

// reachable makes an address that one can connect to of one that is listened on.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func (u *Up) describe() datadir.Running {
	r := datadir.Running{
		PID: os.Getpid(), Engines: u.engines.PIDs(), Collector: u.collectorURL(), Query: u.query.URL(), Brokers: u.engines.Kafka.Brokers, Partitions: u.opts.Config.Engines.Kafka.PartitionCount(),
		WriteKey: u.keys.Write, SecretKey: u.keys.Secret, ClickHouseDSN: u.opts.Config.Engines.ClickHouse.DSN.Reveal(),
	}
	if u.engines.EmbedsClickHouse() {
		r.ClickHouseHTTP = "http://" + u.engines.HTTPAddr
		r.ClickHouseDSN = "clickhouse://" + strings.Join(u.engines.ClickHouse.Addr, ",") + "/" + u.engines.ClickHouse.Database
	}
	if len(u.opts.Config.Query.Tokens) > 0 {
		r.QueryToken = u.opts.Config.Query.Tokens[0].Token.Reveal()
	}
	if u.opts.ConfigFile != "" {
		if abs, err := filepath.Abs(u.opts.ConfigFile); err == nil {
			r.Config = abs
		}
	}
	return r
}

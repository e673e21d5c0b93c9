// Package host runs Tributary's parts: it starts engines that are not given, turns the configuration into each service's own, and puts
// everything in order under one lifecycle.
package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/query"
)

// clientID names this program to the brokers.
const clientID = "tributary"

// storeStop is how long ClickHouse may take to end by itself.
const storeStop = 2 * time.Second

// Engines are Kafka and ClickHouse, given or embedded. It is a lifecycle.Component that ends when an embedded one does.
type Engines struct {
	// Kafka and ClickHouse say how they are reached, once Start has returned.
	Kafka      kafka.Config
	ClickHouse clickhouse.Config
	// HTTPAddr is the embedded ClickHouse's, empty when it is given.
	HTTPAddr string

	// Readers are the users of the embedded ClickHouse that the query service asks as, by workspace. Nil when it is given.
	Readers map[string]query.Reader

	cfg      config.Engines
	all      *config.Config
	progress io.Writer
	registry prometheus.Registerer
	broker   *embedded.Kafka
	store    *embedded.ClickHouse
	done     chan struct{}
	err      error
}

// NewEngines prepares the engines. progress is told what is being fetched and started.
func NewEngines(cfg *config.Config, log *zap.Logger, registry prometheus.Registerer, progress io.Writer) (*Engines, error) {
	e := &Engines{cfg: cfg.Engines, all: cfg, progress: progress, registry: registry, done: make(chan struct{})}
	e.Kafka = kafkaConfig(cfg.Engines.Kafka)
	e.Kafka.Logger, e.Kafka.Registry = log.Named("kafka").WithOptions(zap.IncreaseLevel(zap.WarnLevel)), registry
	if dsn := cfg.Engines.ClickHouse.DSN.Reveal(); dsn != "" {
		var err error
		if e.ClickHouse, err = clickhouse.ParseDSN(dsn); err != nil {
			return nil, err
		}
		if c := cfg.Engines.ClickHouse.Cluster; c != "" {
			e.ClickHouse.Cluster = c
		}
		e.ClickHouse.SecureViews = e.ClickHouse.SecureViews || cfg.Engines.ClickHouse.SecureViews
	}
	return e, nil
}

func kafkaConfig(c config.Kafka) kafka.Config {
	return kafka.Config{
		Brokers: c.Brokers, TopicPrefix: c.TopicPrefix, ClientID: clientID,
		TLS:  kafka.TLS(c.TLS),
		SASL: kafka.SASL{Mechanism: c.SASL.Mechanism, Username: c.SASL.Username, Password: c.SASL.Password.Reveal()},
	}
}

// EmbedsKafka and EmbedsClickHouse tell which engines are this program's own children.
func (e *Engines) EmbedsKafka() bool { return len(e.cfg.Kafka.Brokers) == 0 }

// EmbedsClickHouse tells whether ClickHouse is this program's own child.
func (e *Engines) EmbedsClickHouse() bool { return e.cfg.ClickHouse.DSN == "" }

// Start starts the embedded engines side by side.
func (e *Engines) Start(ctx context.Context) error {
	starts, startCtx := errgroup.WithContext(ctx)
	if e.EmbedsKafka() {
		starts.Go(func() error { return e.startKafka(startCtx) })
	}
	if e.EmbedsClickHouse() {
		starts.Go(func() error { return e.startClickHouse(startCtx) })
	}
	if err := starts.Wait(); err != nil {
		return errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	go e.watch()
	return nil
}

func (e *Engines) startKafka(ctx context.Context) error {
	started := time.Now()
	broker, err := embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: filepath.Join(e.cfg.DataDir, "kafka"), Addr: e.cfg.Kafka.Addr, SyncWrites: true, Registry: e.registry})
	if err != nil {
		return err
	}
	e.broker, e.Kafka.Brokers = broker, broker.Brokers()
	fmt.Fprintf(e.progress, "kafka       embedded, process %d, on %s after %s\n", broker.Pid(), broker.Brokers()[0], since(started))
	return nil
}

func (e *Engines) startClickHouse(ctx context.Context) error {
	started := time.Now()
	users, err := newStoreUsers(e.all)
	if err != nil {
		return err
	}
	store, err := embedded.StartClickHouse(ctx, embedded.ClickHouseOptions{
		DataDir: filepath.Join(e.cfg.DataDir, "clickhouse"), CacheDir: e.cfg.CacheDir, Readers: users.readers,
		HTTPAddr: e.cfg.ClickHouse.HTTPAddr, TCPAddr: e.cfg.ClickHouse.TCPAddr, Progress: fetchProgress(e.progress), Registry: e.registry,
	})
	if err != nil {
		return err
	}
	e.store, e.ClickHouse, e.HTTPAddr = store, store.Config(), store.HTTPAddr()
	e.Readers = users.query
	fmt.Fprintf(e.progress, "clickhouse  embedded, process %d, on %s after %s\n", store.Pid(), store.HTTPAddr(), since(started))
	users.tell(e.progress)
	return nil
}

func since(t time.Time) time.Duration { return time.Since(t).Round(10 * time.Millisecond) }

// fetchProgress prints a line at every tenth of the download: it looks the same on a terminal, in a file and in a container's log.
func fetchProgress(w io.Writer) func(done, total int64) {
	next := int64(0)
	return func(done, total int64) {
		if total <= 0 || done*10/total < next {
			return
		}
		next = done*10/total + 1
		fmt.Fprintf(w, "clickhouse  fetching its library, once: %d of %d MB\n", done>>20, total>>20)
	}
}

// watch ends the component when an embedded engine ends by itself.
func (e *Engines) watch() {
	var broker, store <-chan struct{}
	if e.broker != nil {
		broker = e.broker.Done()
	}
	if e.store != nil {
		store = e.store.Done()
	}
	if broker == nil && store == nil {
		return
	}
	select {
	case <-broker:
		e.err = e.broker.Err()
	case <-store:
		e.err = e.store.Err()
	}
	close(e.done)
}

// Done is closed when an embedded engine has ended.
func (e *Engines) Done() <-chan struct{} { return e.done }

// Err says why an embedded engine ended by itself, with its last words.
func (e *Engines) Err() error {
	select {
	case <-e.done:
		return e.err
	default:
		return nil
	}
}

// Stop stops the embedded engines side by side.
func (e *Engines) Stop(ctx context.Context) error {
	var stops errgroup.Group
	if e.broker != nil {
		stops.Go(func() error { return e.broker.Stop(ctx) })
	}
	if e.store != nil {
		stops.Go(func() error { return stopStore(ctx, e.store) })
	}
	return stops.Wait()
}

// stopStore gives ClickHouse a moment to end by itself. It waits for every open connection, and a BI tool keeps its own for as long as it likes;
// killing it is no loss then: what it acknowledged is with the operating system, and it starts from there.
func stopStore(ctx context.Context, store *embedded.ClickHouse) error {
	ctx, cancel := context.WithTimeout(ctx, storeStop)
	defer cancel()
	err := store.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// UncleanStart says that the embedded broker once ended without closing its files and what was derived has not been dropped since.
func (e *Engines) UncleanStart() bool { return e.broker != nil && e.broker.UncleanStart() }

// Recovered notes that everything derived was dropped, so that it is computed anew.
func (e *Engines) Recovered() error {
	if e.broker == nil {
		return nil
	}
	return e.broker.Recovered()
}

// PIDs are the embedded engines' processes by name.
func (e *Engines) PIDs() map[string]int {
	pids := map[string]int{}
	if e.broker != nil {
		pids["kafka"] = e.broker.Pid()
	}
	if e.store != nil {
		pids["clickhouse"] = e.store.Pid()
	}
	return pids
}

// Package query answers questions about channels: the API, a page to look at, and the report for the terminal, all from one computation.
//
// It reads ClickHouse, and writes what people save (views, months of the books, rates) to Kafka. New is inert, Start listens, Stop lets running requests finish.
package query

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/httpapi"
	"github.com/tributary-attribution/tributary/services/query/internal/page"
	"github.com/tributary-attribution/tributary/services/query/internal/plans"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
	"github.com/tributary-attribution/tributary/services/query/web"
)

// Dependencies are what the service is given.
type Dependencies struct {
	// Logger is required.
	Logger *zap.Logger
	// Registry takes the service's metrics. Required.
	Registry prometheus.Registerer
	// Gatherer is what /metrics shows. Nil: no /metrics.
	Gatherer prometheus.Gatherer
	// Now is the clock that freshness is counted from. Nil: the system's.
	Now func() time.Time
	// Lag tells how many records of Kafka wait for each consumer group; nil when it cannot be asked. The service itself does not know Kafka. Nil: not told.
	Lag func(context.Context) map[string]int64
}

// Service is the query service. It is a lifecycle.Component that may end by itself.
type Service struct {
	cfg   Config
	log   *zap.Logger
	store *store.Store
	// log of changes; nil without brokers.
	plans  *plans.Kafka
	server *httpx.Server
	health *health
	// streams are the live connections; they end when the service stops.
	streams *httpapi.Streams
}

// New checks the configuration and builds the service. Nothing is opened before Start.
func New(cfg Config, deps Dependencies) (*Service, error) {
	if deps.Logger == nil || deps.Registry == nil {
		return nil, errors.New("query service: a logger and a registry are required")
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("query service: %w", err)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	db, err := store.New(cfg.limits(), cfg.ClickHouse, deps.Registry)
	if err != nil {
		return nil, fmt.Errorf("query service: %w", err)
	}
	s := &Service{cfg: cfg, log: deps.Logger, store: db, health: newHealth(db, deps.Logger), streams: httpapi.NewStreams(cfg.MaxStreams)}
	if len(cfg.Kafka.Brokers) > 0 {
		if s.plans, err = plans.NewKafka(cfg.Kafka); err != nil {
			return nil, errors.Join(fmt.Errorf("query service: %w", err), db.Close())
		}
	}
	handler, err := s.handler(deps)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("query service: %w", err), db.Close())
	}
	if s.server, err = httpx.NewServer(cfg.HTTP, handler, deps.Logger); err != nil {
		return nil, errors.Join(fmt.Errorf("query service: %w", err), db.Close())
	}
	return s, nil
}

// plansLog is nil, and not a log that is nil, without brokers.
func (s *Service) plansLog() plans.Log {
	if s.plans == nil {
		return nil
	}
	return s.plans
}

// handler puts observation around everything, and the gate around everything that shows data.
func (s *Service) handler(deps Dependencies) (http.Handler, error) {
	gate, err := access.New(s.cfg.access())
	if err != nil {
		return nil, err
	}
	metrics, err := newMetrics(deps.Registry)
	if err != nil {
		return nil, err
	}
	conventions, err := s.cfg.conventions()
	if err != nil {
		return nil, err
	}
	edition, err := s.cfg.edition()
	if err != nil {
		return nil, err
	}
	answers := answer.New(answer.Config{
		Model: s.cfg.Model, Conventions: conventions, BaseCurrency: s.cfg.baseCurrencies(), Configured: s.cfg.rates(), Book: plans.NewBook(s.plansLog(), s.store, deps.Now),
		Now: deps.Now, Lag: deps.Lag,
		Margin: s.cfg.margins(), StageOrder: s.cfg.StageOrder, Edition: edition,
	}, s.store)
	if err := deps.Registry.Register(newPipelineMetrics(answers, s.cfg.access().Workspaces, s.log, deps.Now)); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	for _, c := range s.streams.Collectors() {
		if err := deps.Registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of live connections: %w", err)
		}
	}
	data := http.NewServeMux()
	document := httpapi.Register(data, answers, s.streams, func(ctx context.Context, err error) { s.log.Error("cannot answer", zap.Error(err)) })
	files, _ := web.Files()
	pages, err := page.New(page.Config{CollectorURL: s.cfg.CollectorURL, Document: document, Dashboard: files, Dictionary: s.store.Dictionary}, s.log)
	if err != nil {
		return nil, err
	}
	pages.Register(data)
	outer := http.NewServeMux()
	httpx.Operations(outer, httpx.Checks{"clickhouse": s.health.Ready}, deps.Gatherer)
	compressed, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.ContentTypes(compressible))
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	outer.Handle("/api/v1/events", gate.Require(data)) // what is compressed is collected first, and an event must not wait
	outer.Handle("/", gate.Require(compressed(data)))
	return observe(s.cfg.door(outer), metrics, s.log), nil
}

// minCompressed is what does not fit into a packet. compressible leaves out what is compressed already (Parquet), and live events, which must
// not wait for more.
const minCompressed = 1400

var compressible = []string{"application/json", "application/problem+json", "text/csv", "text/html", "text/css", "text/javascript", "application/openapi+json", "image/svg+xml"}

// Start listens. ClickHouse may still be away: /readyz tells, and requests answer 503 until it is there.
func (s *Service) Start(ctx context.Context) error {
	if err := s.server.Start(ctx); err != nil {
		return fmt.Errorf("query service: %w", err)
	}
	s.health.start(ctx)
	s.log.Info("query service listens", zap.String("url", s.URL()))
	return nil
}

// Stop lets running requests finish within ctx, then closes the connections to ClickHouse.
func (s *Service) Stop(ctx context.Context) error {
	s.streams.Close()
	err := s.server.Stop(ctx)
	s.health.stop()
	if s.plans != nil {
		s.plans.Close()
	}
	return errors.Join(err, s.store.Close())
}

// Ready says why the service could not answer now; nil when it could.
func (s *Service) Ready() error { return s.health.Ready() }

// Addr is the address it listens on, with its real port. Empty before Start.
func (s *Service) Addr() string { return s.server.Addr() }

// URL is where a person finds the page.
func (s *Service) URL() string {
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if s.cfg.HTTP.TLSCertFile != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Done is closed when the service has ended, by Stop or by itself.
func (s *Service) Done() <-chan struct{} { return s.server.Done() }

// Err says why the service ended by itself; nil after Stop.
func (s *Service) Err() error { return s.server.Err() }

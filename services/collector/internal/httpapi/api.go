// Package httpapi is the collector's HTTP face: it lets senders in, reads bodies within limits, hands the records to intake, waits for Kafka
// and answers. schemas/openapi/collector.yaml describes it for senders.
//
// The order of the checks matters. What costs little and needs nothing from the body comes first, so that an attacker without a key can make us neither read
// nor unpack much: address bucket, key in the header, charset, body limits, key in the body, key bucket, records.
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/limit"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// Sender takes a request's records and returns when they are safe. Errors are produce.ErrBusy, produce.ErrTimeout or Kafka's own; after any of
// them the client is told to come again.
type Sender interface {
	Send(ctx context.Context, records []produce.Record) error
}

var _ Sender = (*produce.Producer)(nil)

// Config limits what one request and one sender may do.
type Config struct {
	// MaxBodyBytes bounds a body, as sent and unpacked: 500 KB in Segment's contract.
	MaxBodyBytes int64 `yaml:"max_body_bytes"`
	// MaxFileBytes bounds a file of touches, stages or spend, as sent and unpacked.
	MaxFileBytes int64 `yaml:"max_file_bytes"`
	// PerKey bounds records per second of one key.
	PerKey limit.Config `yaml:"per_key"`
	// PerAddress bounds requests per second of one client address (IPv6: /64), for public keys and for requests without a good key.
	PerAddress limit.Config `yaml:"per_address"`
	// AddressesMax bounds the memory of PerAddress: twice as many buckets are kept.
	AddressesMax int `yaml:"addresses_max"`
	// TrustedProxies are networks whose X-Forwarded-For is believed. Empty: none.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// KeptStrangers bounds how many refused requests per second without a good key are kept on rejected-v1; the others are only counted.
	KeptStrangers limit.Config `yaml:"kept_strangers"`
	// MaxRequests and MaxPendingBytes bound the requests that are being served and the bodies they hold; what comes beyond is answered 503 at once.
	MaxRequests     int   `yaml:"max_requests"`
	MaxPendingBytes int64 `yaml:"max_pending_bytes"`
	// RetryAfter is what a client is told when Kafka is away, or when there is too much to do.
	RetryAfter time.Duration `yaml:"retry_after"`
}

// DefaultConfig has Segment's body limit, and rates that a busy site stays below.
func DefaultConfig() Config {
	return Config{
		MaxBodyBytes:  500 << 10,
		MaxFileBytes:  16 << 20,
		PerKey:        limit.Config{PerSecond: 100_000, Burst: 200_000},
		PerAddress:    limit.Config{PerSecond: 500, Burst: 1_000},
		AddressesMax:  50_000,
		KeptStrangers: limit.Config{PerSecond: 1, Burst: 60},
		MaxRequests:   4_000, MaxPendingBytes: 128 << 20,
		RetryAfter: time.Second,
	}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.MaxBodyBytes < event.MaxItemBytes || c.MaxFileBytes < c.MaxBodyBytes || c.AddressesMax < 1 || c.RetryAfter <= 0 {
		errs = append(errs, fmt.Errorf("limits: max_body_bytes must be at least %d, max_file_bytes no less, addresses_max and retry_after positive", event.MaxItemBytes))
	}
	if c.MaxRequests < 1 || c.MaxPendingBytes < addressShare*c.MaxBodyBytes {
		errs = append(errs, errors.New("limits: max_requests must be positive, max_pending_bytes at least four times max_body_bytes"))
	}
	for name, l := range map[string]limit.Config{"per_key": c.PerKey, "per_address": c.PerAddress, "kept_strangers": c.KeptStrangers} {
		if err := l.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("limits.%s: %w", name, err))
		}
	}
	_, err := c.proxies()
	return errors.Join(append(errs, err)...)
}

func (c Config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, p := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return nil, fmt.Errorf("limits.trusted_proxies: %w", err)
		}
		out = append(out, prefix)
	}
	return out, nil
}

// Dependencies are what the API works with.
type Dependencies struct {
	Intake   *intake.Intake
	Sender   Sender
	Keys     *auth.Keyring
	Webhooks *auth.Webhooks
	// CRMs are the sources of /v1/webhooks; nil: none.
	CRMs     *webhook.Set
	Checks   httpx.Checks
	Logger   *zap.Logger
	Registry prometheus.Registerer
	// Gatherer serves /metrics; nil leaves it out.
	Gatherer prometheus.Gatherer
	Now      func() time.Time
	// PublicURL is how browsers reach the collector: scheme and host. Empty: as the request says.
	PublicURL string
}

// API is the handler of all endpoints.
type API struct {
	cfg     Config
	dep     Dependencies
	proxies []netip.Prefix
	metrics *metrics

	perKey, perAddress, strangers *limit.Set

	load load
}

// endpoint is one path that takes records.
type endpoint struct {
	name    string
	accepts intake.Accepts
	// secret endpoints refuse public keys as a whole.
	secret bool
	// webhooks may sign deliveries here.
	webhooks bool
	// files is the kind of table that is taken beside JSON.
	files string
}

// New returns the handler.
func New(cfg Config, dep Dependencies) (http.Handler, error) {
	proxies, err := cfg.proxies()
	if err != nil {
		return nil, err
	}
	a := &API{cfg: cfg, dep: dep, proxies: proxies, metrics: newMetrics(dep.Registry)}
	a.perKey = limit.New(cfg.PerKey, 10_000)
	a.perAddress = limit.New(cfg.PerAddress, cfg.AddressesMax)
	a.strangers = limit.New(cfg.KeptStrangers, 1)

	mux := http.NewServeMux()
	for path, e := range endpoints() {
		mux.Handle("POST /v1/"+path, a.records(e))
		mux.HandleFunc("OPTIONS /v1/"+path, preflight)
	}
	for _, p := range webhook.Providers() {
		mux.Handle("POST /v1/webhooks/"+string(p)+"/{source}", a.webhook(p))
	}
	mux.Handle("GET /px.gif", a.picture())
	a.adapters(mux)
	httpx.Operations(mux, dep.Checks, dep.Gatherer)
	return mux, nil
}

func endpoints() map[string]endpoint {
	call := func(t event.Type) endpoint { return endpoint{name: string(t), accepts: intake.Accepts{Type: t}} }
	// Whoever writes canonical records of one kind writes the others as well, and has them in one file: both endpoints take them all.
	crm := []event.Type{event.TypeStage, event.TypeContact, event.TypeAccount, event.TypeTouch}
	// Segment delivers the calls of its own webhooks here, signed.
	batch := endpoint{name: "batch", webhooks: true, accepts: intake.Accepts{Type: event.TypeAny, Batch: true}}
	return map[string]endpoint{
		"track": call(event.TypeTrack), "t": call(event.TypeTrack),
		"page": call(event.TypePage), "p": call(event.TypePage),
		"screen": call(event.TypeScreen), "s": call(event.TypeScreen),
		"identify": call(event.TypeIdentify), "i": call(event.TypeIdentify),
		"group": call(event.TypeGroup), "g": call(event.TypeGroup),
		"alias": call(event.TypeAlias), "a": call(event.TypeAlias),
		"batch": batch, "b": batch,
		"import":  {name: "import", accepts: intake.Accepts{Type: event.TypeAny, Batch: true, Import: true}},
		"touches": {name: "touches", accepts: intake.Accepts{Type: event.TypeTouch, Also: crm}, secret: true, files: filesTouches},
		"spend":   {name: "spend", accepts: intake.Accepts{Type: event.TypeSpend}, secret: true, files: filesSpend},
		"erase":   {name: "erase", accepts: intake.Accepts{Type: event.TypeErase}, secret: true},
		"stages": {
			name: "stages", secret: true, webhooks: true, files: filesStages,
			accepts: intake.Accepts{Type: event.TypeStage, Also: crm},
		},
	}
}

// records handles a POST of records.
func (a *API) records(e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowOrigin(w, r)
		started := time.Now()
		in := &incoming{api: a, endpoint: e, w: w, r: r}
		status := in.withinLoad(in.serve)
		a.metrics.requests.WithLabelValues(e.name, itoa(status)).Inc()
		a.metrics.duration.WithLabelValues(e.name).Observe(time.Since(started).Seconds())
	})
}

package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

const (
	// lookEvery is how often ClickHouse is asked per watched workspace, however many watch it.
	lookEvery = time.Second
	// sayEvery is how often something is said when nothing lands: it keeps the age current and the connection open.
	sayEvery = 2 * time.Second
	// writeLimit ends connections that take nothing any more.
	writeLimit = 10 * time.Second
	// lookLimit bounds one look.
	lookLimit = 5 * time.Second
)

// Streams are the live connections. They share what they see, are limited in number, and end with Close.
type Streams struct {
	free    chan struct{}
	done    chan struct{}
	once    sync.Once
	refused prometheus.Counter

	mu   sync.Mutex
	seen map[string]*look
}

// look is what was last seen of a workspace.
type look struct {
	mu    sync.Mutex
	at    time.Time
	fresh answer.Fresh
	err   error
}

// NewStreams allows so many connections at once.
func NewStreams(limit int) *Streams {
	return &Streams{
		free: make(chan struct{}, limit), done: make(chan struct{}), seen: map[string]*look{},
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tributary_query_streams_refused_total",
			Help: "Clients that were refused because as many watched as may at once.",
		}),
	}
}

// Collectors are the metrics: how many watch, and how many were refused.
func (s *Streams) Collectors() []prometheus.Collector {
	return []prometheus.Collector{s.refused, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tributary_query_streams",
		Help: "Clients that watch live now.",
	}, func() float64 { return float64(len(s.free)) })}
}

// Close ends all connections, which would otherwise hold up a stop until its deadline.
func (s *Streams) Close() { s.once.Do(func() { close(s.done) }) }

// fresh looks at a workspace, at most once in lookEvery for all who watch it.
func (s *Streams) fresh(ctx context.Context, answers *answer.Answerer, workspace string) (answer.Fresh, error) {
	s.mu.Lock()
	l := s.seen[workspace]
	if l == nil {
		l = &look{}
		s.seen[workspace] = l
	}
	s.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) < lookEvery {
		return l.fresh, l.err
	}
	// Not cancelled with whoever happened to ask: the others use what is found.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookLimit)
	defer cancel()
	before := l.fresh
	l.fresh, l.err = answers.Fresh(ctx, workspace)
	l.at = time.Now()
	if l.fresh.LagSeconds = before.LagSeconds; l.err == nil && before.Version != "" && before.Version != l.fresh.Version {
		l.fresh.LagSeconds = l.fresh.AgeSeconds // it was not there a look ago
	}
	return l.fresh, l.err
}

func (a *API) registerEvents(api huma.API) {
	op := operation("events", "/api/v1/events", "Freshness, live",
		"Server-sent events named fresh: at once, within a second whenever something landed, and every two seconds between. Each has a Fresh as its data.")
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[answer.Fresh]())
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Events until the client goes or the service stops", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: schema}},
	}}
	huma.Register(api, op, a.events)
}

type eventsInput struct {
	Workspace string `query:"workspace" maxLength:"200" doc:"Workspace to watch; without it the first that you may read"`
}

func (a *API) events(ctx context.Context, in *eventsInput) (*reply, error) {
	workspace, err := access.Workspace(ctx, in.Workspace)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	first, err := a.streams.fresh(ctx, a.answers, workspace)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	select {
	case a.streams.free <- struct{}{}:
	default:
		a.streams.refused.Inc()
		return nil, a.problem(ctx, errTooManyStreams)
	}
	return &reply{Body: func(hc huma.Context) {
		defer func() { <-a.streams.free }()
		a.watch(hc, workspace, first)
	}}, nil
}

// watch sends events until the client goes, the service stops, or ClickHouse cannot be asked: the browser connects again by itself.
func (a *API) watch(hc huma.Context, workspace string, said answer.Fresh) {
	ctx := hc.Context()
	hc.SetHeader("Content-Type", "text/event-stream")
	hc.SetHeader("Cache-Control", noStore)
	hc.SetHeader("X-Accel-Buffering", "no") // a proxy that collects events before it sends them would make them useless
	hc.SetStatus(http.StatusOK)
	_, w := humago.Unwrap(hc)
	connection := http.NewResponseController(w)
	if say(connection, hc.BodyWriter(), said) != nil {
		return
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	saidAt := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.streams.done:
			return
		case <-ticker.C:
		}
		now, err := a.streams.fresh(ctx, a.answers, workspace)
		if err != nil {
			return
		}
		if now.Version == said.Version && time.Since(saidAt) < sayEvery {
			continue
		}
		if say(connection, hc.BodyWriter(), now) != nil {
			return
		}
		said, saidAt = now, time.Now()
	}
}

// say writes one event, and moves the server's own limit on writing with it: a live connection has no end that could be known beforehand.
func say(connection *http.ResponseController, w io.Writer, f answer.Fresh) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := connection.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: fresh\ndata: %s\n\n", data); err != nil {
		return err
	}
	return connection.Flush()
}

package httpx

import (
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check says whether one thing that a service depends on is usable; the error says what is wrong. It must answer at once, from what is
// known, without asking the dependency: probes come often and must not hang.
type Check func() error

// Checks are named checks.
type Checks map[string]Check

// Health answers 200 for as long as the process can answer at all. An orchestrator that restarts on its failure must not restart because a
// dependency is away.
func Health() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
}

// Ready answers 200 when every check passes, else 503 with a problem that names those that do not.
func Ready(checks Checks) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failed := map[string]any{}
		for name, check := range checks {
			if err := check(); err != nil {
				failed[name] = err.Error()
			}
		}
		if len(failed) > 0 {
			p := NewProblem(http.StatusServiceUnavailable, "not-ready", "")
			p.Extensions = map[string]any{"checks": failed}
			WriteProblem(w, r, p)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ready\n")
	})
}

// Metrics answers in Prometheus' format.
func Metrics(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: 4,                        // gathering costs; scrapers come one at a time
		ErrorHandling:       promhttp.ContinueOnError, // one broken collector must not hide all others
	})
}

// Operations adds /healthz, /readyz and /metrics to mux. A nil gatherer adds no /metrics.
func Operations(mux *http.ServeMux, checks Checks, g prometheus.Gatherer) {
	mux.Handle("GET /healthz", Health())
	mux.Handle("GET /readyz", Ready(checks))
	if g != nil {
		mux.Handle("GET /metrics", Metrics(g))
	}
}

package query

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// observe counts and logs every request. The query string is logged, since it is the question; tokens travel in headers, which are not.
func observe(next http.Handler, m *metrics, log *zap.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		m.inFlight.Inc()
		defer m.inFlight.Dec()
		w.Header().Set("X-Content-Type-Options", "nosniff") // answers quote names that anybody can make up: no browser may guess that they are a page
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		var spent *store.Trace
		if log.Core().Enabled(zapcore.DebugLevel) {
			var ctx context.Context
			ctx, spent = store.WithTrace(r.Context())
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(recorder, r)
		took := time.Since(started)
		route := routeOf(r.Pattern)
		m.seconds.WithLabelValues(route, strconv.Itoa(recorder.status)).Observe(took.Seconds())
		level := zapcore.InfoLevel
		if isProbe(r.URL.Path) {
			level = zapcore.DebugLevel // every few seconds, for ever
		}
		log.Log(level, "request",
			zap.String("method", r.Method), zap.String("path", r.URL.Path), zap.String("query", clip(r.URL.RawQuery)),
			zap.String("route", route), zap.Int("status", recorder.status), zap.Int64("bytes", recorder.bytes),
			zap.Duration("took", took), zap.String("remote", r.RemoteAddr))
		if spent != nil && !isProbe(r.URL.Path) {
			log.Debug("spent", zap.String("path", r.URL.Path), zap.Duration("took", took), zap.Array("on", spent))
		}
	})
}

// routeOf is the pattern without its method: a label with as many values as there are routes.
func routeOf(pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		pattern = path
	}
	if pattern == "" {
		return "none"
	}
	return pattern
}

func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }

const maxLoggedQuery = 1024

func clip(s string) string { return s[:min(len(s), maxLoggedQuery)] }

// statusRecorder remembers what was answered.
type statusRecorder struct {
	http.ResponseWriter
	status      int
	bytes       int64
	wroteHeader bool
}

// WriteHeader implements http.ResponseWriter.
func (r *statusRecorder) WriteHeader(status int) {
	if !r.wroteHeader {
		r.status, r.wroteHeader = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *statusRecorder) Write(b []byte) (int, error) {
	r.wroteHeader = true
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

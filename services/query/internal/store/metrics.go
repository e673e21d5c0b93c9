package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	seconds     *prometheus.HistogramVec
	facts       *prometheus.CounterVec
	mirrorBytes prometheus.Gauge
	mirrorRows  prometheus.Counter
}

// Where facts come from.
const (
	fromMemory     = "memory"
	fromClickHouse = "clickhouse"
)

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tributary_query_clickhouse_seconds",
			Help:    "Time of statements on ClickHouse, by statement and result (ok, too_large, too_slow, unavailable, cancelled, error).",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}, []string{"statement", "result"}),
		facts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_query_facts_total",
			Help: "Questions for figures of channels, by where they were summed (memory: from rows of the roll-up that are kept up to date, clickhouse).",
		}, []string{"from"}),
		mirrorBytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tributary_query_mirror_bytes",
			Help: "Memory that rows of the roll-up take, about.",
		}),
		mirrorRows: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tributary_query_mirror_rows_total",
			Help: "Rows of the roll-up that were read to keep those in memory current.",
		}),
	}
	for _, c := range []prometheus.Collector{m.seconds, m.facts, m.mirrorBytes, m.mirrorRows} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the store: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) observe(statement string, started time.Time, err error) {
	result := "error"
	switch {
	case err == nil:
		result = "ok"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		result = "cancelled"
	case errors.Is(err, ErrTooLarge):
		result = "too_large"
	case errors.Is(err, ErrTooSlow):
		result = "too_slow"
	case errors.Is(err, ErrUnavailable):
		result = "unavailable"
	}
	m.seconds.WithLabelValues(statement, result).Observe(time.Since(started).Seconds())
}

package produce

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

type metrics struct {
	inflight       prometheus.Gauge
	busy, timeouts prometheus.Counter
	ack            prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	return &metrics{
		inflight: f.NewGauge(prometheus.GaugeOpts{
			Name: "tributary_collector_inflight_bytes", Help: "Bytes of records that wait for Kafka's acknowledgement.",
		}),
		busy: f.NewCounter(prometheus.CounterOpts{
			Name: "tributary_collector_busy_total", Help: "Requests refused because the in-flight limit was reached.",
		}),
		timeouts: f.NewCounter(prometheus.CounterOpts{
			Name: "tributary_collector_ack_timeouts_total", Help: "Requests that got no acknowledgement from Kafka in time.",
		}),
		ack: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "tributary_collector_ack_duration_seconds",
			Help:    "Time from a request's first record to the acknowledgement of its last.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}),
	}
}

// New returns a producer, not yet started. A nil registry keeps the metrics to itself.
func New(cfg Config, k kafka.Config, reg prometheus.Registerer) (*Producer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := k.Validate(); err != nil {
		return nil, err
	}
	return &Producer{cfg: cfg, kafka: k, metrics: newMetrics(reg)}, nil
}

package httpapi

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	requests, accepted, limited, strangers *prometheus.CounterVec
	ignored, unverified                    *prometheus.CounterVec
	duration                               *prometheus.HistogramVec
	bodyBytes, unkept, unavailable, shed   prometheus.Counter
	serving                                prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	return &metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_collector_requests_total", Help: "Requests answered, by endpoint and status.",
		}, []string{"endpoint", "status"}),
		accepted: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_collector_accepted_total", Help: "Records that Kafka has acknowledged and the sender was told so, by endpoint.",
		}, []string{"endpoint"}),
		limited: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_collector_limited_total", Help: "Requests answered 429, by which limit: key or address.",
		}, []string{"limit"}),
		strangers: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_collector_strangers_total", Help: "Requests refused without a good key, by code.",
		}, []string{"code"}),
		ignored: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_collector_webhook_ignored_total", Help: "Events in deliveries of CRMs that are of no concern here, by provider.",
		}, []string{"provider"}),
		unverified: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_collector_webhook_unverified_total",
			Help: "Deliveries refused because their signature or credentials are not the source's, by provider and source.",
		}, []string{"provider", "source"}),
		unkept: f.NewCounter(prometheus.CounterOpts{
			Name: "tributary_collector_strangers_unkept_total", Help: "Of the requests without a good key, those not kept on rejected-v1.",
		}),
		unavailable: f.NewCounter(prometheus.CounterOpts{
			Name: "tributary_collector_unavailable_total", Help: "Requests answered 503 because Kafka did not acknowledge.",
		}),
		serving: f.NewGauge(prometheus.GaugeOpts{
			Name: "tributary_collector_requests_serving", Help: "Requests being served.",
		}),
		shed: f.NewCounter(prometheus.CounterOpts{
			Name: "tributary_collector_shed_total", Help: "Requests answered 503 because too many were being served.",
		}),
		bodyBytes: f.NewCounter(prometheus.CounterOpts{
			Name: "tributary_collector_body_bytes_total", Help: "Bytes of bodies read, unpacked.",
		}),
		duration: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tributary_collector_request_duration_seconds", Help: "Time from a request's headers to its answer, by endpoint.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}, []string{"endpoint"}),
	}
}

package eraser

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	requests *prometheus.CounterVec
	removed  prometheus.Counter
	errors   prometheus.Counter
	marks    prometheus.Gauge
	seconds  prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	const ns = "tributary_attributor_erasure_"
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "requests_total", Help: "Erasures, asked for or because of an event that came late.",
		}, []string{"cause"}),
		removed: prometheus.NewCounter(prometheus.CounterOpts{Name: ns + "removed_events_total", Help: "Events removed from the log."}),
		errors:  prometheus.NewCounter(prometheus.CounterOpts{Name: ns + "errors_total", Help: "Erasures that failed and are tried again."}),
		marks:   prometheus.NewGauge(prometheus.GaugeOpts{Name: ns + "marks", Help: "Marks of erased ids and events."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: ns + "seconds", Help: "From reading a request to handing it to the sink.", Buckets: prometheus.ExponentialBuckets(0.1, 3, 9),
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.removed, m.errors, m.marks, m.seconds} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

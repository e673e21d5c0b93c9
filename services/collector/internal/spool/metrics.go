package spool

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	bytes, active                                 prometheus.Gauge
	in, out, found, torn, refused, errors, failed prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "tributary_collector_spool_" + name, Help: help})
	}
	return &metrics{
		bytes:   f.NewGauge(prometheus.GaugeOpts{Name: "tributary_collector_spool_bytes", Help: "Bytes in the spool's files."}),
		active:  f.NewGauge(prometheus.GaugeOpts{Name: "tributary_collector_spool_active", Help: "1 while records go through the spool."}),
		in:      counter("records_in_total", "Records written to the spool because Kafka was away."),
		out:     counter("records_out_total", "Records of the spool that Kafka has acknowledged."),
		found:   counter("records_found_total", "Records that an earlier process had left in the spool."),
		torn:    counter("torn_bytes_total", "Bytes at the end of segments that a dying process left unfinished; nobody was told that they are safe."),
		refused: counter("refused_total", "Requests that the spool had no room for."),
		errors:  counter("errors_total", "Writes that failed, and damaged segments."),
		failed:  counter("delivery_failures_total", "Deliveries that are tried again."),
	}
}

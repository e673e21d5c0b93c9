// Package metrics declares what the sink counts. Everything that moves has a counter; nothing is logged per record.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the sink's metrics on one registry.
type Metrics struct {
	records   *prometheus.CounterVec
	rows      *prometheus.CounterVec
	batches   *prometheus.CounterVec
	insert    *prometheus.HistogramVec
	retries   *prometheus.CounterVec
	poison    *prometheus.CounterVec
	freshness *prometheus.HistogramVec
	newest    *prometheus.GaugeVec
	lag       *prometheus.GaugeVec
	queued    *prometheus.GaugeVec
	pauses    *prometheus.CounterVec
	commits   *prometheus.CounterVec
	fetchErrs *prometheus.CounterVec
	refused   prometheus.Counter
	erasure
}

// New registers the metrics. The error is that of a second sink on one registry.
func New(reg prometheus.Registerer) (*Metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tributary_sink_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tributary_sink_" + name, Help: help}, labels)
	}
	m := &Metrics{
		erasure: newErasure(),
		records: counter("records_total", "Records taken from Kafka, by topic", "topic"),
		rows:    counter("rows_total", "Rows that ClickHouse has acknowledged, by storage table", "table"),
		batches: counter("batches_total", "Inserts that ClickHouse has acknowledged, by storage table", "table"),
		insert: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tributary_sink_insert_seconds", Help: "Duration of acknowledged inserts, by storage table",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}, []string{"table"}),
		retries: counter("retries_total", "Inserts that failed and are tried again, by storage table", "table"),
		poison:  counter("poison_records_total", "Records that could not be read and went to the rejected table, by topic", "topic"),
		freshness: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tributary_sink_freshness_seconds", Help: "Age of the newest row of a batch when it became visible, by storage table",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 14),
		}, []string{"table"}),
		newest:    gauge("newest_row_timestamp_seconds", "When the newest visible row became known, Unix time, by storage table", "table"),
		lag:       gauge("lag_records", "Records on the topic that are not yet visible, by topic", "topic"),
		queued:    gauge("queued_bytes", "Bytes of records that wait to be written, by topic", "topic"),
		pauses:    counter("fetch_pauses_total", "Times fetching was paused because the queue was full, by topic", "topic"),
		commits:   counter("offset_commits_total", "Offset commits, by result", "result"),
		fetchErrs: counter("fetch_errors_total", "Errors of fetches from Kafka, by topic", "topic"),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tributary_sink_rules_refused_total", Help: "Times channel rules could not be read by this build, so that costs of their workspace stayed where they were",
		}),
	}
	for _, c := range []prometheus.Collector{
		m.records, m.rows, m.batches, m.insert, m.retries, m.poison, m.freshness, m.newest, m.lag, m.queued, m.pauses, m.commits, m.fetchErrs, m.refused,
		m.erased, m.erasuresOpen, m.erasureLeft, m.erasureRetries,
	} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Records counts records taken from a topic.
func (m *Metrics) Records(topic string, n int) { m.records.WithLabelValues(topic).Add(float64(n)) }

// Poison counts a record that could not be read.
func (m *Metrics) Poison(topic string) { m.poison.WithLabelValues(topic).Inc() }

// Inserted notes an acknowledged insert. A zero newest says that the rows do not tell when they became known.
func (m *Metrics) Inserted(table string, rows int, took time.Duration, newest, now time.Time) {
	m.rows.WithLabelValues(table).Add(float64(rows))
	m.batches.WithLabelValues(table).Inc()
	m.insert.WithLabelValues(table).Observe(took.Seconds())
	if !newest.IsZero() {
		m.freshness.WithLabelValues(table).Observe(now.Sub(newest).Seconds())
		m.newest.WithLabelValues(table).Set(float64(newest.UnixMilli()) / 1000)
	}
}

// Retry counts a failed insert that is tried again.
func (m *Metrics) Retry(table string) { m.retries.WithLabelValues(table).Inc() }

// Lag sets how many records of a topic are not yet visible.
func (m *Metrics) Lag(topic string, records int64) {
	m.lag.WithLabelValues(topic).Set(float64(records))
}

// Queued sets how many bytes of a topic wait.
func (m *Metrics) Queued(topic string, bytes int) {
	m.queued.WithLabelValues(topic).Set(float64(bytes))
}

// Paused counts a pause of fetching a topic.
func (m *Metrics) Paused(topic string) { m.pauses.WithLabelValues(topic).Inc() }

// Committed counts an offset commit.
func (m *Metrics) Committed(err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.commits.WithLabelValues(result).Inc()
}

// RulesRefused counts channel rules that this build cannot read.
func (m *Metrics) RulesRefused() { m.refused.Inc() }

// FetchError counts a fetch error of a topic.
func (m *Metrics) FetchError(topic string) { m.fetchErrs.WithLabelValues(topic).Inc() }

package metrics

import "github.com/prometheus/client_golang/prometheus"

// erasure is what is counted of cleaning up after erasures.
type erasure struct {
	erased         *prometheus.CounterVec
	erasuresOpen   prometheus.Gauge
	erasureLeft    prometheus.Gauge
	erasureRetries prometheus.Counter
}

func newErasure() erasure {
	return erasure{
		erased: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_sink_erased_rows_total", Help: "Rows removed because they named an erased person, by storage table",
		}, []string{"table"}),
		erasuresOpen: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tributary_sink_erasures_open", Help: "Erasures whose rows are not all removed yet",
		}),
		erasureLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tributary_sink_erasure_left_rows", Help: "Current rows that named the person when an erasure was last looked at",
		}),
		erasureRetries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tributary_sink_erasure_retries_total", Help: "Failed attempts to remove rows of an erased person, which are repeated",
		}),
	}
}

// Erased counts removed rows of a table.
func (m *Metrics) Erased(table string, rows int64) {
	m.erased.WithLabelValues(table).Add(float64(rows))
}

// ErasuresOpen sets how many erasures wait for this member.
func (m *Metrics) ErasuresOpen(n int) { m.erasuresOpen.Set(float64(n)) }

// ErasureLeft sets how many current rows still name an erased person.
func (m *Metrics) ErasureLeft(rows int64) { m.erasureLeft.Set(float64(rows)) }

// ErasureRetry counts a failed attempt.
func (m *Metrics) ErasureRetry() { m.erasureRetries.Inc() }

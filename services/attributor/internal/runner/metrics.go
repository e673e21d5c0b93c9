package runner

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// metrics are shared by the sessions of a process.
type metrics struct {
	records         *prometheus.CounterVec
	produced        *prometheus.CounterVec
	transactions    *prometheus.CounterVec
	commitSeconds   prometheus.Histogram
	batchRecords    prometheus.Histogram
	batchLimit      *prometheus.GaugeVec
	lag             *prometheus.GaugeVec
	rejected        *prometheus.CounterVec
	restoredRecords prometheus.Counter
	restoreSeconds  prometheus.Histogram
	wipes           prometheus.Counter
	tasks           *prometheus.GaugeVec
	stateBytes      *prometheus.GaugeVec
	cacheBytes      prometheus.GaugeFunc
	groupErrors     prometheus.Counter

	mu    sync.Mutex
	sized map[int32]time.Time // when each task's size was last asked for
}

// stateBytesEvery is how often a task's size is asked for: it walks over all tables.
const stateBytesEvery = 10 * time.Second

func (m *metrics) noteStateBytes(partition int32, store *state.Store, now time.Time) {
	m.mu.Lock()
	due := now.Sub(m.sized[partition]) >= stateBytesEvery
	if due {
		m.sized[partition] = now
	}
	m.mu.Unlock()
	if due {
		m.stateBytes.WithLabelValues(label(partition)).Set(float64(store.SizeBytes()))
	}
}

// forget drops the series of a task that has gone elsewhere: a lag that nobody updates would look like a stuck one.
func (m *metrics) forget(partition int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sized, partition)
	m.stateBytes.DeleteLabelValues(label(partition))
	m.lag.DeletePartialMatch(prometheus.Labels{"partition": label(partition)})
}

func newMetrics(reg prometheus.Registerer, cacheBytes func() float64) (*metrics, error) {
	m := &metrics{sized: map[int32]time.Time{}}
	m.declareTransactions()
	m.declareTasks(cacheBytes)
	if reg == nil {
		return m, nil
	}
	for _, c := range m.collectors() {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// ns starts the name of every metric of this service.
const ns = "tributary_attributor_"

// declareTransactions makes the metrics of what goes through.
func (m *metrics) declareTransactions() {
	m.records = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: ns + "records_total",
		Help: "Records polled, by topic, those of aborted transactions included.",
	}, []string{"topic"})
	m.produced = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: ns + "produced_records_total",
		Help: "Records produced in committed transactions, by topic.",
	}, []string{"topic"})
	m.transactions = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: ns + "transactions_total",
		Help: "Transactions, by outcome: committed or aborted.",
	}, []string{"outcome"})
	m.commitSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: ns + "commit_duration_seconds",
		Help: "Time from the last record applied to the store's batch written.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
	m.batchRecords = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: ns + "transaction_input_records",
		Help: "Records read in one transaction.", Buckets: prometheus.ExponentialBuckets(1, 4, 9),
	})
	m.batchLimit = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: ns + "transaction_records_limit",
		Help: "Records that a session's next transaction may have: it falls when transactions are slow.",
	}, []string{"session"})
	m.lag = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: ns + "lag_records",
		Help: "Records between the last one read and the end of its partition, when last polled.",
	}, []string{"topic", "partition"})
	m.rejected = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: ns + "rejected_records_total",
		Help: "Poison records written to rejected-v1, by code.",
	}, []string{"code"})
}

// declareTasks makes the metrics of tasks and their state.
func (m *metrics) declareTasks(cacheBytes func() float64) {
	m.restoredRecords = prometheus.NewCounter(prometheus.CounterOpts{
		Name: ns + "restored_records_total",
		Help: "Changelog records applied to local state.",
	})
	m.restoreSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: ns + "restore_duration_seconds",
		Help: "Time to bring a session's tasks to the end of the changelog.", Buckets: prometheus.ExponentialBuckets(0.01, 4, 10),
	})
	m.wipes = prometheus.NewCounter(prometheus.CounterOpts{
		Name: ns + "state_wipes_total",
		Help: "Stores wiped because they were corrupted, stale or of another changelog.",
	})
	m.tasks = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: ns + "tasks",
		Help: "Tasks of this process, by state.",
	}, []string{"state"})
	m.stateBytes = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: ns + "state_bytes",
		Help: "Size of a task's local state on disk and in memtables.",
	}, []string{"partition"})
	m.cacheBytes = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: ns + "store_cache_bytes",
		Help: "Size of the block cache shared by the stores.",
	}, cacheBytes)
	m.groupErrors = prometheus.NewCounter(prometheus.CounterOpts{
		Name: ns + "group_errors_total",
		Help: "Times a session lost its place in the consumer group and joined again.",
	})
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.records, m.produced, m.transactions, m.commitSeconds, m.batchRecords, m.batchLimit, m.lag, m.rejected, m.restoredRecords,
		m.restoreSeconds, m.wipes, m.tasks, m.stateBytes, m.cacheBytes, m.groupErrors,
	}
}

const (
	outcomeCommitted = "committed"
	outcomeAborted   = "aborted"
)

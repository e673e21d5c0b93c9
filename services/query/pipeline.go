package query

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// pipelineAge is how old the figures of /metrics about the pipeline may be: scrapes are frequent, and these cost a few queries.
const pipelineAge = 15 * time.Second

// pipelineTimeout bounds what a scrape waits for them.
const pipelineTimeout = 5 * time.Second

// pipelineMetrics are the figures of /api/v1/pipeline for Prometheus.
type pipelineMetrics struct {
	answers    *answer.Answerer
	workspaces []string
	log        *zap.Logger
	now        func() time.Time

	lag, freshness, layer, differs *prometheus.Desc

	mu   sync.Mutex
	at   time.Time
	last []prometheus.Metric
}

func newPipelineMetrics(answers *answer.Answerer, workspaces []string, log *zap.Logger, now func() time.Time) *pipelineMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tributary_query_pipeline_"+name, help, labels, nil)
	}
	return &pipelineMetrics{
		answers: answers, workspaces: workspaces, log: log, now: now,
		lag:       desc("lag_records", "Records of Kafka that wait for a consumer group.", "stage"),
		freshness: desc("freshness_seconds", "Seconds since the latest record of a table was received.", "workspace", "table"),
		layer:     desc("layer_count", "What reached each layer in the last 28 days with data, from platform clicks to the ledger.", "workspace", "layer"),
		differs:   desc("differs", "1 when a sum of the ledger is not that of the facts.", "workspace", "sum"),
	}
}

// Describe implements prometheus.Collector.
func (m *pipelineMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.lag, m.freshness, m.layer, m.differs} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out, as Prometheus wants it.
func (m *pipelineMetrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Sub(m.at) >= pipelineAge {
		m.last, m.at = m.read(), m.now()
	}
	for _, metric := range m.last {
		out <- metric
	}
}

func (m *pipelineMetrics) read() []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), pipelineTimeout)
	defer cancel()
	var out []prometheus.Metric
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out = append(out, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
	}
	for i, workspace := range m.workspaces {
		p, err := m.answers.Pipeline(ctx, answer.PipelineRequest{Workspace: workspace})
		if err != nil {
			m.log.Debug("read the pipeline's health for metrics", zap.String("workspace", workspace), zap.Error(err))
			continue
		}
		for _, s := range p.Stages {
			if s.Lag != nil && i == 0 {
				gauge(m.lag, float64(*s.Lag), s.Name)
			}
			if s.FreshnessSeconds != nil {
				gauge(m.freshness, *s.FreshnessSeconds, workspace, s.Name)
			}
		}
		for _, l := range p.Layers {
			gauge(m.layer, float64(l.Count), workspace, l.Layer)
		}
		for _, c := range p.Checks {
			value := 0.0
			if !c.OK {
				value = 1
			}
			gauge(m.differs, value, workspace, c.Name)
		}
	}
	return out
}

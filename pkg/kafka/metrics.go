package kafka

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kprom"
)

// clientMetrics registers a client's metrics for as long as the client lives. kprom would register them itself, but with a panic when a
// second client has the same id.
type clientMetrics struct {
	*kprom.Metrics

	reg prometheus.Registerer
}

var (
	_ kgo.HookNewClient    = (*clientMetrics)(nil)
	_ kgo.HookClientClosed = (*clientMetrics)(nil)
)

// metricsHook returns the hook that exports tributary_kafka_* for one client, or nil without a registry.
func metricsHook(reg prometheus.Registerer, clientID string) (kgo.Hook, error) {
	if reg == nil {
		return nil, nil
	}
	m := kprom.NewMetrics("tributary_kafka",
		kprom.Registry(nil), // it is a collector itself, registered below
		kprom.WithStaticLabel(prometheus.Labels{"client_id": clientID}),                                   // one registry serves every client of the process
		kprom.FetchAndProduceDetail(kprom.ByTopic, kprom.Batches, kprom.Records, kprom.UncompressedBytes), // by topic; partitions would multiply the series
	)
	return &clientMetrics{Metrics: m, reg: reg}, nil
}

// OnNewClient implements kgo.HookNewClient.
func (m *clientMetrics) OnNewClient(cl *kgo.Client) {
	m.Metrics.OnNewClient(cl)
	// A second client of the same id goes without metrics: two would fight over the same series, and losing them is better than losing the client.
	if err := m.reg.Register(m.Metrics); err != nil {
		m.reg = nil
	}
}

// OnClientClosed implements kgo.HookClientClosed.
func (m *clientMetrics) OnClientClosed(*kgo.Client) {
	if m.reg != nil {
		m.reg.Unregister(m.Metrics)
	}
}

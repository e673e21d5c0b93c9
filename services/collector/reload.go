package collector

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.uber.org/zap"
)

// Outcomes of reloads, as they are counted.
const (
	reloadApplied = "applied"
	reloadRefused = "refused"
)

func newReloads(reg prometheus.Registerer) *prometheus.CounterVec {
	return promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "tributary_collector_reloads_total", Help: "Times that keys and webhooks were read anew, by result: applied or refused.",
	}, []string{"result"})
}

// Reload takes the keys and webhooks that load returns from now on, without a request being lost: those that were let in before go on. To rotate a key, both are
// configured until every sender has the new one. Nothing else of the configuration is looked at: workspaces and limits are those of the start. An error leaves
// everything as it was.
func (s *Service) Reload(load func() (Config, error)) error {
	next, err := load()
	var from *senders
	if err == nil {
		from, err = next.senders(s.from.workspaces)
	}
	if err != nil {
		s.reloads.WithLabelValues(reloadRefused).Inc()
		s.log.Error("keys and webhooks stay as they were", zap.Error(err))
		return fmt.Errorf("read keys and webhooks anew: %w", err)
	}
	s.from.keys.Replace(from.keys)
	s.from.webhooks.Replace(from.webhooks)
	s.from.crms.Replace(from.crms)
	s.reloads.WithLabelValues(reloadApplied).Inc()
	s.log.Info("keys and webhooks were read anew", zap.Int("keys", len(next.Keys)), zap.Int("webhooks", len(next.Webhooks)))
	return nil
}

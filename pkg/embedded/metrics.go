package embedded

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// refusedReasons are all reasons, so that each series is there from the start.
var refusedReasons = []string{refusedSite, refusedHost, refusedProtocol}

// registerMetrics registers a process's metrics. They stay when it ends, and go over to the next process of the engine.
func registerMetrics(reg prometheus.Registerer, p *process) error {
	if reg == nil {
		return nil
	}
	for _, reason := range refusedReasons {
		counter := prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "tributary_embedded_refused_total",
			Help: "Connections and requests that an embedded engine's guard refused: asked for by a page of another site (site), for a name that is not " +
				"this machine's (host), or in another protocol (protocol).",
			ConstLabels: prometheus.Labels{"engine": p.name, "reason": reason},
		}, func() float64 { return float64(p.refused(reason)) })
		err := reg.Register(counter)
		var before prometheus.AlreadyRegisteredError
		if errors.As(err, &before) {
			reg.Unregister(before.ExistingCollector)
			err = reg.Register(counter)
		}
		if err != nil {
			return fmt.Errorf("register metrics of %s: %w", p.name, err)
		}
	}
	return nil
}

package intake

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/receipt"
)

type metrics struct {
	events, rejected, flags, withheld *prometheus.CounterVec
}

// New returns an intake. futureMaxUS is how far in the future a record may say it happened, microseconds. A nil registry keeps the metrics to itself.
func New(stamps *receipt.Stamper, futureMaxUS int64, reg prometheus.Registerer) *Intake {
	f := promauto.With(reg)
	return &Intake{
		parser: event.NewParser(), stamps: stamps, futureMaxUS: futureMaxUS,
		records: sync.Pool{New: func() any { return &event.Record{} }},
		metrics: &metrics{
			events: f.NewCounterVec(prometheus.CounterOpts{
				Name: "tributary_collector_decoded_total", Help: "Records decoded and handed to Kafka, by type.",
			}, []string{"type"}),
			withheld: f.NewCounterVec(prometheus.CounterOpts{
				Name: "tributary_collector_withheld_total", Help: "Records taken and not kept, because their visitors deny consent and nothing else is in them, by type.",
			}, []string{"type"}),
			rejected: f.NewCounterVec(prometheus.CounterOpts{
				Name: "tributary_collector_rejected_total", Help: "Records and whole requests refused, by endpoint and code.",
			}, []string{"endpoint", "code"}),
			flags: f.NewCounterVec(prometheus.CounterOpts{
				Name: "tributary_collector_flags_total", Help: "What was noticed about records that were taken all the same, by flag.",
			}, []string{"flag"}),
		},
	}
}

// Parser is the intake's parser, which splits bodies.
func (in *Intake) Parser() *event.Parser { return in.parser }

func (m *metrics) taken(t event.Type, flags []string, err error) {
	if err != nil {
		return
	}
	m.events.WithLabelValues(string(t)).Inc()
	for _, f := range flags {
		if strings.HasPrefix(f, event.FlagUnknownField) {
			f = "unknown_field" // the name is the sender's: as a label it would be without bound
		}
		m.flags.WithLabelValues(f).Inc()
	}
}

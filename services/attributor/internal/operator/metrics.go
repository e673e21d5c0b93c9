package operator

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what the operator does. Make it once per registry and share it between operators.
type Metrics struct {
	inputs *prometheus.CounterVec
	// events and messages are inputs by source, loaded and cached are loads by place: looked up once, not for each record.
	events, messages, loaded, cached prometheus.Counter
	poison                           *prometheus.CounterVec
	duplicates                       prometheus.Counter
	postings                         *prometheus.CounterVec
	computations                     prometheus.Counter
	postponed                        prometheus.Counter
	dropped, waiting, divided        prometheus.Counter
	versionsJoined                   prometheus.Counter
	pauses                           prometheus.Histogram
	limits, expired                  *prometheus.CounterVec
	epochs                           prometheus.Counter
	loads                            *prometheus.CounterVec
	cacheBytes                       prometheus.Gauge
	sweptSubjects, sweptTouches      prometheus.Counter
	sweepLeft, rebuildNeeded         *prometheus.GaugeVec
	cacheItems                       prometheus.Gauge
}

// NewMetrics registers the operator's metrics on reg; nil keeps them unregistered.
//
//nolint:funlen // one list: a metric a line would be found no better in several functions.
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	const ns = "tributary_attributor_"
	m := &Metrics{
		inputs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "inputs_total",
			Help: "Records applied, by topic.",
		}, []string{"source"}),
		poison: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "poison_records_total",
			Help: "Records that can never be applied, by code.",
		}, []string{"code"}),
		duplicates: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "duplicate_events_total",
			Help: "Events whose id was known already.",
		}),
		postings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "postings_total",
			Help: "Ledger postings, by reason.",
		}, []string{"reason"}),
		computations: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "journey_computations_total",
			Help: "Journeys weighed under all models.",
		}),
		postponed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "journey_postponements_total",
			Help: "Owners that put off weighing a long journey.",
		}),
		versionsJoined: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "opportunity_versions_joined_total",
			Help: "Versions of opportunities that were told as one with the next, since thousands of their records came in one transaction.",
		}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "journey_touches_dropped_total",
			Help: "Touches left out of a computation because the owner has more than the configured maximum.",
		}),
		waiting: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "posting_postponements_total",
			Help: "Transactions in which the posting of a long journey waited for the next one.",
		}),
		pauses: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    ns + "journey_pause_seconds",
			Help:    "How long owners wait, after weighing journeys, before they weigh those again that have no new milestone.",
			Buckets: []float64{.001, .01, .1, 1, 10, 60, 120, 600},
		}),
		divided: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "posting_divisions_total",
			Help: "Transactions that ended in the posting of a long journey: the next one goes on with the models that are left.",
		}),
		limits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "limit_drops_total",
			Help: "What a limit left out, by limit.",
		}, []string{"limit"}),
		expired: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "expired_total",
			Help: "What has left the state because no look-back reaches it any more.",
		}, []string{"what"}),
		epochs: prometheus.NewCounter(prometheus.CounterOpts{
			Name: ns + "route_epoch_overflows_total",
			Help: "Persons or accounts whose routing changed more often than row versions can tell apart.",
		}),
		loads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: ns + "subject_loads_total",
			Help: "Subjects needed by a record, by where they were found.",
		}, []string{"from"}),
		cacheBytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: ns + "subject_cache_bytes",
			Help: "Estimated size of the decoded subjects in memory.",
		}),
		cacheItems: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: ns + "subject_cache_subjects",
			Help: "Decoded subjects in memory.",
		}),
	}
	m.sweptSubjects = prometheus.NewCounter(prometheus.CounterOpts{
		Name: ns + "swept_subjects_total",
		Help: "Subjects computed again in the background because models or channel rules changed.",
	})
	m.sweptTouches = prometheus.NewCounter(prometheus.CounterOpts{
		Name: ns + "swept_touches_total",
		Help: "Touches of those subjects.",
	})
	m.sweepLeft = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: ns + "sweep_subjects_left",
		Help: "Subjects not yet computed by the latest models and channel rules, by task.",
	}, []string{"task"})
	m.rebuildNeeded = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: ns + "rebuild_needed",
		Help: "1 when conversions, forms or the session gap are others than those that the state was computed by, by task: run tributary rebuild.",
	}, []string{"task"})
	m.events, m.messages = m.inputs.WithLabelValues("events"), m.inputs.WithLabelValues("subjects")
	m.loaded, m.cached = m.loads.WithLabelValues("store"), m.loads.WithLabelValues("cache")
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{
		m.inputs, m.poison, m.duplicates, m.postings, m.computations, m.postponed, m.dropped, m.versionsJoined, m.waiting, m.divided, m.pauses, m.limits, m.expired,
		m.epochs, m.loads, m.cacheBytes, m.cacheItems, m.sweptSubjects, m.sweptTouches, m.sweepLeft, m.rebuildNeeded,
	} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Limits by name, as the label of limit_drops_total.
const (
	// limitClaimBytes left out touches of a journey whose names are absurdly long.
	limitClaimBytes = "claim_bytes"
	// limitSubjectEvents refused an event of a subject that has too many, limitSubjectTouches a touch that another one gave it.
	limitSubjectEvents  = "subject_events"
	limitSubjectTouches = "subject_touches"
	// limitSubjectLinks refused a link to a subject that has too many.
	limitSubjectLinks = "subject_links"
	// limitRetention refused a touch or conversion that came later than the retention allows.
	limitRetention = "retention"
	// limitExpiredJourney kept the weights of a journey whose touches are no longer known.
	limitExpiredJourney = "expired_journey"
)

// limit is the counter of what a limit left out.
func (m *Metrics) limit(name string) prometheus.Counter { return m.limits.WithLabelValues(name) }
func label(partition int32) string                      { return strconv.Itoa(int(partition)) }

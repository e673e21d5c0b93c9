package operator

import (
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// expiring is the removal of one subject's past.
type expiring struct {
	f       *flush
	s       *subject
	cutUS   int64
	removed int
}

func (x *expiring) remove(key []byte) {
	x.f.change(x.s, key, nil)
	x.removed++
}

func (x *expiring) count(what string) { x.f.op.metrics.expired.WithLabelValues(what).Inc() }

// isIdle tells whether nothing of a visitor is after the cut, and nobody else says anything of it: a CRM that names a browser is believed for ever.
func (x *expiring) isIdle() bool {
	n := len(x.s.events)
	return n > 0 && x.s.events[n-1].ev.OccurredUs < x.cutUS && len(x.s.received) == 0
}

// everything removes the subject.
func (x *expiring) everything() error {
	s := x.s
	x.count("visitor")
	for _, prefix := range [...][]byte{itemsPrefix(s.id), bodiesPrefix(s.id)} {
		err := x.f.op.store.Scan(s.partition, prefix, func(key, _ []byte) error {
			x.remove(slices.Clone(key))
			return nil
		})
		if err != nil {
			return fmt.Errorf("read what is to be removed: %w", err)
		}
	}
	x.remove(headerKey(s.id))
	if s.state.WakeUs != 0 {
		x.remove(alarmKey(s.id))
		x.f.op.alarmChanges = append(x.f.op.alarmChanges, alarmChange{partition: s.partition, subject: s.id})
	}
	x.f.op.expired = append(x.f.op.expired, s)
	return nil
}

// events removes touches and conversions of the subject's own, and what was posted of the latter.
func (x *expiring) events() {
	for _, e := range x.s.events {
		if e.ev.OccurredUs >= x.cutUS {
			break
		}
		if !x.s.expires(e.ev) {
			continue
		}
		x.remove(stateKey(x.s.id, classEvent, e.ev.Id, ""))
		x.count("event")
		journey := attribution.ConversionJourneyID(e.ev.Id)
		if h := x.s.homes[journey]; h != nil {
			x.count("journey")
			x.remove(stateKey(x.s.id, classHome, journey, ""))
			for _, ref := range h.bodies() {
				for i := range ref.sections {
					x.remove(sectionKey(x.s.id, journey, ref.owner, ref.body, i))
				}
			}
		}
		if x.s.journeys[journey] != nil {
			x.remove(stateKey(x.s.id, classOwned, journey, ""))
		}
	}
}

// items removes touches and conversions that others gave the subject.
func (x *expiring) items() {
	for _, k := range sortedKeys(x.s.received, itemKey.compare) {
		if k.kind != itemTouch && k.kind != itemConversion && k.kind != itemInquiry {
			continue
		}
		for it := x.s.received[k]; it != nil; it = it.twin {
			if it.atUS >= x.cutUS || k.kind == itemInquiry && !isOfPerson(it) {
				continue
			}
			x.remove(stateKey(x.s.id, byte(k.kind), it.from, k.id))
			x.count(map[itemKind]string{itemTouch: "touch", itemConversion: "conversion", itemInquiry: "inquiry"}[k.kind])
			if journey := journeyIDOf(it); journey != "" && x.s.journeys[journey] != nil {
				x.remove(stateKey(x.s.id, classOwned, journey, ""))
			}
		}
	}
}

// isOfPerson tells inquiries about a conversion's account from those of deals, which may live on.
func isOfPerson(it *item) bool {
	q, ok := it.msg.(*pb.AccountInquiry)
	if !ok {
		return false
	}
	_, kind, _, err := identity.ParseSubject(q.Asker)
	return err == nil && kind.IsPerson()
}

// isExpired tells whether touches that a journey looks back at have left the state.
func (s *subject) isExpired(it *item) bool {
	from, _ := s.window(it)
	return s.state.ExpiredUs > 0 && from < s.state.ExpiredUs
}

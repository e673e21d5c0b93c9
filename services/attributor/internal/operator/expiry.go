package operator

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Expiry: with a retention, state is bounded by time. Per workspace and task there is a watermark, the latest occurrence of any event so far. The door
// is behind the task's own; the cut is behind the watermark that every task has reached.
//
//	              reach                  grace          retention
//	├── gone ──┼── looked back at ──┼── neighbours ──┼── counts in full ──┤ watermark
//	           cut                  ended            door
//
// An event before the door is refused, if it is a touch or a conversion, and counted; one after it finds all that it can have to do with: its session
// (grace) and the touches that its journeys look back at (reach, the longest look-back). Journeys that ended before "ended" get no more touches. What is before
// the cut leaves the state, without a word to anybody: rows and postings stay as they are. Touches stay longer where a deal that is still open, or ended
// lately, looks back at them. Who somebody is (links, leads, contacts) and what a deal is stays; a visitor that was not seen since the cut goes with
// all of it.
//
// A deal that hears of its facts again after touches of its look-back are gone keeps the weights it had (Claim.is_expired): a deletion is reversed to the cent,
// a reopening is posted as it was.

const (
	// expiryGraceUS keeps the neighbours of the oldest events that count: a session of a day and a night is one.
	expiryGraceUS = 2 * 24 * 3600 * 1_000_000
	// expiryRounds is how many rounds over all subjects there are in the time of a retention.
	expiryRounds = 64
	// expirySubjects is how many subjects a transaction looks at.
	expirySubjects = 20
	// watermarkStepUS is how far a watermark moves before it is written again: less is lost in a restart without harm.
	watermarkStepUS = 60 * 1_000_000
)

// expiryPrefix starts the keys of Expiry: it is of a task, not of a subject.
const expiryPrefix = "w/"

func expiryStateKey(workspace string) []byte { return append([]byte(expiryPrefix), workspace...) }

type expiryKey struct {
	partition int32
	workspace string
}

// expiry is how far a task has forgotten a workspace's past.
type expiry struct {
	expiryKey
	state *pb.Expiry
	// saved is the watermark as written.
	saved int64
	// touched tells that this transaction had events of it.
	touched bool
}

// door is the moment before which an event comes too late.
func (e *expiry) door(retentionUS int64) int64 { return e.state.WatermarkUs - retentionUS }

// everywhere is the watermark that all tasks have reached, as far as this one has heard: what a slower one has yet to say must find what it is about. A task that
// was never heard of holds everything back, which costs room and nothing else.
func (e *expiry) everywhere(partitions int32) int64 {
	us := e.state.WatermarkUs
	for p := range partitions {
		if p != e.partition {
			us = min(us, e.state.Heard[p])
		}
	}
	return us
}

// hear notes where the sender of a message is.
func (o *Operator) hear(s *subject, m *pb.SubjectMessage) error {
	if m.WatermarkUs == 0 || m.Partition == s.partition {
		return nil
	}
	e, err := o.expiryOf(expiryKey{s.partition, s.workspace})
	if err != nil {
		return err
	}
	if e.state.Heard == nil {
		e.state.Heard = make(map[int32]int64)
	}
	e.touched = true
	e.state.Heard[m.Partition] = max(e.state.Heard[m.Partition], m.WatermarkUs)
	return nil
}

// tell writes on a message where its sender is.
func (f *flush) tell(m *pb.SubjectMessage, k expiryKey) {
	if e := f.op.expiries[k]; e != nil {
		m.WatermarkUs, m.Partition = e.state.WatermarkUs, k.partition
	}
}

// expiryOf returns the expiry of a workspace in a task.
func (o *Operator) expiryOf(k expiryKey) (*expiry, error) {
	if e := o.expiries[k]; e != nil {
		return e, nil
	}
	value, err := o.store.Get(k.partition, expiryStateKey(k.workspace))
	if err != nil {
		return nil, fmt.Errorf("read the expiry of workspace %q: %w", k.workspace, err)
	}
	e := &expiry{expiryKey: k, state: &pb.Expiry{}}
	if err := unmarshalState(k.workspace, e.state, value); err != nil {
		return nil, err
	}
	e.saved = e.state.WatermarkUs
	o.expiries[k] = e
	return e, nil
}

// isTooLate tells whether an event is before the door, and moves the watermark on.
func (o *Operator) isTooLate(s *subject, ev *pb.Event) (bool, error) {
	if s.rules.RetentionUS == 0 {
		return false, nil
	}
	e, err := o.expiryOf(expiryKey{s.partition, s.workspace})
	if err != nil {
		return false, err
	}
	e.touched = true
	e.state.WatermarkUs = max(e.state.WatermarkUs, ev.OccurredUs)
	if ev.OccurredUs >= e.door(s.rules.RetentionUS) || !s.expires(ev) {
		return false, nil
	}
	o.metrics.limit(limitRetention).Inc()
	return true, nil
}

// expires tells whether an event says something of its moment only: touches and conversions. Links, leads, contacts and deals say what holds from then on.
func (s *subject) expires(ev *pb.Event) bool {
	switch b := ev.Body.(type) {
	case *pb.Event_Page, *pb.Event_Touch:
		return true
	case *pb.Event_Track:
		c := s.rules.Conversion(b.Track.GetName())
		return (c == nil || !c.IsLead) && (ev.EmailSha256 == "" || !s.isForm(b.Track.GetName()))
	default:
		return false
	}
}

// expire goes on with the rounds of the workspaces that had events in this transaction.
func (f *flush) expire() error {
	for _, e := range f.op.expiries {
		if !e.touched {
			continue
		}
		e.touched = false
		r, err := f.op.registry(e.workspace, e.partition)
		if err != nil {
			return err
		}
		c := r.current
		if c.RetentionUS == 0 {
			continue
		}
		st := e.state
		isNews := st.WatermarkUs-e.saved >= watermarkStepUS
		if known := e.everywhere(f.op.cfg.Partitions); !st.IsSweeping && known-st.RoundUs >= c.RetentionUS/expiryRounds {
			st.RoundUs, st.Cursor, st.IsSweeping = known, "", true
		}
		if st.IsSweeping {
			ended := st.RoundUs - c.RetentionUS - expiryGraceUS
			if err := f.expireSome(e, ended-c.ReachUS(), ended); err != nil {
				return fmt.Errorf("expire state of workspace %q: %w", e.workspace, err)
			}
			isNews = true
		}
		if isNews {
			value, err := encode(st)
			if err != nil {
				return err
			}
			e.saved = st.WatermarkUs
			f.result.Changes = append(f.result.Changes, Change{Partition: e.partition, Key: expiryStateKey(e.workspace), Value: value})
		}
	}
	return nil
}

// expireSome looks at the next subjects of a round.
func (f *flush) expireSome(e *expiry, cutUS, endedUS int64) error {
	ids, last, err := f.op.headersAfter(e.partition, e.workspace, e.state.Cursor, f.op.cfg.expirySubjects())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := f.expireSubject(e.partition, id, cutUS, endedUS); err != nil {
			return fmt.Errorf("subject %q: %w", id, err)
		}
		e.state.Cursor = id
	}
	if last {
		e.state.IsSweeping, e.state.Cursor = false, ""
	}
	return nil
}

// headersAfter returns the next subjects of a workspace, without cells, and whether they are the last ones.
func (o *Operator) headersAfter(partition int32, workspace, cursor string, limit int) (ids []string, last bool, err error) {
	prefix := []byte(headerPrefix + workspace + "|")
	from := prefix
	if cursor != "" {
		from = append(headerKey(cursor), nul)
	}
	cells := append(slices.Clone(prefix), byte(identity.KindCell))
	err = o.store.ScanFrom(partition, prefix, from, func(key, _ []byte) error {
		// Cells come last, and there may be many.
		if bytes.HasPrefix(key, cells) || len(ids) == limit {
			return errFull
		}
		ids = append(ids, string(key[len(headerPrefix):]))
		return nil
	})
	if err != nil && !errors.Is(err, errFull) {
		return nil, false, err
	}
	return ids, len(ids) < limit, nil
}

// expireSubject removes what is before the cut from the state of one subject. It changes nothing in memory: the subject is read again when it is needed,
// and what is read has not changed, so nobody hears of it.
func (f *flush) expireSubject(partition int32, id string, cutUS, endedUS int64) error {
	workspace, kind, name, err := identity.ParseSubject(id)
	if err != nil || kind == identity.KindOpportunity || kind == identity.KindCell {
		return nil //nolint:nilerr // what is no subject has nothing that expires
	}
	s := f.op.cache.byID[id]
	if s == nil {
		if s, err = f.op.load(address{id: id, workspace: workspace, kind: kind, name: name, partition: partition}); err != nil {
			return err
		}
	}
	if s.isPosting() {
		return nil // The next round finds it posted.
	}
	x := &expiring{f: f, s: s, cutUS: s.cutBefore(cutUS, endedUS)}
	if kind == identity.KindVisitor && !s.tx.touched && x.isIdle() {
		return x.everything()
	}
	x.events()
	x.items()
	if x.removed == 0 {
		return nil
	}
	s.state.ExpiredUs = max(s.state.ExpiredUs, x.cutUS)
	f.op.expired = append(f.op.expired, s)
	return f.put(s, headerKey(s.id), s.state)
}

// cutBefore moves the cut back to what open journeys look back at, and to the gap before the session that it lies in.
func (s *subject) cutBefore(cutUS, endedUS int64) int64 {
	for _, j := range s.journeys {
		if it := j.current(); it != nil && it.key.kind == itemOpportunity {
			if from, to := s.window(it); to >= endedUS {
				cutUS = min(cutUS, from)
			}
		}
	}
	if s.kind != identity.KindVisitor {
		return cutUS
	}
	next := int64(1<<63 - 1)
	for _, e := range slices.Backward(s.events) {
		if _, _, ok := s.hit(e.ev); !ok {
			continue
		}
		if us := e.ev.OccurredUs; us < cutUS {
			if next-us > s.rules.SessionGapUS {
				break
			}
			cutUS = us
		}
		next = e.ev.OccurredUs
	}
	return cutUS
}

// keepWeights gives a claim the weights of the one that was posted, when the touches that they are of have left the state of its owner.
func (f *flush) keepWeights(s *subject, h *homeJourney, c *pb.Claim) (*pb.Claim, error) {
	posted := h.state.PostedClaim
	if !c.IsExpired || posted == nil || len(posted.Models) == 0 {
		return c, nil
	}
	f.op.metrics.limit(limitExpiredJourney).Inc()
	kept := &pb.Claim{
		JourneyId: c.JourneyId, Owner: c.Owner, FactsRev: c.FactsRev, PersonId: c.PersonId, AccountId: c.AccountId, Excluded: c.Excluded,
		IsExpired: true, Touches: posted.Touches, Models: posted.Models, Sections: posted.Sections, Body: posted.Body,
	}
	if posted.Owner == c.Owner {
		return kept, nil
	}
	for i := range posted.Sections {
		piece, err := f.section(s, posted, i)
		if err != nil {
			return nil, err
		}
		s.takeSection(&pb.ClaimSection{
			JourneyId: piece.JourneyId, Owner: c.Owner, Body: piece.Body, Section: piece.Section, Touches: piece.Touches, Models: piece.Models,
		})
	}
	return kept, nil
}

// endExpiry drops what the transaction changed of expired subjects: they are read again. After an abort so is how far the rounds are.
func (o *Operator) endExpiry(aborted bool) {
	for _, s := range o.expired {
		o.cache.drop(s)
	}
	clear(o.expired)
	o.expired = o.expired[:0]
	if aborted {
		clear(o.expiries)
	}
}

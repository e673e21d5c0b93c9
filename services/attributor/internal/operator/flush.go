package operator

import (
	"cmp"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Contract names of the topics the operator writes.
const (
	topicSubjects      = "subjects-v1"
	topicCredits       = "credits-v1"
	topicLedger        = "ledger-v1"
	topicCells         = "cells-v1"
	topicTouchpoints   = "touchpoints-v1"
	topicConversions   = "conversions-v1"
	topicOpportunities = "opportunities-v1"
	topicModels        = "models-v1"
)

// recordBytes is about how long a record gets where its content can be cut: far below what a topic takes.
const recordBytes = 1 << 20

// flush is the computation of one transaction's result.
type flush struct {
	op     *Operator
	nowUS  int64
	result Result
	// parcels are the contributions of the subject at hand, one per target, in order of first use.
	parcels []*parcel
	// bytes is how much the transaction writes so far.
	bytes int
	// longs is how many models of long journeys it has posted.
	longs int
	// err is the first error of an encoding, checked once per subject.
	err error
	// cells are the sums of the transaction, in order of first use.
	cells     map[cellKey]*cellSum
	cellOrder []*cellSum
	cellSlab  []cellSum
}

// subject computes one touched subject.
func (f *flush) subject(s *subject) error {
	if s.kind == identity.KindCell {
		return f.flushCell(s)
	}
	f.parcels = f.parcels[:0]
	f.wake(s)
	rerouted := f.settle(s)
	if rerouted || s.tx.said {
		f.answerAll(s)
	}
	if err := f.own(s, rerouted); err != nil {
		return err
	}
	if err := f.homes(s); err != nil {
		return err
	}
	for _, p := range f.parcels {
		f.send(s, p.target, &pb.SubjectMessage{Body: &pb.SubjectMessage_Contribution{Contribution: &p.Contribution}})
	}
	f.countTouches(s)
	if f.err != nil {
		return f.err
	}
	return f.save(s)
}

// parcel returns the contribution being built for a target. One that has grown long stays as it is and another is begun, so that a
// subject of any size can move.
func (f *flush) parcel(target string) *parcel {
	for _, p := range f.parcels {
		if p.target == target && p.bytes < recordBytes {
			return p
		}
	}
	p := &parcel{target: target}
	f.parcels = append(f.parcels, p)
	return p
}

// send produces a message from a subject, with the subject's cause.
func (f *flush) send(s *subject, to string, m *pb.SubjectMessage) {
	m.To, m.From, m.Cause = to, s.id, s.tx.cause
	f.tell(m, expiryKey{s.partition, s.workspace})
	f.emit(topicSubjects, to, m)
}

// emit produces a record. An error is kept in f.err: nothing is committed after one.
func (f *flush) emit(topic, key string, m message) {
	value, err := encode(m)
	if err != nil {
		f.err = cmp.Or(f.err, err)
		return
	}
	f.bytes += len(value)
	f.result.Outputs = append(f.result.Outputs, Output{Topic: topic, Key: []byte(key), Value: value})
}

// save writes what changed of a subject.
func (f *flush) save(s *subject) error {
	for _, e := range s.tx.events {
		f.change(s, stateKey(s.id, classEvent, e.ev.Id, ""), e.raw)
		e.raw = nil
	}
	for _, id := range s.tx.erased {
		if s.findEvent(id) < 0 {
			f.change(s, stateKey(s.id, classEvent, id, ""), nil)
		}
	}
	for _, it := range s.tx.changed {
		if err := f.saveItem(s, it); err != nil {
			return err
		}
	}
	for _, j := range s.tx.staleJourneys {
		j.stale = false
		key := stateKey(s.id, classOwned, j.id, "")
		if s.journeys[j.id] != j {
			f.change(s, key, nil)
			continue
		}
		if err := f.put(s, key, j.state); err != nil {
			return err
		}
	}
	for _, id := range s.tx.movedHomes {
		if s.homes[id] == nil {
			f.change(s, stateKey(s.id, classHome, id, ""), nil)
		}
	}
	for _, h := range s.tx.staleHomes {
		h.stale = false
		if h.isEmpty() {
			delete(s.homes, h.id)
			f.change(s, stateKey(s.id, classHome, h.id, ""), nil)
			continue
		}
		if err := f.put(s, stateKey(s.id, classHome, h.id, ""), h.state); err != nil {
			return err
		}
	}
	if err := f.saveSections(s); err != nil {
		return err
	}
	if err := f.saveInfos(s); err != nil {
		return err
	}
	f.vanish(s)
	f.saveAlarm(s)
	if s.tx.headerDirty {
		return f.put(s, headerKey(s.id), s.state)
	}
	return nil
}

func (f *flush) saveItem(s *subject, it *item) error {
	it.changed = false
	if it.own() {
		return nil
	}
	key := stateKey(s.id, byte(it.key.kind), it.from, it.key.id)
	if it.gone {
		s.forget(it)
		f.change(s, key, nil)
		return nil
	}
	return f.put(s, key, it.msg)
}

func (f *flush) saveInfos(s *subject) error {
	seen := make(map[infoKey]bool, len(s.tx.staleInfos))
	for _, k := range s.tx.staleInfos {
		if seen[k] {
			continue
		}
		seen[k] = true
		key := stateKey(s.id, classAnswer, k.about, k.from)
		info := s.infos[k]
		if info == nil {
			f.change(s, key, nil)
			continue
		}
		if err := f.put(s, key, info); err != nil {
			return err
		}
	}
	return nil
}

func (f *flush) put(s *subject, key []byte, m message) error {
	value, err := encode(m)
	if err != nil {
		return err
	}
	if value == nil {
		// Nil deletes; a message of zero values is there all the same.
		value = []byte{}
	}
	f.change(s, key, value)
	return nil
}

func (f *flush) change(s *subject, key, value []byte) {
	f.result.Changes = append(f.result.Changes, Change{Partition: s.partition, Key: key, Value: value})
}

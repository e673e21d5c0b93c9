package operator

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Alarms: a subject that puts something off until a moment says so in state, under a key of its own, and the task sends it a Wake when the moment has
// come. Until then nothing is sent and nothing committed.
//
//	a/<subject>   big-endian microseconds: when its Wake is due
//
// What is done then is done in the transaction that reads the Wake, like everything else. The transaction that sends it may read nothing: so nobody checks
// that this member still has the partition, and a second Wake may come from another one. It says what it is for, and means nothing once that is done.

// alarmPrefix begins the keys of alarms: a task finds all of its own without reading a subject.
const alarmPrefix = "a/"

// ringMost is how many alarms one transaction rings; the next one rings the rest.
const ringMost = 1000

func alarmKey(subject string) []byte { return append([]byte(alarmPrefix), subject...) }

// alarm is when a subject wants to be woken; it stays until the subject has been.
type alarm struct {
	dueUS  int64
	isSent bool
}

// alarms are those of one task, as committed.
type alarms struct {
	bySubject map[string]alarm
	// next is the earliest that is not sent, 0 for none; it is computed again when it is unknown.
	next        int64
	isNextKnown bool
}

// alarmChange is what the running transaction does to an alarm.
type alarmChange struct {
	partition int32
	subject   string
	// alarm of no moment is none.
	alarm alarm
}

// NextWake tells when the earliest subject of these tasks wants to be woken (microseconds; 0: none does). A Flush at that moment or later sends its Wake.
// Call it between transactions.
func (o *Operator) NextWake(partitions []int32) (dueUS int64, err error) {
	for _, p := range partitions {
		a, err := o.alarmsOf(p)
		if err != nil {
			return 0, err
		}
		if next := a.earliest(); next != 0 && (dueUS == 0 || next < dueUS) {
			dueUS = next
		}
	}
	return dueUS, nil
}

// alarmsOf are the alarms of a task, read when it is first asked for them.
func (o *Operator) alarmsOf(partition int32) (*alarms, error) {
	if a := o.alarms[partition]; a != nil {
		return a, nil
	}
	a := &alarms{bySubject: make(map[string]alarm)}
	err := o.store.Scan(partition, []byte(alarmPrefix), func(key, value []byte) error {
		subject := string(key[len(alarmPrefix):])
		if len(value) != 8 {
			return fmt.Errorf("%w: alarm of %q", errState, subject)
		}
		a.bySubject[subject] = alarm{dueUS: int64(binary.BigEndian.Uint64(value))}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the alarms of task %d: %w", partition, err)
	}
	o.alarms[partition] = a
	return a, nil
}

func (a *alarms) earliest() int64 {
	if a.isNextKnown {
		return a.next
	}
	a.next, a.isNextKnown = 0, true
	for _, al := range a.bySubject {
		if !al.isSent && (a.next == 0 || al.dueUS < a.next) {
			a.next = al.dueUS
		}
	}
	return a.next
}

// ring sends the Wakes that are due.
func (f *flush) ring() {
	var due []alarmChange
	for p, a := range f.op.alarms {
		if next := a.earliest(); next == 0 || next > f.nowUS {
			continue
		}
		for subject, al := range a.bySubject {
			if !al.isSent && al.dueUS <= f.nowUS {
				due = append(due, alarmChange{p, subject, alarm{al.dueUS, true}})
			}
		}
	}
	slices.SortFunc(due, func(a, b alarmChange) int {
		return cmp.Or(cmp.Compare(a.alarm.dueUS, b.alarm.dueUS), cmp.Compare(a.subject, b.subject))
	})
	due = due[:min(len(due), ringMost)]
	for _, d := range due {
		f.emit(topicSubjects, d.subject, &pb.SubjectMessage{
			To: d.subject, From: d.subject, Body: &pb.SubjectMessage_Wake{Wake: &pb.Wake{DueUs: d.alarm.dueUS}},
		})
	}
	f.op.alarmChanges = append(f.op.alarmChanges, due...)
}

// wake handles a Wake: done when it is due, put off again when it is early by this process's clock.
func (f *flush) wake(s *subject) {
	switch {
	case !s.tx.ownWake || s.state.WakeUs == 0:
	case f.nowUS < s.state.WakeUs:
		s.setAlarm(s.state.WakeUs)
	default:
		s.state.WakeUs = 0
		s.tx.headerDirty = true
		s.setAlarm(0)
	}
}

// wakeAt asks for a Wake: in the next transaction when the moment has come, else by an alarm.
func (f *flush) wakeAt(s *subject, dueUS int64) {
	s.state.WakeUs = max(dueUS, 1)
	s.tx.headerDirty = true
	if s.state.WakeUs > f.nowUS {
		s.setAlarm(s.state.WakeUs)
		return
	}
	s.setAlarm(0)
	f.send(s, s.id, &pb.SubjectMessage{Body: &pb.SubjectMessage_Wake{Wake: &pb.Wake{DueUs: s.state.WakeUs}}})
}

// setAlarm notes when the subject's alarm is due from now on; 0 for none.
func (s *subject) setAlarm(dueUS int64) { s.tx.alarmSet, s.tx.alarmUS = true, dueUS }

// saveAlarm writes the alarm that was set.
func (f *flush) saveAlarm(s *subject) {
	if !s.tx.alarmSet {
		return
	}
	var value []byte
	if s.tx.alarmUS != 0 {
		value = binary.BigEndian.AppendUint64(nil, uint64(s.tx.alarmUS))
	}
	f.change(s, alarmKey(s.id), value)
	f.op.alarmChanges = append(f.op.alarmChanges, alarmChange{s.partition, s.id, alarm{dueUS: s.tx.alarmUS}})
}

// endAlarms takes over what the transaction did, or forgets it. Tasks whose alarms nobody has asked for yet have it in their state.
func (o *Operator) endAlarms(aborted bool) {
	for _, c := range o.alarmChanges {
		a := o.alarms[c.partition]
		if a == nil || aborted {
			continue
		}
		a.isNextKnown = false
		if c.alarm.dueUS == 0 {
			delete(a.bySubject, c.subject)
			continue
		}
		a.bySubject[c.subject] = c.alarm
	}
	o.alarmChanges = o.alarmChanges[:0]
}

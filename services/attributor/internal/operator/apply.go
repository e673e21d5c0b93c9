package operator

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// Operator applies records. It is not safe for concurrent use: one goroutine owns it, as it owns the Kafka session.
type Operator struct {
	cfg     Config
	store   Store
	metrics *Metrics
	cache   *cache
	// touched are the transaction's subjects in order of first touch.
	touched []*subject
	// swept are those of them that only a sweep needed: they do not stay in memory.
	swept      []*subject
	rules      map[string]*rules.Compiled
	registries map[registryKey]*registry
	// computing is the result of the transaction so far.
	computing *flush
	// nowUS is the wall clock of the last Flush.
	nowUS   int64
	scratch scratch
	// expiries are how far tasks have forgotten the past, expired the subjects of this transaction that lost something to it.
	expiries map[expiryKey]*expiry
	expired  []*subject
	// gone are the conversions erased in this transaction.
	gone []Change
	// pace is how fast sweeps may go.
	pace sweepPace
	// isLive tells that the transaction has events, or what follows from some.
	isLive bool
	// alarms are those of the tasks that were asked for them, alarmChanges what this transaction does to any.
	alarms       map[int32]*alarms
	alarmChanges []alarmChange
	// divided is what the last posting that was divided between transactions read; nil when none is.
	divided *divided
	// rest is how many transactions are to come without a long posting.
	rest int
	// outputs and changes are the sizes of the last result: the next one will be about as long.
	outputs, changes int
}

// scratch is memory that subjects use in turn.
type scratch struct {
	hits     []attribution.Hit
	sources  []*pb.Event
	splitter attribution.Splitter
	record   []byte
	interned
}

// New returns an operator over committed state. It reads nothing before the first Apply.
func New(cfg Config, store Store, metrics *Metrics) (*Operator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("operator configuration: %w", err)
	}
	o := &Operator{
		cfg: cfg, store: store, metrics: metrics, cache: newCache(cfg.CacheBytes), rules: make(map[string]*rules.Compiled),
		registries: make(map[registryKey]*registry), expiries: make(map[expiryKey]*expiry), alarms: make(map[int32]*alarms),
	}
	if o.metrics == nil {
		m, err := NewMetrics(nil)
		if err != nil {
			return nil, err
		}
		o.metrics = m
	}
	// Rules that do not compile are found here, not at the first event of their workspace.
	if _, err := cfg.Rules.Default.Compile(); err != nil {
		return nil, fmt.Errorf("default rules: %w", err)
	}
	for workspace := range cfg.Rules.Workspaces {
		if _, err := cfg.Rules.For(workspace).Compile(); err != nil {
			return nil, fmt.Errorf("rules of workspace %q: %w", workspace, err)
		}
	}
	return o, nil
}

// Apply applies one record in memory. A *PoisonError says that the record can never be applied and changed nothing; any other error is
// the store's, after which only Abort makes sense.
func (o *Operator) Apply(in Input) error {
	var err error
	switch in.Source {
	case SourceEvents:
		err = o.applyEvent(in)
	case SourceSubjects:
		err = o.applyMessage(in)
	default:
		err = &PoisonError{Field: "source", Code: "unknown_source", Reason: "record of neither events-v1 nor subjects-v1"}
	}
	if p, ok := err.(*PoisonError); ok { //nolint:errorlint // only this function's own, never wrapped
		o.metrics.poison.WithLabelValues(p.Code).Inc()
	}
	return err
}

// address is a subject as a record's key names it.
type address struct {
	id, workspace, name string
	kind                identity.Kind
	partition           int32
}

// address reads a record's key.
func (o *Operator) address(in Input) (a address, err error) {
	if in.Partition < 0 || in.Partition >= o.cfg.Partitions {
		return a, &PoisonError{Field: "partition", Code: "unknown_partition", Reason: fmt.Sprintf("partition %d", in.Partition)}
	}
	key := in.Key
	if in.Source == SourceEvents {
		key = identity.KeySubject(key)
	}
	a.id, a.partition = string(key), in.Partition
	var parseErr error
	a.workspace, a.kind, a.name, parseErr = identity.ParseSubject(a.id)
	if parseErr != nil || a.workspace == "" || a.name == "" || bytes.IndexByte(key, nul) >= 0 {
		return a, &PoisonError{Field: "key", Code: "bad_key", Reason: identity.ErrSubjectID.Error()}
	}
	switch a.kind {
	case identity.KindVisitor, identity.KindEmail, identity.KindUser, identity.KindContact, identity.KindAccount,
		identity.KindOpportunity, identity.KindCell, identity.KindControl:
		return a, nil
	default:
		return a, &PoisonError{Field: "key", Code: "bad_key", Reason: fmt.Sprintf("unknown kind %q", rune(a.kind))}
	}
}

// touch returns a subject for a change in this transaction.
func (o *Operator) touch(a address) (*subject, error) {
	s := o.cache.get(a.id)
	if s == nil {
		var err error
		if s, err = o.load(a); err != nil {
			return nil, err
		}
		o.cache.add(s)
		o.metrics.loaded.Inc()
	} else {
		o.metrics.cached.Inc()
	}
	if !s.tx.touched {
		s.tx.touched = true
		o.touched = append(o.touched, s)
	}
	return s, o.upgrade(s)
}

func (o *Operator) applyEvent(in Input) error {
	if len(in.Value) == 0 {
		// The tombstone of a removed event: its mark came before.
		return nil
	}
	a, err := o.address(in)
	if err != nil {
		return err
	}
	// The event outlives the transaction, and the value is a piece of a whole batch: a copy of its own holds less.
	raw := bytes.Clone(in.Value)
	ev := &pb.Event{}
	if err := ev.UnmarshalVTUnsafe(raw); err != nil {
		return &PoisonError{Code: "malformed_protobuf", Reason: err.Error()}
	}
	if err := checkEvent(ev, a.workspace, a.kind); err != nil {
		return err
	}
	if ev.GetErase() != nil {
		// The eraser acts on requests. In state they would only keep ids.
		o.metrics.events.Inc()
		return nil
	}
	if a.kind == identity.KindControl {
		return o.applyControl(a, ev)
	}
	s, err := o.touch(a)
	if err != nil {
		return err
	}
	o.metrics.events.Inc()
	o.isLive = true
	if ev.GetErased() != nil {
		return o.erase(s, ev)
	}
	if late, err := o.isTooLate(s, ev); late || err != nil {
		return err
	}
	if o.isCrowded(s, ev) {
		return nil
	}
	gone, err := o.isGone(s, ev)
	if err != nil {
		return err
	}
	if gone || !s.takeEvent(ev, raw) {
		o.metrics.duplicates.Inc()
	}
	return nil
}

func checkEvent(ev *pb.Event, workspace string, kind identity.Kind) error {
	switch {
	case ev.Workspace != workspace:
		return &PoisonError{Field: "workspace", Code: "wrong_workspace", Reason: "the event's workspace is not its key's"}
	case ev.Id == "":
		return &PoisonError{Field: "id", Code: "missing_field", Reason: "an event needs an id"}
	case ev.Body == nil:
		return &PoisonError{Field: "body", Code: "missing_field", Reason: "an event needs a body this version knows"}
	case kind == identity.KindCell:
		return &PoisonError{Field: "key", Code: "bad_key", Reason: "cells take no events"}
	case hasNUL(ev):
		return &PoisonError{Field: "id", Code: "bad_id", Reason: "an id holds a NUL"}
	}
	if ev.GetErased() != nil {
		return nil
	}
	if err := checkControl(ev, kind); err != nil {
		return err
	}
	if _, isStage := ev.Body.(*pb.Event_Stage); isStage != (kind == identity.KindOpportunity) {
		return &PoisonError{Field: "key", Code: "bad_key", Reason: "stage records belong to opportunities, and nothing else does"}
	}
	return nil
}

// takeEvent adds an event unless it is known; of two with one id the one that supersedes counts, so that arrival order does not.
func (s *subject) takeEvent(ev *pb.Event, raw []byte) bool {
	if i := s.findEvent(ev.Id); i >= 0 {
		old := s.events[i]
		if !supersedes(ev, old.ev) {
			return false
		}
		s.removeEvent(i)
	}
	s.size += s.scratch.shareOrigin(ev)
	e := &ownEvent{ev: ev, raw: raw}
	s.insertEvent(e)
	s.tx.events = append(s.tx.events, e)
	s.size += int64(len(raw)) + eventOverhead
	if len(s.events) == 1 {
		// The header is how a subject is found to exist.
		s.tx.headerDirty = true
	}
	s.noteEvent(ev)
	s.noteUnposted(ev)
	s.noteCause(causeOfEvent(ev))
	return true
}

// removeEvent forgets an event; the one that takes its place is put under the same state key.
func (s *subject) removeEvent(i int) {
	old := s.events[i]
	s.events = slices.Delete(s.events, i, i+1)
	s.tx.events = slices.DeleteFunc(s.tx.events, func(e *ownEvent) bool { return e == old })
	s.noteEvent(old.ev)
}

// noteEvent notes what an event that came or was replaced has effects on.
func (s *subject) noteEvent(ev *pb.Event) {
	if s.kind == identity.KindVisitor {
		if _, _, ok := s.hit(ev); ok {
			s.noteHit(ev)
		}
	}
	s.tx.factsDirty = s.tx.factsDirty || s.isBearing(ev)
}

func causeOfEvent(ev *pb.Event) *pb.Cause {
	if ev.ErasedSeq > 0 {
		return causeOfErasure(ev.ErasedSeq)
	}
	c := &pb.Cause{EventId: ev.Id, ReceiptSeq: ev.ReceiptSeq, EffectiveUs: ev.OccurredUs}
	switch ev.Body.(type) {
	case *pb.Event_Identify, *pb.Event_Alias, *pb.Event_Group, *pb.Event_Contact, *pb.Event_Account:
		c.Reason = pb.Reason_REASON_IDENTITY
	}
	return c
}

func (o *Operator) applyMessage(in Input) error {
	a, err := o.address(in)
	if err != nil {
		return err
	}
	m := &pb.SubjectMessage{}
	if err := m.UnmarshalVTUnsafe(bytes.Clone(in.Value)); err != nil {
		return &PoisonError{Code: "malformed_protobuf", Reason: err.Error()}
	}
	if err := checkMessage(m, a.id, a.kind); err != nil {
		return err
	}
	if a.kind == identity.KindControl {
		return o.takeControl(a, m)
	}
	s, err := o.touch(a)
	if err != nil {
		return err
	}
	o.metrics.messages.Inc()
	o.isLive = o.isLive || isLive(m.Cause)
	o.makeRoom(s, m)
	s.takeMessage(m)
	return o.hear(s, m)
}

// isLive tells the causes that stream in from models and rules that change.
func isLive(c *pb.Cause) bool {
	return c != nil && c.Reason != pb.Reason_REASON_MODEL && c.Reason != pb.Reason_REASON_RULES
}

func checkMessage(m *pb.SubjectMessage, key string, kind identity.Kind) error {
	cell, isCell := m.Body.(*pb.SubjectMessage_Cell)
	switch {
	case m.To != key:
		return &PoisonError{Field: "to", Code: "bad_key", Reason: "the message's address is not its key"}
	case m.Body == nil:
		return &PoisonError{Field: "body", Code: "missing_field", Reason: "a message needs a body this version knows"}
	case isControlMessage(m) != (kind == identity.KindControl):
		return &PoisonError{Field: "body", Code: "wrong_type", Reason: "controls and sweeps belong to control subjects, and nothing else does"}
	case isCell != (kind == identity.KindCell), isCell && cell.Cell.GetKey() == nil:
		return &PoisonError{Field: "body", Code: "wrong_type", Reason: "cells take deltas, and nothing else does"}
	}
	if c, ok := m.Body.(*pb.SubjectMessage_ClaimSection); ok && !isHomeKind(kind, c.ClaimSection.GetJourneyId()) {
		return &PoisonError{Field: "claim", Code: "wrong_type", Reason: "this kind of subject is no journey's home"}
	}
	if c, ok := m.Body.(*pb.SubjectMessage_Claim); ok && !isHomeKind(kind, c.Claim.GetJourneyId()) {
		return &PoisonError{Field: "claim", Code: "wrong_type", Reason: "this kind of subject is no journey's home"}
	}
	return nil
}

func (s *subject) takeMessage(m *pb.SubjectMessage) {
	s.noteCause(m.Cause)
	if s.kind != identity.KindCell && len(s.events) == 0 && len(s.received) == 0 {
		s.tx.headerDirty = true
	}
	switch b := m.Body.(type) {
	case *pb.SubjectMessage_Contribution:
		unpack(b.Contribution,
			func(kind itemKind, id string, msg message) { s.upsert(itemKey{kind, id}, m.From, msg) },
			func(kind itemKind, id string) { s.withdraw(itemKey{kind, id}, m.From) })
	case *pb.SubjectMessage_AccountInfo:
		s.inform(m.From, b.AccountInfo)
	case *pb.SubjectMessage_Claim:
		s.takeClaim(b.Claim)
	case *pb.SubjectMessage_ClaimSection:
		s.noteArriving(b.ClaimSection)
		s.takeSection(b.ClaimSection)
	case *pb.SubjectMessage_Cell:
		s.addDelta(b.Cell)
	case *pb.SubjectMessage_Wake:
		// Postings that wait ask by a Wake of their own, which brings their cause; an alarm has none.
		s.tx.woken = s.tx.woken || b.Wake.GetDueUs() == 0
		s.tx.ownWake = s.tx.ownWake || b.Wake.GetDueUs() != 0 && b.Wake.GetDueUs() == s.state.WakeUs
	}
}

package operator

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// What ends a scan that has seen what it wanted, or as much as it may.
var (
	errEnough = errors.New("enough")
	errFull   = errors.New("full")
)

// checkControl tells whether a control goes to where controls go, and says something.
func checkControl(ev *pb.Event, kind identity.Kind) error {
	b, isControl := ev.Body.(*pb.Event_Control)
	if isControl != (kind == identity.KindControl) {
		return &PoisonError{Field: "key", Code: "bad_key", Reason: "controls belong to control subjects, and nothing else does"}
	}
	if !isControl {
		return nil
	}
	if err := rules.CheckControl(b.Control); err != nil {
		return &PoisonError{Field: "control", Code: "bad_control", Reason: err.Error()}
	}
	return nil
}

func isControlMessage(m *pb.SubjectMessage) bool {
	switch b := m.Body.(type) {
	case *pb.SubjectMessage_Control:
		return true
	case *pb.SubjectMessage_Sweep:
		return b.Sweep != nil
	default:
		return false
	}
}

// applyControl hands a control on to every task. It is one record of events-v1, so that all tasks get it or none, however its sender ends.
func (o *Operator) applyControl(a address, ev *pb.Event) error {
	o.metrics.events.Inc()
	f := o.result()
	for p := range o.cfg.Partitions {
		key := o.controlKey(a.workspace, p)
		f.emit(topicSubjects, key, &pb.SubjectMessage{To: key, From: a.id, Body: &pb.SubjectMessage_Control{Control: ev}})
	}
	return f.err
}

// takeControl applies a control that was handed on, or lets a sweep go on.
func (o *Operator) takeControl(a address, m *pb.SubjectMessage) error {
	r, err := o.registry(a.workspace, a.partition)
	if err != nil {
		return err
	}
	o.metrics.messages.Inc()
	switch b := m.Body.(type) {
	case *pb.SubjectMessage_Control:
		if err := checkEvent(b.Control, a.workspace, identity.KindControl); err != nil {
			return err
		}
		return r.take(b.Control)
	case *pb.SubjectMessage_Sweep:
		if b.Sweep.Step == 0 || b.Sweep.Step == r.sweep.Step {
			r.going = r.going || len(r.sweep.Waves) > 0
		}
	}
	return nil
}

// take adds a control. Of two with one id the one with the lower receipt sequence counts, as with all events.
func (r *registry) take(ev *pb.Event) error {
	controls := slices.Clone(r.state.Controls)
	if i := slices.IndexFunc(controls, func(c *pb.Event) bool { return c.Id == ev.Id }); i >= 0 {
		if controls[i].ReceiptSeq <= ev.ReceiptSeq {
			r.op.metrics.duplicates.Inc()
			return nil
		}
		controls = slices.Delete(controls, i, i+1)
	}
	if len(controls) >= rules.ControlsMax {
		return &PoisonError{Field: "control", Code: "too_many_controls", Reason: "the workspace has as many controls as are kept"}
	}
	r.state.Controls = append(controls, ev)
	rules.SortControls(r.state.Controls)
	r.stateDirty = true
	if err := r.fold(); err != nil {
		return err
	}
	return r.compare(&pb.Cause{EventId: ev.Id, ReceiptSeq: ev.ReceiptSeq, EffectiveUs: ev.OccurredUs})
}

// upgrade computes a subject that models or rules have left behind, with their change as the cause, before anything else happens to it: so its postings say
// rules or model, and those of the record that comes next say what that did.
func (o *Operator) upgrade(s *subject) error {
	if s.kind == identity.KindCell {
		return nil
	}
	r := s.registry
	if err := r.ensure(); err != nil {
		return err
	}
	if s.state.RulesRevision >= r.state.Revision {
		return nil
	}
	s.noteCause(r.state.Cause)
	for _, j := range s.journeys {
		s.setDirty(j)
	}
	if s.rules.Channels != r.current.Channels || s.rules.HasRoles != r.current.HasRoles {
		s.reclassify()
	}
	// The header is written when own touches changed, or whom a deal asks, with the new revision in it. When nothing did, old and new rules come to the same, and
	// being computed by the old ones once more after a restart changes nothing. Without it, a deal that has just taken its questions back would be read as one that
	// asks still, and a model over the people of deals that comes back meanwhile would find nothing to ask.
	if s.kind == identity.KindOpportunity && s.rules.HasRoles != r.current.HasRoles {
		s.tx.headerDirty = true
	}
	s.rules, s.state.RulesRevision = r.current, r.state.Revision
	if err := o.result().subject(s); err != nil {
		return err
	}
	s.restart()
	return nil
}

// restart begins the rest of a transaction after the subject was computed in the middle of it.
func (s *subject) restart() {
	written := s.tx.written
	if len(s.tx.sections) > 0 {
		if written == nil {
			written = make(map[string]*pb.ClaimSection, len(s.tx.sections))
		}
		maps.Copy(written, s.tx.sections)
	}
	s.tx, s.reclassifying = txState{touched: true, written: written}, false
}

// reclassify notes that own touches are to be computed again from the same events.
func (s *subject) reclassify() {
	s.reclassifying = true
	switch s.kind {
	case identity.KindVisitor:
		const always = 1 << 62
		s.tx.hits, s.tx.hitsFrom, s.tx.hitsTo, s.tx.factsDirty = true, -always, always, true
	case identity.KindEmail, identity.KindUser, identity.KindContact:
		s.tx.factsDirty = true
	case identity.KindOpportunity:
		s.tx.factsDirty = true // whom it asks, and what it tells of its people, hangs on the models
	case identity.KindAccount, identity.KindCell, identity.KindControl:
	}
}

// registries lets sweeps go on and writes what changed of models and rules.
func (f *flush) registries() error {
	var changed []*registry
	for _, r := range f.op.registries {
		if r.stateDirty || r.sweepDirty || r.going {
			changed = append(changed, r)
		}
	}
	slices.SortFunc(changed, func(a, b *registry) int {
		return cmp.Or(cmp.Compare(a.workspace, b.workspace), cmp.Compare(a.partition, b.partition))
	})
	going := 0
	for _, r := range changed {
		if r.going {
			going++
		}
	}
	items := f.op.pace.items(f.nowUS, going > 0, f.op.isLive, f.op.cfg.sweepItems())
	began := f.op.cfg.now()
	for _, r := range changed {
		if r.going {
			if err := f.sweepSlice(r, items/going); err != nil {
				return err
			}
		}
		if err := f.saveRegistry(r); err != nil {
			return err
		}
	}
	f.op.pace.ownUS = f.op.cfg.since(began)
	return nil
}

func (f *flush) saveRegistry(r *registry) error {
	told := r.stateDirty || r.isNews()
	if told {
		f.modelsRow(r)
	}
	for _, part := range [...]struct {
		dirty  bool
		prefix string
		msg    message
	}{{r.stateDirty, controlPrefix, r.state}, {r.sweepDirty || told, sweepPrefix, r.sweep}} {
		if !part.dirty {
			continue
		}
		value, err := encode(part.msg)
		if err != nil {
			return err
		}
		if value == nil {
			value = []byte{}
		}
		f.result.Changes = append(f.result.Changes, Change{Partition: r.partition, Key: []byte(part.prefix + r.workspace), Value: value})
	}
	return nil
}

package operator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// subjectOverhead is the rough cost of a subject's structures and its place in the cache, itemOverhead of an item beside its encoded message, touchOverhead
// of one that is a touch (its origin is counted where it is new), eventOverhead of a decoded event and the item
// that follows from it, their origin aside.
const (
	subjectOverhead = 1200
	itemOverhead    = 650
	touchOverhead   = 300
	eventOverhead   = 850
)

// load reads a subject's committed state. A subject without header has none.
func (o *Operator) load(a address) (*subject, error) {
	registry, err := o.registry(a.workspace, a.partition)
	if err != nil {
		return nil, err
	}
	partition, id := a.partition, a.id
	s := &subject{
		id: id, workspace: a.workspace, kind: a.kind, name: a.name, partition: partition, registry: registry, scratch: &o.scratch,
		size: subjectOverhead + int64(len(id)),
	}
	header, err := o.store.Get(partition, headerKey(id))
	if err != nil {
		return nil, fmt.Errorf("read subject %q: %w", id, err)
	}
	if s.kind == identity.KindCell {
		s.cell = &pb.Cell{}
		return s, unmarshalState(id, s.cell, header)
	}
	s.state = &pb.SubjectState{}
	if header == nil {
		s.state.RulesRevision, s.rules = registry.state.Revision, registry.current
		return s, nil
	}
	if err := unmarshalState(id, s.state, header); err != nil {
		return nil, err
	}
	if err := registry.place(s); err != nil {
		return nil, err
	}
	prefix := itemsPrefix(id)
	err = o.store.Scan(partition, prefix, func(key, value []byte) error {
		return s.loadItem(string(key[len(prefix):]), value)
	})
	if err != nil {
		return nil, fmt.Errorf("read subject %q: %w", id, err)
	}
	slices.SortFunc(s.events, func(a, b *ownEvent) int { return keyOf(a.ev).Compare(keyOf(b.ev)) })
	s.recall()
	return s, nil
}

// unmarshalState decodes a value that belongs to us.
func unmarshalState(subject string, m message, value []byte) error {
	if err := m.UnmarshalVTUnsafe(value); err != nil {
		return fmt.Errorf("%w: subject %q: %w", errState, subject, err)
	}
	return nil
}

// loadItem takes an item of state; the value is valid only during the call.
func (s *subject) loadItem(key string, value []byte) error {
	if key == "" {
		return fmt.Errorf("%w: subject %q: empty item key", errState, s.id)
	}
	class, rest := key[0], key[1:]
	s.size += int64(len(value))
	if class != classEvent {
		s.size += overheadOf(itemKind(class))
	}
	if class == byte(itemTouch) {
		return s.loadTouch(rest, value)
	}
	value = bytes.Clone(value)
	switch class {
	case classEvent:
		ev := &pb.Event{}
		s.events = append(s.events, &ownEvent{ev: ev})
		s.size += eventOverhead
		err := unmarshalState(s.id, ev, value)
		s.size += s.scratch.shareOrigin(ev)
		return err
	case classOwned:
		return unmarshalState(s.id, s.journey(rest).state, value)
	case classHome:
		return unmarshalState(s.id, s.home(rest).state, value)
	}
	first, second, ok := strings.Cut(rest, "\x00")
	if !ok {
		return fmt.Errorf("%w: subject %q: item %q", errState, s.id, key)
	}
	if class == classAnswer {
		if s.infos == nil {
			s.infos = make(map[infoKey]*pb.AccountInfo)
		}
		info := &pb.AccountInfo{}
		s.infos[infoKey{first, second}] = info
		return unmarshalState(s.id, info, value)
	}
	m := itemKind(class).newMessage()
	if m == nil {
		return fmt.Errorf("%w: subject %q: item class %q", errState, s.id, class)
	}
	if err := unmarshalState(s.id, m, value); err != nil {
		return err
	}
	s.receive(&item{key: itemKey{kind: itemKind(class), id: second}, from: first, msg: m, atUS: when(m)})
	return nil
}

// loadTouch takes a contributed touch: most of what long histories are made of.
func (s *subject) loadTouch(key string, value []byte) error {
	from, _, ok := strings.Cut(key, "\x00")
	if !ok {
		return fmt.Errorf("%w: subject %q: touch %q", errState, s.id, key)
	}
	m := &pb.Touch{}
	if err := unmarshalState(s.id, m, value); err != nil {
		return err
	}
	s.size += s.scratch.compact(m)
	s.receive(&item{key: itemKey{kind: itemTouch, id: m.Id}, from: s.scratch.word(from), msg: m, atUS: m.OccurredUs})
	return nil
}

// overheadOf is the rough cost of an item beside its encoded message.
func overheadOf(k itemKind) int64 {
	if k == itemTouch {
		return touchOverhead
	}
	return itemOverhead
}

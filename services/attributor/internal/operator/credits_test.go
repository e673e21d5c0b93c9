package operator_test

import (
	"fmt"
	"slices"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// creditRow is a row as the sink's table has it: the highest version of a touchpoint is what is seen.
type creditRow struct {
	version int64
	row     *pb.CreditRow
	isGone  bool
}

func (k *sink) takeCredits(key string, value []byte) error {
	m := &pb.CreditSet{}
	if err := m.UnmarshalVT(value); err != nil {
		return err
	}
	name := m.Workspace + "|" + m.JourneyId + "|" + m.Model
	want := name
	if m.Section > 0 {
		want += fmt.Sprintf("|%d", m.Section)
	}
	if key != want {
		return fmt.Errorf("credits %q: section %d of %s", key, m.Section, name)
	}
	if k.sections[name] == nil {
		k.sections[name], k.rows[name] = make(map[uint32]*pb.CreditSet), make(map[string]creditRow)
	}
	if old := k.sections[name][m.Section]; old != nil && (m.Version <= old.Version || m.OpenedUs != old.OpenedUs) {
		return fmt.Errorf("credits %q: version %d after %d, partition %d after %d", key, m.Version, old.Version, m.OpenedUs, old.OpenedUs)
	}
	k.sections[name][m.Section] = m
	k.unchecked[m.Workspace+"|"+m.JourneyId] = true
	put := func(r *pb.CreditRow, isGone bool) error {
		old, ok := k.rows[name][r.TouchpointId]
		if ok && old.version >= m.Version {
			return fmt.Errorf("credits %q: touchpoint %q twice under version %d", key, r.TouchpointId, m.Version)
		}
		k.rows[name][r.TouchpointId] = creditRow{m.Version, r, isGone}
		return nil
	}
	for _, r := range m.Rows {
		if err := put(r, false); err != nil {
			return err
		}
	}
	for _, id := range m.Removed {
		if err := put(&pb.CreditRow{TouchpointId: id}, true); err != nil {
			return err
		}
	}
	return nil
}

// join puts the sections of what changed together, as somebody would who reads only the last record of each key, and compares that with the rows
// that a reader of all records has.
func (k *sink) join() error {
	if len(k.unchecked) == 0 {
		return nil
	}
	for name, sections := range k.sections {
		first := sections[0]
		if first == nil {
			return fmt.Errorf("credits %q have no first section", name)
		}
		if !k.unchecked[first.Workspace+"|"+first.JourneyId] {
			continue
		}
		whole := &pb.CreditSet{
			Workspace: first.Workspace, JourneyId: first.JourneyId, Model: first.Model, Version: first.Version, Currency: first.Currency,
			PartsTotal: first.PartsTotal, Rows: slices.Clone(first.Rows),
		}
		for i := uint32(1); i < uint32(len(sections)); i++ {
			s := sections[i]
			if s == nil || s.Version > first.Version || s.Version < first.Version && len(s.Rows) > 0 {
				return fmt.Errorf("credits %q: section %d is %v beside version %d", name, i, s, first.Version)
			}
			if s.Version == first.Version && s.PartsTotal != first.PartsTotal {
				return fmt.Errorf("credits %q: section %d of %d parts, not %d", name, i, s.PartsTotal, first.PartsTotal)
			}
			whole.Rows = append(whole.Rows, s.Rows...)
		}
		if len(sections) > 1 && int(first.Sections) < 1 && len(whole.Rows) != len(first.Rows) {
			return fmt.Errorf("credits %q say they are one section and are %d", name, len(sections))
		}
		live := 0
		for _, r := range k.rows[name] {
			if !r.isGone {
				live++
			}
		}
		for _, r := range whole.Rows {
			if k.rows[name][r.TouchpointId].row != r {
				return fmt.Errorf("credits %q: touchpoint %q differs between the last records and all", name, r.TouchpointId)
			}
		}
		if live != len(whole.Rows) {
			return fmt.Errorf("credits %q: %d rows stand, %d in the last records", name, live, len(whole.Rows))
		}
		k.credits[name] = whole
		journey := whole.Workspace + "|" + whole.JourneyId
		if k.sets[journey] == nil {
			k.sets[journey] = make(map[string]*pb.CreditSet)
		}
		k.sets[journey][whole.Model] = whole
	}
	return nil
}

package erasure

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// An erasure never changes an amount that has been credited. Whether a conversion counts may hang on what goes: its own properties, the addresses of its
// person, the account that the person was in, or the browser's person by whom a later visit was known. So what was decided before the edit is written into
// the stub, and into every other conversion that the edit would have decided otherwise.

// decisions are which rule keeps a conversion from earning credit, by workspace and event id. Only workspaces whose rules have conditions are in it.
type decisions map[string]map[string]string

func isConditional(r *rules.Rules) bool {
	for i := range r.Conversions {
		if r.Conversions[i].IsConditional() {
			return true
		}
	}
	return false
}

// decide decides every conversion of the log as it stands; current are the events that count, by workspace and id.
func (m *maker) decide(requests []Request) (d decisions, current map[string][]*pb.Event, err error) {
	asked, copies := make(map[string]bool), make(map[copyKey]bool)
	for _, r := range requests {
		asked[r.Workspace] = asked[r.Workspace] || isConditional(m.o.Rules.For(r.Workspace))
		for _, id := range r.IDs {
			if event, ok := strings.CutPrefix(id, eventMark); ok {
				copies[copyKey{r.Workspace, event}] = true
			}
		}
	}
	var events []*pb.Event
	for _, rec := range m.log {
		// A late copy of what was erased before decides nothing again.
		if e := rec.Event; asked[e.Workspace] && (e.ErasedSeq > 0 || !copies[copyKey{e.Workspace, e.Id}]) {
			events = append(events, rec.Event)
		}
	}
	if current, err = oracle.Distinct(events); err != nil {
		return nil, nil, err
	}
	d = make(decisions)
	for workspace, list := range current {
		if d[workspace], err = oracle.Decided(list, m.o.Rules.For(workspace)); err != nil {
			return nil, nil, fmt.Errorf("decide conversions of workspace %q: %w", workspace, err)
		}
	}
	return d, current, nil
}

// settle writes what was decided into the conversions that the edit would have decided otherwise.
func (m *maker) settle(requests []Request) error {
	if len(m.decided) == 0 {
		return nil
	}
	now, current, err := m.decide(requests)
	if err != nil {
		return err
	}
	keys := make(map[*pb.Event][]byte)
	for _, rec := range m.log {
		keys[rec.Event] = rec.Key
	}
	seqs := make(map[string]int64)
	for _, r := range requests {
		seqs[r.Workspace] = max(seqs[r.Workspace], r.Seq)
	}
	for workspace, was := range m.decided {
		for _, e := range current[workspace] {
			excludedBy, isConversion := was[e.Id]
			if !isConversion || now[workspace][e.Id] == excludedBy {
				continue
			}
			frozen := proto.CloneOf(e)
			frozen.ErasedSeq = max(seqs[workspace], e.ErasedSeq+1)
			frozen.GetTrack().IsDecided, frozen.GetTrack().ExcludedBy = true, excludedBy
			m.write(recordKey(Record{Key: keys[e], Event: frozen}), frozen)
		}
	}
	return nil
}

package erasure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
)

// Make plans the edit of a log for the requests, in order of receipt. The log is what Fold returns. A log that was edited before needs no second edit: what
// is left of an interrupted one is finished.
func Make(log []Record, requests []Request, o Options) (*Plan, error) {
	m := &maker{o: &o, plan: &Plan{}, log: slices.Clone(log), erased: make(map[string]int64)}
	slices.SortStableFunc(requests, func(a, b Request) int { return int(min(max(a.Seq-b.Seq, -1), 1)) })
	var err error
	if m.decided, _, err = m.decide(requests); err != nil {
		return nil, fmt.Errorf("plan an erasure: %w", err)
	}
	for _, r := range requests {
		if err := m.request(r); err != nil {
			return nil, fmt.Errorf("plan an erasure: %w", err)
		}
	}
	m.sweep()
	if err := m.settle(requests); err != nil {
		return nil, fmt.Errorf("plan an erasure: %w", err)
	}
	m.tombstones()
	for subject, until := range m.erased {
		m.plan.Erased = append(m.plan.Erased, Erased{Subject: subject, UntilUS: until})
	}
	slices.SortFunc(m.plan.Erased, func(a, b Erased) int { return strings.Compare(a.Subject, b.Subject) })
	return m.plan, nil
}

// maker makes a plan. What it writes it also appends to its copy of the log, so that the next request sees it.
type maker struct {
	o    *Options
	plan *Plan
	log  []Record
	// requests are the keys of requests that go.
	requests [][]byte
	erased   map[string]int64
	// decided is what was decided of conversions before the edit.
	decided decisions
}

type copyKey struct{ workspace, id string }

func (m *maker) write(key []byte, e *pb.Event) {
	r := Record{Key: key, Event: e}
	m.plan.Writes = append(m.plan.Writes, r)
	m.log = append(m.log, r)
}

func (m *maker) request(r Request) error {
	m.plan.Counts.Requests++
	if r.Key != nil {
		m.requests = append(m.requests, r.Key)
	}
	c, err := m.open(r)
	if err != nil {
		return err
	}
	c.findPeople()
	c.edit()
	c.stub()
	c.mark()
	return nil
}

// open gathers what a request is about: the workspace's events up to its moment.
func (m *maker) open(r Request) (*clearing, error) {
	c := &clearing{
		maker: m, r: r, rules: m.o.Rules.For(r.Workspace), key: make(map[string][]byte), persons: make(map[string]bool), ids: make(map[string]bool),
		substitutes: make(map[string]string), owned: make(map[string]string),
	}
	var events []*pb.Event
	for _, rec := range m.log {
		if rec.Event.Workspace == r.Workspace {
			events = append(events, rec.Event)
		}
	}
	byWorkspace, err := oracle.Distinct(events)
	if err != nil {
		return nil, err
	}
	for _, e := range byWorkspace[r.Workspace] {
		if e.OccurredUs <= r.UntilUS {
			c.events = append(c.events, e)
		}
	}
	kept := make(map[*pb.Event]bool, len(c.events))
	for _, e := range c.events {
		kept[e] = true
	}
	for _, rec := range m.log {
		if kept[rec.Event] {
			c.key[rec.Event.Id] = rec.Key
		}
	}
	c.who, err = oracle.WhoIs(c.events, c.rules)
	return c, err
}

// sweep marks copies of events that an erasure has removed: they came after it.
func (m *maker) sweep() {
	seqs := make(map[copyKey]int64)
	for _, rec := range m.log {
		if e := rec.Event; e.ErasedSeq > 0 && (e.GetErased() != nil || e.GetTrack().GetIsStub()) {
			seqs[copyKey{e.Workspace, e.Id}] = e.ErasedSeq
		}
	}
	marked := make(map[string]bool)
	for _, w := range m.plan.Writes {
		if w.Event.GetErased() != nil {
			marked[string(identity.KeySubject(w.Key))+"\x00"+w.Event.Id] = true
		}
	}
	for _, rec := range slices.Clone(m.log) {
		seq := seqs[copyKey{rec.Event.Workspace, rec.Event.Id}]
		place := string(identity.KeySubject(rec.Key)) + "\x00" + rec.Event.Id
		if seq == 0 || rec.Event.ErasedSeq > 0 || rec.Event.GetErase() != nil || marked[place] {
			continue
		}
		marked[place] = true
		m.remove(rec, seq, "")
	}
}

// remove writes the mark of a removed event under its key.
func (m *maker) remove(rec Record, seq int64, movedTo string) {
	m.plan.Counts.Removed++
	e := rec.Event
	m.write(recordKey(rec), &pb.Event{
		Id: e.Id, Workspace: e.Workspace, OccurredUs: e.OccurredUs, ReceivedUs: e.ReceivedUs, ReceiptSeq: e.ReceiptSeq, ErasedSeq: max(seq, e.ErasedSeq+1),
		Body: &pb.Event_Erased{Erased: &pb.Erased{MovedTo: movedTo}},
	})
}

// recordKey is a record's key, or the one it would have had if it was written today.
func recordKey(rec Record) []byte {
	subject := identity.KeySubject(rec.Key)
	if len(subject) < len(rec.Key) {
		return rec.Key
	}
	return identity.RecordKey(string(subject), rec.Event.Id, rec.Event.ReceiptSeq)
}

// tombstones are the keys of everything that must go: every copy of what was removed or redacted, the marks themselves, and the requests.
func (m *maker) tombstones() {
	type place struct{ subject, id string }
	removed, redacted := make(map[place]bool), make(map[place]bool)
	replaced := make(map[string]bool)
	for _, rec := range m.log {
		p := place{string(identity.KeySubject(rec.Key)), rec.Event.Id}
		switch e := rec.Event; {
		case e.ErasedSeq == 0:
		case e.GetErased() != nil:
			removed[p] = true
		case !isStub(e):
			redacted[p] = true
			replaced[string(rec.Key)] = true
		}
	}
	seen := make(map[string]bool)
	add := func(key []byte) {
		if !seen[string(key)] {
			seen[string(key)] = true
			m.plan.Tombstones = append(m.plan.Tombstones, key)
		}
	}
	for _, rec := range m.log {
		p := place{string(identity.KeySubject(rec.Key)), rec.Event.Id}
		if key := recordKey(rec); removed[p] || redacted[p] && !replaced[string(key)] {
			add(key)
		}
	}
	for _, key := range m.requests {
		add(key)
	}
	for p := range removed {
		m.plan.Touchpoints = append(m.plan.Touchpoints, touchpointsOf(p.subject, p.id)...)
	}
	slices.Sort(m.plan.Touchpoints)
}

// touchpointsOf are the touchpoints that an event may have begun at a subject: a session's, if it was a browser's, and an offline one.
func touchpointsOf(subject, event string) []string {
	workspace, kind, name, err := identity.ParseSubject(subject)
	if err != nil {
		return nil
	}
	keys := []string{workspace + "|" + attribution.TouchpointID("", event)}
	if kind == identity.KindVisitor {
		keys = append(keys, workspace+"|"+attribution.TouchpointID(name, event))
	}
	return keys
}

// isStub tells stubs from redactions, which keep ids of others.
func isStub(e *pb.Event) bool {
	return strings.HasPrefix(e.VisitorId, idPrefix) || strings.HasPrefix(e.ContactId, idPrefix)
}

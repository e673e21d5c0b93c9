package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// trial is one case on its way through an engine.
type trial struct {
	client *client
	id     isolator
	// posted is the version that each journey had when the step before was done: later postings are the present step's.
	posted map[string]int64
}

// sight is what a look at the engine showed.
type sight struct {
	// differences is empty when everything is as expected.
	differences []string
	// shown changes whenever anything that was looked at changes.
	shown string
	// versions are the journeys' present ones.
	versions map[string]int64
}

// look asks for everything that a step expects and compares.
func (t *trial) look(ctx context.Context, e Expect) (*sight, error) {
	s := &sight{versions: make(map[string]int64)}
	names := slices.Collect(maps.Keys(e.Credit))
	for name := range e.Reasons {
		if _, ok := e.Credit[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if err := t.lookJourney(ctx, s, name, e); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Campaigns)) {
		row, err := t.client.campaign(ctx, t.id.id(name), e.Campaigns[name])
		if err != nil {
			return nil, err
		}
		s.show(row)
		s.differences = append(s.differences, figureDifferences(name, e.Campaigns[name].Figures, row)...)
	}
	return s, nil
}

func (s *sight) show(what any) {
	text, _ := json.Marshal(what) // plain data that was JSON a moment ago
	s.shown += string(text)
}

func (t *trial) lookJourney(ctx context.Context, s *sight, name string, e Expect) error {
	j, err := t.client.explain(ctx, t.id.journey(name))
	if err != nil {
		return err
	}
	s.show(j)
	lines := j.lines()
	s.differences = append(s.differences, differences(t.id, name, e.Credit[name], lines)...)
	// Credit and ledger are two tables: until they agree one of them is on its way.
	if j.Agrees != nil && !*j.Agrees {
		s.differences = append(s.differences, name+": the postings do not add up to the credit")
	}
	var reasons []string
	for _, p := range j.Postings {
		s.versions[name] = max(s.versions[name], p.Version)
		if p.Version > t.posted[name] && !slices.Contains(reasons, p.Reason) {
			reasons = append(reasons, p.Reason)
		}
	}
	if want, ok := e.Reasons[name]; ok && !sameSet(reasons, want) {
		s.differences = append(s.differences, fmt.Sprintf("%s: posted with reasons [%s], want [%s]", name, strings.Join(reasons, " "), strings.Join(want, " ")))
	}
	return nil
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// figureDifferences compares the fields of a report's row as numbers where they are numbers; null is no figure.
func figureDifferences(name string, want map[string]any, row map[string]any) []string {
	if row == nil {
		return []string{"campaign " + name + " is not in the report"}
	}
	var out []string
	for _, field := range slices.Sorted(maps.Keys(want)) {
		a, aOK := number(want[field])
		b, bOK := number(row[field])
		if aOK && bOK && a.Cmp(b) == 0 || !aOK && !bOK && want[field] == row[field] {
			continue
		}
		out = append(out, fmt.Sprintf("campaign %s: %s is %v, want %v", name, field, row[field], want[field]))
	}
	return out
}

func number(v any) (*big.Rat, bool) {
	if v == nil {
		return nil, false
	}
	return new(big.Rat).SetString(fmt.Sprint(v))
}

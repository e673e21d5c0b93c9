package attribution

import (
	"fmt"
	"slices"
	"strings"
)

// Occurrence says which stay counts when a stage was entered more than once.
type Occurrence string

// The occurrences; the zero value means OccurrenceLast.
const (
	OccurrenceLast  Occurrence = "last"
	OccurrenceFirst Occurrence = "first"
)

// StageRules turn stage visits into milestones.
type StageRules struct {
	// Order lists the stages of the pipeline, earliest first. It decides what was skipped and what a backward move clears; a stage
	// that is not listed is a milestone only by being visited.
	Order []string `json:"order,omitempty" yaml:"order,omitempty"`
	// Reentered says which stay of a re-entered stage counts. Empty: last.
	Reentered Occurrence `json:"reentered,omitempty" yaml:"reentered,omitempty"`
	// Marks say which stages are milestones under another name.
	Marks []StageMark `json:"marks,omitempty" yaml:"-"`
}

// StageMark says that reaching a stage is a milestone: lead creation, opportunity creation, or one of the installation's own.
type StageMark struct {
	// SourceSystem and Pipeline narrow it, whatever their letter case; empty ones match all.
	SourceSystem, Pipeline string
	// Stage is canonical.
	Stage     string
	Milestone string
}

// MilestoneName is the full name of a milestone by which a stage map may call it.
func MilestoneName(name string) string {
	switch name {
	case "lead":
		return MilestoneLeadCreation
	case "opportunity":
		return MilestoneOpportunityCreated
	case "won", "close":
		return MilestoneClosedWon
	}
	return name
}

// CheckMilestone says why a stage cannot be a milestone of that name. Empty is none.
func CheckMilestone(name string) error {
	switch name {
	case MilestoneFirstTouch, ShareMiddle, ShareLastTouch:
		return fmt.Errorf("%q follows from the touches and is no stage's", name)
	}
	return nil
}

func (m StageMark) fits(o *Opportunity) bool {
	return (m.SourceSystem == "" || strings.EqualFold(m.SourceSystem, o.SourceSystem)) && (m.Pipeline == "" || strings.EqualFold(m.Pipeline, o.Pipeline))
}

// marked are the milestones that marks declare for the opportunity: those it has reached, at the earliest of their stages that stands, and the others at 0.
func (r StageRules) marked(o *Opportunity, stages []Milestone) []Milestone {
	var out []Milestone
	for _, m := range r.Marks {
		if !m.fits(o) {
			continue
		}
		k := slices.IndexFunc(out, func(have Milestone) bool { return have.Name == m.Milestone })
		if k < 0 {
			k, out = len(out), append(out, Milestone{Name: m.Milestone})
		}
		for _, s := range stages {
			if s.Name == m.Stage && (out[k].AtUS == 0 || s.AtUS < out[k].AtUS) {
				out[k].AtUS = s.AtUS
			}
		}
	}
	return out
}

// Milestones returns the stages that the opportunity has reached, in the order of the rules and then of the visits.
//
//   - A skipped stage is taken as passed when the next stage of the order was entered, or at the won close when there was none.
//   - A move backward clears the stages after the one entered.
//   - A re-entered stage counts from its last entry, or from its first when the rules say so.
func (r StageRules) Milestones(o *Opportunity) []Milestone {
	w := stageWalk{rules: r, at: make(map[string]int64), first: make(map[string]int64)}
	for i := range o.Visits {
		v := &o.Visits[i]
		if k := slices.Index(r.Order, v.Stage); k >= 0 {
			w.enter(k, v.EnteredUS)
		} else {
			w.set(v.Stage, v.EnteredUS)
		}
	}
	if o.IsWon {
		w.pass(len(r.Order), o.ClosedUS)
	}
	return w.milestones(o)
}

// stageWalk follows the visits in time.
type stageWalk struct {
	rules StageRules
	// at is when each stage that stands was reached, first when it was ever reached.
	at, first map[string]int64
}

func (w *stageWalk) enter(k int, us int64) {
	for _, later := range w.rules.Order[k+1:] {
		delete(w.at, later)
	}
	w.pass(k, us)
	w.set(w.rules.Order[k], us)
}

// pass marks the stages before k that do not stand as passed.
func (w *stageWalk) pass(k int, us int64) {
	for _, s := range w.rules.Order[:k] {
		if _, ok := w.at[s]; !ok {
			w.set(s, us)
		}
	}
}

func (w *stageWalk) set(stage string, us int64) {
	if _, ok := w.first[stage]; !ok {
		w.first[stage] = us
	}
	if w.rules.Reentered == OccurrenceFirst {
		us = w.first[stage]
	}
	w.at[stage] = us
}

func (w *stageWalk) milestones(o *Opportunity) []Milestone {
	var ms []Milestone
	add := func(stage string) {
		if us, ok := w.at[stage]; ok {
			ms = append(ms, Milestone{Name: stage, AtUS: us})
			delete(w.at, stage)
		}
	}
	for _, s := range w.rules.Order {
		add(s)
	}
	for i := range o.Visits {
		add(o.Visits[i].Stage)
	}
	return ms
}

package attribution

import (
	"cmp"
	"math"
	"slices"
)

// Lead is the creation of a lead of one person.
type Lead struct {
	// Key.OccurredUS is when the lead was created; Key.ID is the event that told so.
	Key Key
	// PersonID is the person as Touchpoint.PersonID names it; empty for an unidentified visitor.
	PersonID string
}

// NewConversionJourney assembles a conversion's journey from its owner's touches (in Key order) and leads (in any order).
func NewConversionJourney(c *Conversion, touches []Touchpoint, leads []Lead) Journey {
	j := Journey{
		Kind: JourneyKindConversion, ConversionType: c.Type, OpenedUS: c.Key.OccurredUS, EndUS: c.Key.OccurredUS, Touches: touches,
	}
	j.addLead(leads)
	j.sortMilestones()
	return j
}

// NewOpportunityJourney assembles an opportunity's journey from its owner's touches (in Key order) and leads (in any order). Lead
// creation comes from the leads, opportunity creation and closed won from o, further stages from its visits by the stage rules.
func NewOpportunityJourney(o *Opportunity, touches []Touchpoint, leads []Lead, rules StageRules) Journey {
	j := Journey{Kind: JourneyKindOpportunity, OpenedUS: o.CreatedUS, EndUS: math.MaxInt64, Touches: touches}
	if o.IsClosed || o.IsWon {
		j.EndUS = o.ClosedUS
	}
	stages := rules.Milestones(o)
	marked := rules.marked(o, stages)
	lead, _ := reached(marked, MilestoneLeadCreation, 0)
	j.addLead(leads)
	j.leadAt(lead)
	j.People, j.PeopleLead = o.People, leadAmong(o.People, leads)
	if created, ok := reached(marked, MilestoneOpportunityCreated, o.CreatedUS); ok {
		j.addMilestone(Milestone{Name: MilestoneOpportunityCreated, AtUS: created})
	} else if o.IsWon { // whatever was skipped, what was won was an opportunity
		j.addMilestone(Milestone{Name: MilestoneOpportunityCreated, AtUS: o.ClosedUS})
	}
	if o.IsWon {
		j.addMilestone(Milestone{Name: MilestoneClosedWon, AtUS: o.ClosedUS})
	}
	for _, m := range slices.Concat(marked, stages) {
		if m.AtUS == 0 {
			continue
		}
		// The standard milestones follow from the facts alone: a visit of the stage closed_won is still there after a reopening, which clears the close.
		if !slices.Contains(standardMilestones(), m.Name) {
			j.addMilestone(m)
		}
	}
	j.sortMilestones()
	return j
}

// reached is when a milestone was, which marks may say; without a mark for it, it was at the time given. It reports false for one that was not.
func reached(marked []Milestone, name string, otherwise int64) (us int64, ok bool) {
	for _, m := range marked {
		if m.Name == name {
			return m.AtUS, m.AtUS != 0
		}
	}
	return otherwise, otherwise != 0
}

// leadAt makes a stage lead creation, unless a lead was created before it. A deal's stage is nobody's in particular, so any touch may hold the position.
func (j *Journey) leadAt(us int64) {
	if have := j.milestone(MilestoneLeadCreation); us != 0 && have != nil && us < have.AtUS {
		have.AtUS, have.PersonID = us, ""
	} else if us != 0 {
		j.addMilestone(Milestone{Name: MilestoneLeadCreation, AtUS: us})
	}
}

// addLead adds lead creation: that of the earliest lead of all, with the position reserved to its person's touches.
func (j *Journey) addLead(leads []Lead) {
	first := -1
	for i := range leads {
		if first < 0 || leads[i].Key.Before(leads[first].Key) {
			first = i
		}
	}
	if first >= 0 {
		j.addMilestone(Milestone{Name: MilestoneLeadCreation, AtUS: leads[first].Key.OccurredUS, PersonID: leads[first].PersonID})
	}
}

// leadAmong is the creation of the earliest lead of some people, nil when there is none.
func leadAmong(people []string, leads []Lead) *Milestone {
	if len(people) == 0 {
		return nil
	}
	theirs := slices.DeleteFunc(slices.Clone(leads), func(l Lead) bool { return !slices.Contains(people, l.PersonID) })
	j := Journey{EndUS: math.MaxInt64}
	j.addLead(theirs)
	return j.milestone(MilestoneLeadCreation)
}

// addMilestone adds a milestone that the journey reached before it ended, unless it has one of that name.
func (j *Journey) addMilestone(m Milestone) {
	if m.AtUS > j.EndUS || j.milestone(m.Name) != nil {
		return
	}
	j.Milestones = append(j.Milestones, m)
}

func (j *Journey) milestone(name string) *Milestone {
	for i := range j.Milestones {
		if j.Milestones[i].Name == name {
			return &j.Milestones[i]
		}
	}
	return nil
}

func (j *Journey) sortMilestones() {
	slices.SortStableFunc(j.Milestones, func(a, b Milestone) int { return cmp.Compare(a.AtUS, b.AtUS) })
}

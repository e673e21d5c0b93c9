// Package rules is the part of the configuration that decides credit: what is a conversion, a form, a milestone, and which models run.
// The operator and the batch oracle read the same rules.
package rules

import (
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// Conversion maps an event name to a conversion type.
type Conversion struct {
	// Event is the track call's name, compared exactly.
	Event string
	// Type is the conversion type, for example lead or purchase.
	Type string
	// Primary conversions are what reports count by default.
	Primary bool
	// IsLead conversions also create a lead: they can hold the lead_creation milestone.
	IsLead bool
	// Only and Exclude say which of them earn credit: see ExcludedBy.
	Only, Exclude []Condition
}

// Rules are one workspace's rules of credit.
type Rules struct {
	Conversions []Conversion
	// Forms are names of track calls that make their session's touchpoint one of kind form.
	Forms []string
	// Models all run side by side.
	Models []attribution.Model
	// Channels are the rules that touches are classified by. Nil: they stay as their sender classified them.
	Channels *Channels
	// Stages order the pipeline's stages, for models whose milestones they are.
	Stages attribution.StageRules
	// SessionGap ends a web session. Zero: 30 minutes.
	SessionGap time.Duration
	// Retention is how late an event may be, behind the latest of its task, and still count in full: what is older leaves the state, once no
	// look-back of what may still come reaches it. Zero: everything is kept.
	Retention time.Duration
	// JourneyTouchesMax bounds the touches of one owner that are weighed: the oldest beyond it are dropped, counted and
	// visible. Zero: DefaultJourneyTouchesMax, which is the most there can be.
	JourneyTouchesMax int
}

// Set is the rules of every workspace.
type Set struct {
	// Default applies to workspaces that are not in Workspaces.
	Default    Rules
	Workspaces map[string]Rules
}

// For returns a workspace's rules.
func (s *Set) For(workspace string) *Rules {
	if r, ok := s.Workspaces[workspace]; ok {
		return &r
	}
	return &s.Default
}

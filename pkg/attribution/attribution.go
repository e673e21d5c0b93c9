// Package attribution is the domain: which touchpoints a journey has, which of them hold its milestones, how each model
// weighs them, and how an amount is shared out to the last minor unit.
//
// Everything here is a pure function of its arguments: no I/O, no clock, no logger, no goroutine, standard library only.
// Times are microseconds since the Unix epoch, UTC. The rules are those of the project's page on what a credit means;
// docs/credit.md repeats them with the choices made where that page is silent.
package attribution

import (
	"cmp"
	"slices"
)

// Key orders facts that may share a time: occurrence, then receipt sequence, then event id. It is the tie rule of every
// "first", "latest" and "earlier" in this package.
type Key struct {
	OccurredUS int64
	ReceiptSeq int64
	ID         string
}

// Compare orders by occurrence, receipt sequence and id.
func (k Key) Compare(o Key) int {
	if c := cmp.Compare(k.OccurredUS, o.OccurredUS); c != 0 {
		return c
	}
	if c := cmp.Compare(k.ReceiptSeq, o.ReceiptSeq); c != 0 {
		return c
	}
	return cmp.Compare(k.ID, o.ID)
}

// Before tells whether k comes first.
func (k Key) Before(o Key) bool { return k.Compare(o) < 0 }

// TouchKind is the kind of a touchpoint; its values are the words of the touchpoints view.
type TouchKind string

// The kinds of touchpoint.
const (
	TouchKindVisit   TouchKind = "visit"
	TouchKindForm    TouchKind = "form"
	TouchKindOffline TouchKind = "offline"
)

// Touchpoint is a marketing interaction that may earn credit.
type Touchpoint struct {
	// ID is stable for the same set of events: see Sessions.
	ID string
	// Key.ID is the id of the event the touchpoint starts with.
	Key  Key
	Kind TouchKind
	// Channel and Campaign are what credit is reported by; Channel is also what path transforms and data-driven models read.
	Channel, Source, Medium, Campaign string
	// PersonID is the person the touch is counted for, empty for an unidentified visitor.
	PersonID string
	// IsDirect says that nothing told where the visit came from: (direct)/(none).
	IsDirect bool
	// IsBot touches are kept and never earn credit.
	IsBot bool
}

// ChannelDirect is the channel of touches without any source.
const ChannelDirect = "Direct"

// ChannelErased is the channel of touches whose person's data was erased: their credit stays, and nothing says where it came from.
const ChannelErased = "(erased)"

// IsDirect tells whether a touch counts as direct, from its evidence and channel: nothing said where it came from, or the sender itself
// called it direct. An erased touch keeps that it was.
func IsDirect(evidence Evidence, channel string) bool {
	return channel == ChannelDirect || (channel == "" || channel == ChannelErased) && evidence <= EvidenceNone
}

// SortTouchpoints puts touches in the order that Journey.Touches needs: by Key, then by touchpoint id.
func SortTouchpoints(touches []Touchpoint) {
	slices.SortFunc(touches, func(a, b Touchpoint) int {
		return cmp.Or(a.Key.Compare(b.Key), cmp.Compare(a.ID, b.ID))
	})
}

// JourneyKind is what credit is computed for.
type JourneyKind string

// The kinds of journey.
const (
	JourneyKindConversion  JourneyKind = "conversion"
	JourneyKindOpportunity JourneyKind = "opportunity"
)

// Names of the standard milestones. Any other name is a configured stage.
const (
	MilestoneFirstTouch         = "first_touch"
	MilestoneLeadCreation       = "lead_creation"
	MilestoneOpportunityCreated = "opportunity_creation"
	MilestoneClosedWon          = "closed_won"
)

// Milestone is a point in time that can hold a position. FT needs none: it follows from the touches.
type Milestone struct {
	Name string
	// AtUS is when it was reached; the position goes to the latest eligible touch at or before it.
	AtUS int64
	// PersonID, when set, restricts the position to that person's touches (LC: the lead's own).
	PersonID string
}

// Journey is one conversion or opportunity with the touches of its owner.
type Journey struct {
	Kind JourneyKind
	// ConversionType selects a look-back of its own; empty for opportunities.
	ConversionType string
	// OpenedUS is the conversion, or the creation of the opportunity: the look-back ends here.
	OpenedUS int64
	// EndUS is the last moment whose touches count: the conversion, or the close. math.MaxInt64 while open.
	EndUS int64
	// Touches are all touches of the owner in Key order; eligibility is decided per model.
	Touches []Touchpoint
	// Milestones reached, each name at most once, in time order. LC, OC, CW and configured stages; never FT.
	Milestones []Milestone
	// People are the persons that an opportunity lists, as Touchpoint.PersonID names them, and PeopleLead is lead creation among them,
	// nil when none of them became a lead: for models of people contact_roles.
	People     []string
	PeopleLead *Milestone
}

// Position is a set of places a touch holds in a model.
type Position uint32

// The positions. Configured stages of a custom model take PositionStage0 << i in the model's order.
const (
	PositionFirst Position = 1 << iota
	PositionLead
	PositionOpportunity
	PositionClose
	PositionMiddle
	PositionStage0
)

// Share is one touch's part of a journey under one model. A touch's weight is Parts divided by the sum of all Parts.
type Share struct {
	// Touch indexes Journey.Touches.
	Touch     int
	Parts     uint64
	Positions Position
}

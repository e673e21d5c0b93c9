package rows

import (
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

type opportunityVersionColumns struct {
	Workspace     []string `ch:"workspace"`
	OpportunityID []string `ch:"opportunity_id"`
	Version       []uint64 `ch:"version"`
	RecordedAt    []int64  `ch:"recorded_at"`
	ExactFrom     []int64  `ch:"exact_from"`
	AccountID     []string `ch:"account_id"`
	Pipeline      []string `ch:"pipeline"`
	Stage         []string `ch:"stage"`
	IsWon         []uint8  `ch:"is_won"`
	IsClosed      []uint8  `ch:"is_closed"`
	HasAmount     []uint8  `ch:"has_amount"`
	Amount        []int64  `ch:"amount_minor"`
	Exponent      []uint8  `ch:"exponent"`
	Currency      []string `ch:"currency"`
	Probability   []int32  `ch:"probability_ppm"`
	CreatedAt     []int64  `ch:"created_at"`
	ClosedAt      []int64  `ch:"closed_at"`
	SourceSystem  []string `ch:"source_system"`
	IsDeleted     []uint8  `ch:"is_deleted"`

	Stages        [][]string `ch:"visit_stages"`
	SourceStages  [][]string `ch:"visit_source_stages"`
	Entered       [][]int64  `ch:"visit_entered_ms"`
	Left          [][]int64  `ch:"visit_left_ms"`
	Amounts       [][]int64  `ch:"visit_amounts_minor"`
	Probabilities [][]int32  `ch:"visit_probabilities_ppm"`
}

// version keeps what was known of an opportunity for good, since a later version takes its place in opportunities_rows. A message of before recorded times
// were kept says what is known by the time it was written, and not since when.
func (o *opportunities) version(m *pb.OpportunityRow, digits uint8, written time.Time) {
	t := &o.versions
	recorded, exact := millis(m.RecordedUs), millis(m.RecordedUs)
	if m.RecordedUs == 0 {
		exact = millis(written.UnixMicro())
	}
	push(&t.Workspace, m.Workspace)
	push(&t.OpportunityID, m.OpportunityId)
	push(&t.Version, version(m.Version))
	push(&t.RecordedAt, recorded)
	push(&t.ExactFrom, exact)
	push(&t.AccountID, m.AccountId)
	push(&t.Pipeline, m.Pipeline)
	push(&t.Stage, m.Stage)
	push(&t.IsWon, flag(m.IsWon))
	push(&t.IsClosed, flag(m.IsClosed))
	push(&t.HasAmount, flag(m.HasAmount))
	push(&t.Amount, m.AmountMinor)
	push(&t.Exponent, digits)
	push(&t.Currency, m.Currency)
	push(&t.Probability, probability(m.HasProbability, m.ProbabilityPpm))
	push(&t.CreatedAt, millis(m.CreatedUs))
	push(&t.ClosedAt, millis(m.ClosedUs))
	push(&t.SourceSystem, m.SourceSystem)
	push(&t.IsDeleted, flag(m.IsDeleted))
	o.visits(m.Stages)
	o.versionTable.added(m.RecordedUs)
}

// visits are the stays of a version; a deleted one keeps those that it had.
func (o *opportunities) visits(stays []*pb.StageVisit) {
	t, n := &o.versions, len(stays)
	stages, sources := make([]string, n), make([]string, n)
	entered, left, amounts, chances := make([]int64, n), make([]int64, n), make([]int64, n), make([]int32, n)
	for i, s := range stays {
		stages[i], sources[i], entered[i], left[i] = s.Stage, s.SourceStage, millis(s.EnteredUs), millis(s.LeftUs)
		amounts[i], chances[i] = s.AmountMinor, probability(s.HasProbability, s.ProbabilityPpm)
	}
	push(&t.Stages, stages)
	push(&t.SourceStages, sources)
	push(&t.Entered, entered)
	push(&t.Left, left)
	push(&t.Amounts, amounts)
	push(&t.Probabilities, chances)
}

package rows

import pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"

type conversionColumns struct {
	Workspace    []string `ch:"workspace"`
	ConversionID []string `ch:"conversion_id"`
	Type         []string `ch:"type"`
	IsPrimary    []uint8  `ch:"is_primary"`
	VisitorID    []string `ch:"visitor_id"`
	PersonID     []string `ch:"person_id"`
	AccountID    []string `ch:"account_id"`
	OccurredAt   []int64  `ch:"occurred_at"`
	ReceivedAt   []int64  `ch:"received_at"`
	HasValue     []uint8  `ch:"has_value"`
	Value        []int64  `ch:"value_minor"`
	Exponent     []uint8  `ch:"exponent"`
	Currency     []string `ch:"currency"`
	Version      []uint64 `ch:"version"`
	IsDeleted    []uint8  `ch:"is_deleted"`
	ExcludedBy   []string `ch:"excluded_by"`
}

type conversions struct {
	table Table
	cols  conversionColumns
	msg   pb.ConversionRow
}

func newConversions() *conversions {
	c := &conversions{}
	c.table = Table{Name: "conversions_rows", columns: &c.cols}
	return c
}

func (c *conversions) tables() []*Table { return []*Table{&c.table} }

func (c *conversions) add(r Record) error {
	m := &c.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.ConversionId == "" {
		return missing("conversion_id")
	}
	t := &c.cols
	push(&t.Workspace, m.Workspace)
	push(&t.ConversionID, m.ConversionId)
	push(&t.Type, m.Type)
	push(&t.IsPrimary, flag(m.IsPrimary))
	push(&t.VisitorID, m.VisitorId)
	push(&t.PersonID, m.PersonId)
	push(&t.AccountID, m.AccountId)
	push(&t.OccurredAt, millis(m.OccurredUs))
	push(&t.ReceivedAt, millis(m.ReceivedUs))
	push(&t.HasValue, flag(m.HasValue))
	push(&t.Value, m.ValueMinor)
	push(&t.Exponent, exponent(m.Currency))
	push(&t.Currency, m.Currency)
	push(&t.Version, version(m.Version))
	push(&t.IsDeleted, flag(m.IsDeleted))
	push(&t.ExcludedBy, m.ExcludedBy)
	c.table.added(m.ReceivedUs)
	return nil
}

type opportunityColumns struct {
	Workspace     []string `ch:"workspace"`
	OpportunityID []string `ch:"opportunity_id"`
	AccountID     []string `ch:"account_id"`
	Pipeline      []string `ch:"pipeline"`
	Stage         []string `ch:"stage"`
	IsWon         []uint8  `ch:"is_won"`
	IsClosed      []uint8  `ch:"is_closed"`
	HasAmount     []uint8  `ch:"has_amount"`
	Amount        []int64  `ch:"amount_minor"`
	Exponent      []uint8  `ch:"exponent"`
	Currency      []string `ch:"currency"`
	CreatedAt     []int64  `ch:"created_at"`
	ClosedAt      []int64  `ch:"closed_at"`
	SourceSystem  []string `ch:"source_system"`
	Probability   []int32  `ch:"probability_ppm"`
	Version       []uint64 `ch:"version"`
	IsDeleted     []uint8  `ch:"is_deleted"`
}

type stageColumns struct {
	Workspace     []string `ch:"workspace"`
	OpportunityID []string `ch:"opportunity_id"`
	EnteredUS     []int64  `ch:"entered_us"`
	Stage         []string `ch:"stage"`
	SourceStage   []string `ch:"source_stage"`
	EnteredAt     []int64  `ch:"entered_at"`
	LeftAt        []int64  `ch:"left_at"`
	Amount        []int64  `ch:"amount_minor"`
	Exponent      []uint8  `ch:"exponent"`
	Currency      []string `ch:"currency"`
	Probability   []int32  `ch:"probability_ppm"`
	Version       []uint64 `ch:"version"`
	IsDeleted     []uint8  `ch:"is_deleted"`
}

type opportunities struct {
	table, stageTable, versionTable Table
	cols                            opportunityColumns
	stages                          stageColumns
	versions                        opportunityVersionColumns
	msg                             pb.OpportunityRow
}

func newOpportunities() *opportunities {
	o := &opportunities{}
	o.table = Table{Name: "opportunities_rows", columns: &o.cols}
	o.stageTable = Table{Name: "opportunity_stages_rows", columns: &o.stages}
	o.versionTable = Table{Name: "opportunity_versions_rows", columns: &o.versions}
	return o
}

// tables: versions come first, so that the history never ends before what is shown as now.
func (o *opportunities) tables() []*Table { return []*Table{&o.versionTable, &o.table, &o.stageTable} }

func (o *opportunities) add(r Record) error {
	m := &o.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.OpportunityId == "" {
		return missing("opportunity_id")
	}
	digits := exponent(m.Currency)
	o.version(m, digits, r.Time)
	if m.IsHistory {
		return nil
	}
	o.row(m, digits)
	// The removals go first: when the message keeps a stay at a moment where another one was removed, the later row of one version wins.
	for _, us := range m.RemovedStagesEnteredUs {
		o.stage(m, &pb.StageVisit{EnteredUs: us}, digits, true)
	}
	for _, s := range m.Stages {
		o.stage(m, s, digits, m.IsDeleted)
	}
	return nil
}

func (o *opportunities) row(m *pb.OpportunityRow, digits uint8) {
	t := &o.cols
	push(&t.Workspace, m.Workspace)
	push(&t.OpportunityID, m.OpportunityId)
	push(&t.AccountID, m.AccountId)
	push(&t.Pipeline, m.Pipeline)
	push(&t.Stage, m.Stage)
	push(&t.IsWon, flag(m.IsWon))
	push(&t.IsClosed, flag(m.IsClosed))
	push(&t.HasAmount, flag(m.HasAmount))
	push(&t.Amount, m.AmountMinor)
	push(&t.Exponent, digits)
	push(&t.Currency, m.Currency)
	push(&t.CreatedAt, millis(m.CreatedUs))
	push(&t.ClosedAt, millis(m.ClosedUs))
	push(&t.SourceSystem, m.SourceSystem)
	push(&t.Probability, probability(m.HasProbability, m.ProbabilityPpm))
	push(&t.Version, version(m.Version))
	push(&t.IsDeleted, flag(m.IsDeleted))
	o.table.added(0)
}

func (o *opportunities) stage(m *pb.OpportunityRow, s *pb.StageVisit, digits uint8, deleted bool) {
	t := &o.stages
	push(&t.Workspace, m.Workspace)
	push(&t.OpportunityID, m.OpportunityId)
	push(&t.EnteredUS, s.EnteredUs)
	push(&t.Stage, s.Stage)
	push(&t.SourceStage, s.SourceStage)
	push(&t.EnteredAt, millis(s.EnteredUs))
	push(&t.LeftAt, millis(s.LeftUs))
	push(&t.Amount, s.AmountMinor)
	push(&t.Exponent, digits)
	push(&t.Currency, m.Currency)
	push(&t.Probability, probability(s.HasProbability, s.ProbabilityPpm))
	push(&t.Version, version(m.Version))
	push(&t.IsDeleted, flag(deleted))
	o.stageTable.added(0)
}

// probability is a chance in millionths, -1 where nothing is known.
func probability(known bool, ppm int64) int32 {
	if !known {
		return -1
	}
	return int32(min(max(ppm, 0), 1_000_000)) //nolint:gosec // bounded above
}

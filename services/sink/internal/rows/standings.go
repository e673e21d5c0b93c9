package rows

import (
	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// isShadow tells that a model runs beside the live ones.
func isShadow(model string) bool {
	_, _, shadow := attribution.SplitShadow(model)
	return shadow
}

type standingColumns struct {
	Workspace    []string   `ch:"workspace"`
	Partition    []int32    `ch:"partition"`
	Revision     []int64    `ch:"revision"`
	ChangedAt    []int64    `ch:"changed_at"`
	Reason       []string   `ch:"reason"`
	CauseEventID []string   `ch:"cause_event_id"`
	RulesVersion []string   `ch:"rules_version"`
	Rules        []string   `ch:"rules"`
	Names        [][]string `ch:"names"`
	Versions     [][]string `ch:"versions"`
	Statuses     [][]string `ch:"statuses"`
	Origins      [][]string `ch:"origins"`
	Since        [][]int64  `ch:"since_ms"`
	Definitions  [][]string `ch:"definitions"`
	Total        []int64    `ch:"subjects_total"`
	Done         []int64    `ch:"subjects_done"`
	Touches      []int64    `ch:"touches_done"`
	IsDone       []uint8    `ch:"is_done"`
	Version      []uint64   `ch:"version"`
	RulesSeq     []uint64   `ch:"rules_seq"`
	RulesCause   []string   `ch:"rules_cause_event_id"`
}

// standings are what each task says of the models and channel rules of a workspace.
type standings struct {
	table Table
	cols  standingColumns
	msg   pb.ModelsRow
}

func newStandings() *standings {
	s := &standings{}
	s.table = Table{Name: TableStandings, columns: &s.cols}
	return s
}

func (s *standings) tables() []*Table { return []*Table{&s.table} }

func (s *standings) add(r Record) error {
	m := &s.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.Workspace == "" {
		return missing("workspace")
	}
	t := &s.cols
	push(&t.Workspace, m.Workspace)
	push(&t.Partition, m.Partition)
	push(&t.Revision, m.Revision)
	push(&t.ChangedAt, millis(m.ChangedUs))
	push(&t.Reason, reasons.of(int32(m.Reason)))
	push(&t.CauseEventID, m.CauseEventId)
	push(&t.RulesVersion, m.RulesVersion)
	push(&t.Rules, m.Rules)
	s.models(m.Models)
	push(&t.Total, m.SubjectsTotal)
	push(&t.Done, m.SubjectsDone)
	push(&t.Touches, m.TouchesDone)
	push(&t.IsDone, flag(m.IsDone))
	push(&t.Version, version(m.Version))
	push(&t.RulesSeq, version(m.RulesChangedUs))
	push(&t.RulesCause, m.RulesCauseEventId)
	s.table.added(0)
	return nil
}

// models writes the lists.
func (s *standings) models(entries []*pb.ModelEntry) {
	n := len(entries)
	names, versions, statuses := make([]string, n), make([]string, n), make([]string, n)
	origins, definitions, since := make([]string, n), make([]string, n), make([]int64, n)
	for i, e := range entries {
		names[i], versions[i], statuses[i] = e.Name, e.Version, e.Status
		origins[i], definitions[i], since[i] = e.Origin, e.Definition, millis(e.SinceUs)
	}
	t := &s.cols
	push(&t.Names, names)
	push(&t.Versions, versions)
	push(&t.Statuses, statuses)
	push(&t.Origins, origins)
	push(&t.Since, since)
	push(&t.Definitions, definitions)
}

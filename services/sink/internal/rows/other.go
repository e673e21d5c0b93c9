package rows

import pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"

type planColumns struct {
	Workspace []string `ch:"workspace"`
	Kind      []string `ch:"kind"`
	PlanID    []string `ch:"plan_id"`
	Body      []string `ch:"body"`
	UpdatedAt []int64  `ch:"updated_at"`
	Version   []uint64 `ch:"version"`
	IsDeleted []uint8  `ch:"is_deleted"`
}

type plans struct {
	table Table
	cols  planColumns
	// rates are what posted rates are worth in the base currency, for the views.
	rates *Rates
	msg   pb.Plan
}

func newPlans() *plans {
	p := &plans{rates: NewRates(0)}
	p.table = Table{Name: "plans_rows", columns: &p.cols}
	return p
}

func (p *plans) tables() []*Table { return []*Table{&p.table, &p.rates.table} }

func (p *plans) add(r Record) error {
	m := &p.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.PlanId == "" {
		return missing("plan_id")
	}
	if m.Kind == kindRates && !m.IsDeleted {
		if err := p.rates.addPosted(m); err != nil {
			return malformed(err)
		}
	}
	t := &p.cols
	push(&t.Workspace, m.Workspace)
	push(&t.Kind, m.Kind)
	push(&t.PlanID, m.PlanId)
	push(&t.Body, m.Body)
	push(&t.UpdatedAt, millis(m.UpdatedUs))
	push(&t.Version, version(m.Version))
	push(&t.IsDeleted, flag(m.IsDeleted))
	p.table.added(m.UpdatedUs)
	return nil
}

type modelColumns struct {
	Workspace []string `ch:"workspace"`
	Model     []string `ch:"model"`
}

// models collects the models of each workspace, so that spend and touch counts can be shown under every one of them. A pair goes out once per
// process and batch type; repeating it later changes nothing.
type models struct {
	table Table
	cols  modelColumns
	// always are the configured models, which every workspace has even before its first credit.
	always []string
	known  map[modelOf]bool
}

type modelOf struct{ workspace, model string }

func newModels(always []string) *models {
	m := &models{always: always, known: map[modelOf]bool{}}
	m.table = Table{Name: "models_rows", columns: &m.cols}
	return m
}

// seen notes a workspace and, unless empty, a model of it.
func (m *models) seen(workspace, model string) {
	if m.known[modelOf{workspace, model}] {
		return
	}
	if !m.known[modelOf{workspace, ""}] {
		m.known[modelOf{workspace, ""}] = true
		for _, name := range m.always {
			m.note(workspace, name)
		}
	}
	m.note(workspace, model)
}

func (m *models) note(workspace, model string) {
	k := modelOf{workspace, model}
	if model == "" || m.known[k] {
		return
	}
	m.known[k] = true
	push(&m.cols.Workspace, workspace)
	push(&m.cols.Model, model)
	m.table.added(0)
}

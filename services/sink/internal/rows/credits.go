package rows

import (
	"strconv"
	"strings"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

type creditColumns struct {
	Workspace       []string    `ch:"workspace"`
	KeyDate         []time.Time `ch:"key_date"`
	JourneyID       []string    `ch:"journey_id"`
	Model           []string    `ch:"model"`
	TouchpointID    []string    `ch:"touchpoint_id"`
	JourneyKind     []string    `ch:"journey_kind"`
	ModelVersion    []string    `ch:"model_version"`
	ConversionType  []string    `ch:"conversion_type"`
	Positions       []string    `ch:"positions"`
	Channel         []string    `ch:"channel"`
	Source          []string    `ch:"source"`
	Medium          []string    `ch:"medium"`
	Campaign        []string    `ch:"campaign"`
	Parts           []uint64    `ch:"parts"`
	PartsTotal      []uint64    `ch:"parts_total"`
	Conversions     []int64     `ch:"conversions_nano"`
	ConversionValue []int64     `ch:"conversion_value_minor"`
	Opportunities   []int64     `ch:"opportunities_nano"`
	Pipeline        []int64     `ch:"pipeline_minor"`
	Customers       []int64     `ch:"customers_nano"`
	Revenue         []int64     `ch:"revenue_minor"`
	Exponent        []uint8     `ch:"exponent"`
	Currency        []string    `ch:"currency"`
	TouchedAt       []int64     `ch:"touched_at"`
	OpenedDate      []time.Time `ch:"opened_date"`
	CloseDate       []time.Time `ch:"close_date"`
	PersonID        []string    `ch:"person_id"`
	AccountID       []string    `ch:"account_id"`
	RecordedAt      []int64     `ch:"recorded_at"`
	Version         []uint64    `ch:"version"`
	IsDeleted       []uint8     `ch:"is_deleted"`
}

type credits struct {
	table  Table
	cols   creditColumns
	models *models
	msg    pb.CreditSet
	// shadows takes the credit of shadow models: a table of its own, so that no view and no report can mix them in.
	shadows *credits
}

func newCredits(m *models) *credits {
	c := &credits{models: m}
	c.table = Table{Name: "credits_rows", columns: &c.cols}
	c.shadows = &credits{}
	c.shadows.table = Table{Name: "shadow_credits_rows", columns: &c.shadows.cols}
	return c
}

func (c *credits) tables() []*Table { return []*Table{&c.table, &c.shadows.table} }

// add makes a row of every touchpoint of the set, and one that says "gone" of every touchpoint that left it. Each row carries the set's version, so
// whichever set of a journey and model is the latest, its rows are the ones that are seen.
func (c *credits) add(r Record) error {
	m := &c.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.JourneyId == "" || m.Model == "" {
		return missing("journey_id or model")
	}
	digits := exponent(m.Currency)
	to := c
	if isShadow(m.Model) {
		to = c.shadows
	} else {
		c.models.seen(m.Workspace, m.Model)
	}
	for _, row := range m.Rows {
		to.row(m, row, digits, false)
	}
	for _, id := range m.Removed {
		to.row(m, &pb.CreditRow{TouchpointId: id}, digits, true)
	}
	return nil
}

func (c *credits) row(m *pb.CreditSet, row *pb.CreditRow, digits uint8, deleted bool) {
	t := &c.cols
	push(&t.Workspace, m.Workspace)
	push(&t.KeyDate, keyDate(m))
	push(&t.JourneyID, m.JourneyId)
	push(&t.Model, m.Model)
	push(&t.TouchpointID, row.TouchpointId)
	push(&t.JourneyKind, journeyKinds.of(int32(m.Kind)))
	push(&t.ModelVersion, m.ModelVersion)
	push(&t.ConversionType, m.ConversionType)
	push(&t.Positions, positions(row.Positions))
	push(&t.Channel, row.Channel)
	push(&t.Source, row.Source)
	push(&t.Medium, row.Medium)
	push(&t.Campaign, row.Campaign)
	push(&t.Parts, row.Parts)
	push(&t.PartsTotal, max(m.PartsTotal, 1))
	c.amounts(row.Amounts)
	push(&t.Exponent, digits)
	push(&t.Currency, m.Currency)
	push(&t.TouchedAt, millis(row.TouchUs))
	push(&t.OpenedDate, dateOf(m.OpenedUs))
	push(&t.CloseDate, dateOf(m.CloseUs))
	push(&t.PersonID, person(m, row))
	push(&t.AccountID, m.AccountId)
	push(&t.RecordedAt, millis(m.RecordedUs))
	push(&t.Version, version(m.Version))
	push(&t.IsDeleted, flag(deleted))
	c.table.added(m.RecordedUs)
}

func (c *credits) amounts(amounts []*pb.MeasureAmount) {
	var by [pb.Measure_MEASURE_REVENUE + 1]int64
	for _, a := range amounts {
		if a.Measure > 0 && int(a.Measure) < len(by) {
			by[a.Measure] = a.Amount
		}
	}
	t := &c.cols
	push(&t.Conversions, by[pb.Measure_MEASURE_CONVERSIONS])
	push(&t.ConversionValue, by[pb.Measure_MEASURE_CONVERSION_VALUE])
	push(&t.Opportunities, by[pb.Measure_MEASURE_OPPORTUNITIES])
	push(&t.Pipeline, by[pb.Measure_MEASURE_PIPELINE])
	push(&t.Customers, by[pb.Measure_MEASURE_CUSTOMERS])
	push(&t.Revenue, by[pb.Measure_MEASURE_REVENUE])
}

// keyDate is the date in the rows' key. An opportunity has none: the CRM may correct its creation, and a row with another key would not
// replace the earlier one.
func keyDate(m *pb.CreditSet) time.Time {
	if m.Kind == pb.JourneyKind_JOURNEY_KIND_OPPORTUNITY {
		return date(0)
	}
	return dateOf(m.OpenedUs)
}

// person is who made the touch; the unattributed line has no touch and takes the journey's person.
func person(m *pb.CreditSet, row *pb.CreditRow) string {
	if row.TouchpointId == "" {
		return m.PersonId
	}
	return row.PersonId
}

// positionNames are the bits of CreditRow.positions below the configured stages.
var positionNames = [...]string{"first_touch", "lead_creation", "opportunity_creation", "closed_won", "middle"}

// plainPositions are the combinations that nearly all rows have.
var plainPositions = func() (out [1 << len(positionNames)]string) {
	for bits := range out {
		out[bits] = joinPositions(uint32(bits))
	}
	return out
}()

// positions names the positions a touch holds, joined by commas: text is what every BI tool can filter.
func positions(bits uint32) string {
	if bits < uint32(len(plainPositions)) {
		return plainPositions[bits]
	}
	return joinPositions(bits)
}

func joinPositions(bits uint32) string {
	var names []string
	for i := range 32 {
		if bits&(1<<i) == 0 {
			continue
		}
		if i < len(positionNames) {
			names = append(names, positionNames[i])
		} else {
			names = append(names, "stage_"+strconv.Itoa(i-len(positionNames)+1))
		}
	}
	return strings.Join(names, ",")
}

package rows

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// kindRates is the kind of plan that holds a day's posted rates; its id is the day.
const kindRates = "rates"

// postedVersion is above any version of configured rates, which are times in nanoseconds or less: a posted rate stands over a configured one, and stays when the
// configured ones are replaced.
const postedVersion = 1 << 62

type rateColumns struct {
	Workspace []string    `ch:"workspace"`
	Currency  []string    `ch:"currency"`
	Day       []time.Time `ch:"day"`
	Rate      []float64   `ch:"rate"`
	Version   []uint64    `ch:"version"`
}

// Rates collects the configured currency rates as rows.
type Rates struct {
	table   Table
	cols    rateColumns
	version uint64
}

// NewRates returns an empty set whose rows get the version.
func NewRates(version uint64) *Rates {
	r := &Rates{version: version}
	r.table = Table{Name: "currency_rates", columns: &r.cols}
	return r
}

// Add appends a rate.
func (r *Rates) Add(workspace, currency string, day time.Time, rate float64) {
	push(&r.cols.Workspace, workspace)
	push(&r.cols.Currency, currency)
	push(&r.cols.Day, dateOf(day.UnixMicro()))
	push(&r.cols.Rate, rate)
	push(&r.cols.Version, r.version)
	r.table.added(0)
}

// Table is the rows.
func (r *Rates) Table() *Table { return &r.table }

// postedRates is what the query service says of a day.
type postedRates struct {
	Base   string             `json:"base"`
	ToBase map[string]float64 `json:"to_base"`
}

// addPosted adds a day's posted rates, and that the base currency is worth 1. A plan that is not of this form is an error, and nothing was added.
func (r *Rates) addPosted(m *pb.Plan) error {
	day, err := time.Parse(time.DateOnly, m.PlanId)
	if err != nil {
		return fmt.Errorf("rates of %q: %w", m.PlanId, err)
	}
	var body postedRates
	if err := json.Unmarshal([]byte(m.Body), &body); err != nil {
		return fmt.Errorf("rates of %s: %w", m.PlanId, err)
	}
	for currency, rate := range body.ToBase {
		if rate <= 0 || math.IsInf(rate, 0) || len(currency) != 3 {
			return fmt.Errorf("rates of %s: %q is worth %v", m.PlanId, currency, rate)
		}
	}
	r.version = postedVersion + version(m.Version)%postedVersion
	r.Add(m.Workspace, body.Base, time.Unix(0, 0).UTC(), 1)
	for currency, rate := range body.ToBase {
		r.Add(m.Workspace, currency, day, rate)
	}
	return nil
}

package rows

import "time"

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

package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// PipelineQuery asks how far data has come, and what of it reached each layer, in a period.
type PipelineQuery struct {
	Workspace, Model string
	Period           performance.Period
}

// Arrival is how recent a table is.
type Arrival struct {
	Table    string
	Rows     int64
	LatestAt time.Time
}

// Layers are counts of one period, from what platforms charge for to what the ledger holds.
type Layers struct {
	Clicks, PaidVisits, Visits, Identified int64
	Conversions, Opportunities, Won        int64
	LedgerConversions, LedgerOpportunities int64 // 1e-9 units
	LedgerWon                              int64 // 1e-9 units
	Revenue                                []Reconciled
}

// Reconciled is won revenue of one currency, by the CRM and by the ledger, in minor units.
type Reconciled struct {
	Currency    string
	CRM, Ledger int64
}

// Refusal is one reason for which records were refused.
type Refusal struct {
	Code, Field, Endpoint, Reason string
	Count                         int64
	LatestAt                      time.Time
}

const (
	arrivalText = `SELECT '%[1]s', toInt64(count()), max(%[2]s) FROM %[3]s WHERE workspace = {workspace:String}`

	layersText = `SELECT
    (SELECT toInt64(sum(clicks)) FROM %[1]s FINAL WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}),
    toInt64(countIf(channel LIKE 'Paid %%' OR channel IN ('Display', 'Cross-network', 'Affiliates'))), toInt64(count()), toInt64(countIf(person_id != ''))
FROM %[2]s FINAL
WHERE workspace = {workspace:String} AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date} AND is_bot = 0 AND kind = 'visit'`

	crmText = `SELECT
    (SELECT toInt64(count()) FROM %[1]s FINAL WHERE workspace = {workspace:String} AND excluded_by = '' AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date}),
    toInt64(countIf(toDate(created_at) BETWEEN {from:Date} AND {to:Date})), toInt64(countIf(is_won = 1 AND toDate(closed_at) BETWEEN {from:Date} AND {to:Date}))
FROM %[2]s FINAL WHERE workspace = {workspace:String}`

	ledgerText = `SELECT toInt64(sum(conversions_nano)), toInt64(sum(opportunities_nano)), toInt64(sum(customers_nano))
FROM %[1]s FINAL WHERE workspace = {workspace:String} AND basis = 'close' AND model = {model:String} AND day BETWEEN {from:Date} AND {to:Date}`

	revenueText = `SELECT currency, toInt64(sum(crm)), toInt64(sum(ledger)) FROM (
    SELECT currency, sum(amount_minor) AS crm, 0 AS ledger FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND is_won = 1 AND has_amount = 1 AND toDate(closed_at) BETWEEN {from:Date} AND {to:Date} GROUP BY currency
    UNION ALL
    SELECT currency, 0, sum(revenue_minor) FROM %[2]s FINAL
    WHERE workspace = {workspace:String} AND basis = 'close' AND model = {model:String} AND day BETWEEN {from:Date} AND {to:Date} GROUP BY currency
) GROUP BY currency HAVING sum(crm) != 0 OR sum(ledger) != 0 ORDER BY currency`

	refusalsText = `SELECT code, field, endpoint, any(reason), toInt64(count()) AS n, max(received_at) FROM %[1]s FINAL
WHERE workspace IN ({workspace:String}, '') AND toDate(received_at) BETWEEN {from:Date} AND {to:Date}
GROUP BY code, field, endpoint ORDER BY n DESC, code, field, endpoint LIMIT 100`
)

func (q PipelineQuery) args() []any {
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()),
	}
}

// Arrivals reads how recent every table is.
func (s *Store) Arrivals(ctx context.Context, workspace string) ([]Arrival, error) {
	tables := []struct{ name, column string }{
		{"touchpoints", "received_at"},
		{"conversions", "received_at"},
		{"credits", "recorded_at"},
		{"ledger", "recorded_at"},
		{"cells", "recorded_at"},
		{"spend", "received_at"},
		{"rejected", "received_at"},
	}
	out := make([]Arrival, len(tables))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, t := range tables {
		group.Go(func() error {
			text := fmt.Sprintf(arrivalText, t.name, t.column, s.db.Table(t.name+"_rows"))
			return s.run(ctx, statement{name: "arrival", text: text, args: []any{ch.Named("workspace", workspace)}}, func(rows driver.Rows) error {
				return rows.Scan(&out[i].Table, &out[i].Rows, &out[i].LatestAt)
			})
		})
	}
	return out, group.Wait()
}

// Layers reads what reached each layer.
func (s *Store) Layers(ctx context.Context, q PipelineQuery) (*Layers, error) {
	l, t := &Layers{}, s.tables()
	opportunities, conversions := s.db.Table("opportunities_rows"), s.db.Table("conversions_rows")
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, read := range []struct {
		name, text string
		scan       func(driver.Rows) error
	}{
		{"layers", fmt.Sprintf(layersText, t.spend, t.touchpoints), func(r driver.Rows) error {
			return r.Scan(&l.Clicks, &l.PaidVisits, &l.Visits, &l.Identified)
		}},
		{"layers_crm", fmt.Sprintf(crmText, conversions, opportunities), func(r driver.Rows) error {
			return r.Scan(&l.Conversions, &l.Opportunities, &l.Won)
		}},
		{"layers_ledger", fmt.Sprintf(ledgerText, t.cells), func(r driver.Rows) error {
			return r.Scan(&l.LedgerConversions, &l.LedgerOpportunities, &l.LedgerWon)
		}},
		{"layers_revenue", fmt.Sprintf(revenueText, opportunities, t.cells), func(r driver.Rows) error {
			var v Reconciled
			err := r.Scan(&v.Currency, &v.CRM, &v.Ledger)
			l.Revenue = append(l.Revenue, v)
			return err
		}},
	} {
		group.Go(func() error {
			return s.run(ctx, statement{name: read.name, text: read.text, args: q.args()}, read.scan)
		})
	}
	return l, group.Wait()
}

// Refusals reads why records were refused.
func (s *Store) Refusals(ctx context.Context, q PipelineQuery) ([]Refusal, error) {
	out := []Refusal{}
	st := statement{name: "refusals", text: fmt.Sprintf(refusalsText, s.db.Table("rejected_rows")), args: q.args()}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var r Refusal
		err := rows.Scan(&r.Code, &r.Field, &r.Endpoint, &r.Reason, &r.Count, &r.LatestAt)
		out = append(out, r)
		return err
	})
	return out, err
}

package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/plans"
)

// plansText reads the latest version of everything saved, deleted things too: whoever deleted one must be able to tell that it has landed.
const plansText = `SELECT plan_id, argMax(body, version), max(version), argMax(updated_at, version), argMax(is_deleted, version)
FROM %s
WHERE workspace = {workspace:String} AND kind = {kind:String}
GROUP BY plan_id`

var _ plans.Store = (*Store)(nil)

// Plans reads what is saved of a kind.
func (s *Store) Plans(ctx context.Context, workspace, kind string) ([]plans.Record, error) {
	records := []plans.Record{}
	args := []any{ch.Named("workspace", workspace), ch.Named("kind", kind)}
	st := statement{name: "plans", text: fmt.Sprintf(plansText, s.db.Table("plans_rows")), args: args}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		r := plans.Record{Workspace: workspace, Kind: kind}
		var version uint64
		var deleted uint8
		err := rows.Scan(&r.ID, &r.Body, &version, &r.UpdatedAt, &deleted)
		r.Version, r.IsDeleted = int64(version), deleted != 0
		records = append(records, r)
		return err
	})
	return records, err
}

const plansMarkText = `SELECT count(), max(version) FROM %s WHERE workspace = {workspace:String} AND kind = {kind:String}`

// PlansMark changes whenever something of a kind is saved.
func (s *Store) PlansMark(ctx context.Context, workspace, kind string) (mark [2]uint64, err error) {
	args := []any{ch.Named("workspace", workspace), ch.Named("kind", kind)}
	st := statement{name: "plans_mark", text: fmt.Sprintf(plansMarkText, s.db.Table("plans_rows")), args: args}
	err = s.run(ctx, st, func(rows driver.Rows) error { return rows.Scan(&mark[0], &mark[1]) })
	return mark, err
}

// CurrencyUse is the first day on which money of a currency counts.
type CurrencyUse struct {
	Currency string
	FirstDay performance.Day
}

const currenciesText = `SELECT toString(currency) AS code, min(day) FROM (
    SELECT currency, day FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND currency != '' AND (conversion_value_minor != 0 OR pipeline_minor != 0 OR revenue_minor != 0)
    UNION ALL
    SELECT currency, day FROM %[2]s FINAL WHERE workspace = {workspace:String} AND spend_minor != 0
)
GROUP BY code ORDER BY code`

// Currencies reads which currencies money is in, and since when.
func (s *Store) Currencies(ctx context.Context, workspace string) ([]CurrencyUse, error) {
	uses := []CurrencyUse{}
	t := s.tables()
	st := statement{name: "currencies", text: fmt.Sprintf(currenciesText, t.cells, t.spend), args: []any{ch.Named("workspace", workspace)}}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var u CurrencyUse
		var day time.Time
		err := rows.Scan(&u.Currency, &day)
		u.FirstDay = performance.DayOf(day)
		uses = append(uses, u)
		return err
	})
	return uses, err
}

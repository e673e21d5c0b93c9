package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Standing is what one task of the attributor says of a workspace's models and channel rules.
type Standing struct {
	Partition                                       int32
	Revision                                        int64
	ChangedAt                                       time.Time
	Reason, CauseEventID, RulesVersion, Rules       string
	Names, Versions, Statuses, Origins, Definitions []string
	SinceMS                                         []int64
	SubjectsTotal, SubjectsDone, TouchesDone        int64
	IsDone                                          bool
}

const standingsText = `SELECT partition, revision, changed_at, reason, cause_event_id, rules_version, rules, names, versions, statuses, origins, since_ms,
    definitions, subjects_total, subjects_done, touches_done, is_done
FROM %s FINAL
WHERE workspace = {workspace:String}
ORDER BY partition`

// Standings reads what each task says.
func (s *Store) Standings(ctx context.Context, workspace string) ([]Standing, error) {
	var out []Standing
	st := statement{
		name: "standings", text: fmt.Sprintf(standingsText, s.db.Table("standings_rows")), args: []any{ch.Named("workspace", workspace)},
	}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var t Standing
		var done uint8
		err := rows.Scan(&t.Partition, &t.Revision, &t.ChangedAt, &t.Reason, &t.CauseEventID, &t.RulesVersion, &t.Rules, &t.Names, &t.Versions,
			&t.Statuses, &t.Origins, &t.SinceMS, &t.Definitions, &t.SubjectsTotal, &t.SubjectsDone, &t.TouchesDone, &done)
		t.IsDone = done == 1
		out = append(out, t)
		return err
	})
	return out, err
}

// DiffQuery asks for what would change if a shadow took its live model's place.
type DiffQuery struct {
	// Model is the live model's name, Shadow the shadow's.
	Workspace, Model, Shadow string
	// Basis is touch or close. From and To bound its days; empty ones are open.
	Basis, From, To string
	// Measure is what journeys are ordered by, a column of credits without its unit.
	Measure string
	Limit   int
}

// measureColumns are the columns of each measure, in the order of Amounts.
var measureColumns = map[string]string{
	"conversions": "conversions_nano", "conversion_value": "conversion_value_minor", "opportunities": "opportunities_nano",
	"pipeline": "pipeline_minor", "customers": "customers_nano", "revenue": "revenue_minor",
}

// Amounts are exact amounts of the measures: conversions, conversion value, opportunities, pipeline, customers, revenue; counts in 1e-9 units, money in
// minor units.
type Amounts [6]int64

// ChannelDiff is a channel's credit in one currency under the live model and under the shadow.
type ChannelDiff struct {
	Channel, Currency string
	Now, Then         Amounts
}

// channelDiffText sums both tables in one pass, so that both sides are of one moment as nearly as there is one.
const channelDiffText = `SELECT channel, currency,
    sumIf(conversions_nano, live), sumIf(conversion_value_minor, live), sumIf(opportunities_nano, live), sumIf(pipeline_minor, live),
    sumIf(customers_nano, live), sumIf(revenue_minor, live),
    sumIf(conversions_nano, NOT live), sumIf(conversion_value_minor, NOT live), sumIf(opportunities_nano, NOT live), sumIf(pipeline_minor, NOT live),
    sumIf(customers_nano, NOT live), sumIf(revenue_minor, NOT live)
FROM (
    SELECT *, true AS live FROM %[1]s FINAL
    WHERE workspace = {workspace:String} AND basis = {basis:String} AND model = {model:String} AND day BETWEEN toDate({from:String}) AND toDate({to:String})
    UNION ALL
    SELECT *, false AS live FROM %[2]s FINAL
    WHERE workspace = {workspace:String} AND basis = {basis:String} AND model = {shadow:String} AND day BETWEEN toDate({from:String}) AND toDate({to:String})
)
GROUP BY channel, currency
ORDER BY channel = '(unattributed)', channel, currency`

// The first and last days that ClickHouse can hold.
const (
	firstDay = "1970-01-01"
	lastDay  = "2149-06-06"
)

func (q DiffQuery) args() []any {
	from, to := q.From, q.To
	if from == "" {
		from = firstDay
	}
	if to == "" {
		to = lastDay
	}
	return []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("shadow", q.Shadow), ch.Named("basis", q.Basis),
		ch.Named("from", from), ch.Named("to", to), ch.Named("limit", uint32(max(q.Limit, 1))),
	}
}

// ChannelDiffs reads the difference by channel.
func (s *Store) ChannelDiffs(ctx context.Context, q DiffQuery) ([]ChannelDiff, error) {
	var out []ChannelDiff
	st := statement{
		name: "models_diff", text: fmt.Sprintf(channelDiffText, s.db.Table("cells_rows"), s.db.Table("shadow_cells_rows")), args: q.args(),
	}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var d ChannelDiff
		dest := []any{&d.Channel, &d.Currency}
		for i := range d.Now {
			dest = append(dest, &d.Now[i])
		}
		for i := range d.Then {
			dest = append(dest, &d.Then[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if d.Now != (Amounts{}) || d.Then != (Amounts{}) {
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

// JourneyDiff is what would move in one journey, in one measure.
type JourneyDiff struct {
	JourneyID, Kind, Currency string
	// Moved is half the sum of all changes by channel: what goes from one channel to another.
	Moved int64
	// Channels with their amounts now and then, those that change.
	Channels  []string
	Now, Then []int64
}

const journeyDiffText = `SELECT journey_id, any(kind), currency, toInt64(intDiv(sum(abs(later - now)), 2)) AS moved,
    groupArrayIf(channel, now != later), groupArrayIf(now, now != later), groupArrayIf(later, now != later)
FROM (
    SELECT journey_id, any(journey_kind) AS kind, currency, channel, sumIf(amount, live) AS now, sumIf(amount, NOT live) AS later
    FROM (
        SELECT journey_id, journey_kind, currency, channel, %[3]s AS amount, true AS live FROM %[1]s FINAL
        WHERE workspace = {workspace:String} AND model = {model:String}
        UNION ALL
        SELECT journey_id, journey_kind, currency, channel, %[3]s AS amount, false AS live FROM %[2]s FINAL
        WHERE workspace = {workspace:String} AND model = {shadow:String}
    )
    GROUP BY journey_id, currency, channel
    ORDER BY channel
)
GROUP BY journey_id, currency
HAVING moved > 0
ORDER BY moved DESC, journey_id
LIMIT {limit:UInt32}`

// JourneyDiffs reads the journeys in which most would move, the largest first.
func (s *Store) JourneyDiffs(ctx context.Context, q DiffQuery) ([]JourneyDiff, error) {
	column, ok := measureColumns[q.Measure]
	if !ok {
		return nil, fmt.Errorf("measure %q is not known", q.Measure)
	}
	var out []JourneyDiff
	st := statement{
		name: "models_diff_journeys",
		text: fmt.Sprintf(journeyDiffText, s.db.Table("credits_rows"), s.db.Table("shadow_credits_rows"), column), args: q.args(),
	}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var d JourneyDiff
		err := rows.Scan(&d.JourneyID, &d.Kind, &d.Currency, &d.Moved, &d.Channels, &d.Now, &d.Then)
		out = append(out, d)
		return err
	})
	return out, err
}

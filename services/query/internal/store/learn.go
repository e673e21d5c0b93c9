package store

import (
	"context"
	"fmt"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// LearnQuery asks for the paths that a data-driven model learns from.
type LearnQuery struct {
	// Model is one that credits every touch of a journey, so that its credits are the whole path. Kind is conversion, opportunity, or empty for both.
	Workspace, Model, Kind string
	// Period are the days of the outcomes, and of the touches of people without any.
	Period performance.Period
}

// LearnPath is a path of channels with how often it led to success, and how often not.
type LearnPath struct {
	Channels        []string
	Converted, Lost int64
}

// learnText counts paths. A conversion is a success, a deal when it was won; open deals have no outcome yet. Not a success are lost deals, and the people (browsers where nobody is
// known) who have no journey of the kind at all. Their direct visits are dropped unless they have no others, as models do.
const learnText = `SELECT path, toInt64(countIf(success)) AS converted, toInt64(countIf(NOT success)) AS lost
FROM (
    SELECT path, success FROM (
        SELECT journey_id, arrayMap(t -> t.3, arraySort(groupArrayIf((touched_at, touchpoint_id, toString(channel)), touchpoint_id != ''))) AS path,
            any(journey_kind) AS kind, any(close_date) AS closed, if(closed = toDate(0), any(opened_date), closed) AS outcome,
            if(kind = 'conversion', sum(conversions_nano) != 0, sum(customers_nano) != 0) AS success
        FROM %[1]s AS c FINAL
        WHERE workspace = {workspace:String} AND model = {model:String} AND ({kind:String} = '' OR journey_kind = {kind:String})
        GROUP BY journey_id
    )
    WHERE notEmpty(path) AND outcome BETWEEN {from:Date} AND {to:Date} AND (kind = 'conversion' OR closed != toDate(0))
    UNION ALL
    SELECT if(empty(other), everything, other) AS path, false FROM (
        SELECT if(person_id = '', concat('v ', visitor_id), person_id) AS who, groupUniqArray(touchpoint_id) AS ids,
            arrayMap(t -> t.3, arraySort(groupArray((occurred_at, touchpoint_id, toString(channel))))) AS everything, arrayFilter(c -> c != 'Direct', everything) AS other
        FROM %[2]s FINAL
        WHERE workspace = {workspace:String} AND is_bot = 0 AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date} AND {kind:String} != 'opportunity'
        GROUP BY who
        HAVING countIf(touchpoint_id IN (
            SELECT touchpoint_id FROM %[1]s AS c FINAL
            WHERE workspace = {workspace:String} AND model = {model:String} AND ({kind:String} = '' OR journey_kind = {kind:String}) AND touchpoint_id != ''
        )) = 0
    )
)
GROUP BY path ORDER BY converted + lost DESC, path`

// LearnPaths reads the paths, the most common ones first.
func (s *Store) LearnPaths(ctx context.Context, q LearnQuery) ([]LearnPath, error) {
	paths, t := []LearnPath{}, s.tables()
	st := statement{name: "learn_paths", text: fmt.Sprintf(learnText, t.credits, t.touchpoints), rows: maxPaths, args: []any{
		ch.Named("workspace", q.Workspace), ch.Named("model", q.Model), ch.Named("kind", q.Kind), ch.Named("from", q.Period.From.String()), ch.Named("to", q.Period.To.String()),
	}}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var p LearnPath
		err := rows.Scan(&p.Channels, &p.Converted, &p.Lost)
		paths = append(paths, p)
		return err
	})
	return paths, err
}

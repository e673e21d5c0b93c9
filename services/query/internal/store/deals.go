package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// knownDeals are the deals as they were known at a moment, in the columns of the view opportunities that questions use, each with its stays: of each deal
// the last version recorded by then. What was there before versions were kept has one that is exact only from later on (late): before that, what it says
// counts from when it happened in the business, which is the best that is known; DealGaps counts those. %[1]s is the table of versions.
const knownDeals = `SELECT workspace, opportunity_id, account_id, pipeline, if(late, arraySort(v -> v.1, stays)[-1].2, of_stage) AS stage,
        of_won AND ended AS is_won, of_closed AND ended AS is_closed, has_amount, amount_minor / intExp10(exponent) AS amount, amount_minor, currency, created_at,
        if(is_closed, of_closed_at, fromUnixTimestamp64Milli(0, 'UTC')) AS closed_at, probability_ppm >= 0 AND (ended OR NOT of_closed) AS has_probability,
        greatest(probability_ppm, 0) / 1000000 AS probability,
        toInt64(intDiv(toInt128(amount_minor) * greatest(probability_ppm, 0) + if(amount_minor < 0, -500000, 500000), 1000000)) AS weighted_minor, stays
    FROM (
        SELECT workspace, opportunity_id, account_id, toString(pipeline) AS pipeline, toString(stage) AS of_stage, is_won = 1 AS of_won, is_closed = 1 AS of_closed,
            has_amount, amount_minor, exponent, toString(currency) AS currency, created_at, closed_at AS of_closed_at, probability_ppm, is_deleted, exact_from > {as_of_at} AS late,
            NOT late OR closed_at <= {as_of_at} AS ended,
            arrayZip(visit_entered_ms, visit_stages, visit_source_stages, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm) AS of_stays,
            if(late, arrayMap(v -> (v.1, v.2, v.3, if(v.4 <= {as_of:Int64}, v.4, 0), v.5, v.6), arrayFilter(v -> v.1 <= {as_of:Int64}, of_stays)), of_stays) AS stays
        FROM %[1]s
        WHERE workspace = {workspace:String} AND recorded_at <= {as_of_at}%[2]s
        ORDER BY opportunity_id DESC, exact_from <= {as_of_at} DESC, version DESC
        LIMIT 1 BY opportunity_id
    )
    WHERE is_deleted = 0 AND (NOT late OR created_at <= {as_of_at})`

// dealGapsText counts deals of which more is told than is known: their version was recorded before versions were kept, or there is none at all. %[1]s is the
// table of versions.
const dealGapsText = `SELECT toInt64(uniqExactIf(opportunity_id, exact_from > {as_of_at} AND created_at <= {as_of_at})), maxIf(exact_from, exact_from > {as_of_at} AND created_at <= {as_of_at}),
    (SELECT toInt64(count()) FROM opportunities WHERE workspace = {workspace:String} AND opportunity_id NOT IN (SELECT opportunity_id FROM %[1]s WHERE workspace = {workspace:String}))
FROM %[1]s WHERE workspace = {workspace:String} AND recorded_at = fromUnixTimestamp64Milli(0, 'UTC')`

// atMoment writes the moment where a text has a place for it.
func atMoment(text string) string {
	return strings.ReplaceAll(text, "{as_of_at}", "fromUnixTimestamp64Milli({as_of:Int64}, 'UTC')")
}

// knownDealsFrom is knownDeals with a further restriction of the versions that are looked at.
func (t tables) knownDealsFrom(further string) string {
	return atMoment(fmt.Sprintf(knownDeals, t.versions, further))
}

// dealsOf are the deals that a funnel is about with their stays (stage, entry), as now or as known at a moment.
func (q FunnelQuery) dealsOf(t tables) string {
	if !q.AsOf.IsZero() {
		return `SELECT *, arrayMap(v -> (v.2, fromUnixTimestamp64Milli(v.1, 'UTC')), stays) AS visits FROM (` + t.knownDealsFrom("") + `)
        WHERE toDate(created_at) BETWEEN {from:Date} AND {to:Date} AND ({pipeline:String} = '' OR pipeline = {pipeline:String})`
	}
	return presentDeals
}

// presentDeals are the deals of now.
const presentDeals = `SELECT o.*, s.visits AS visits
    FROM (SELECT opportunity_id, created_at, currency, amount_minor, is_won, is_closed, closed_at FROM opportunities
        WHERE workspace = {workspace:String} AND toDate(created_at) BETWEEN {from:Date} AND {to:Date} AND ({pipeline:String} = '' OR pipeline = {pipeline:String})) AS o
    LEFT JOIN (SELECT opportunity_id, groupArray((stage, entered_at)) AS visits FROM opportunity_stages WHERE workspace = {workspace:String} GROUP BY opportunity_id) AS s
        ON s.opportunity_id = o.opportunity_id`

// DealGaps says of how many deals it is not known what was known at a moment.
type DealGaps struct {
	// Before are deals that were there before versions were kept, which was later than the moment; Since is when that began.
	Before int64
	Since  time.Time
	// Without are deals that no version is kept of at all.
	Without int64
}

// DealGaps counts what is not known of a moment.
func (s *Store) DealGaps(ctx context.Context, workspace string, asOf time.Time) (DealGaps, error) {
	var g DealGaps
	st := statement{
		name: "deal_gaps", text: atMoment(fmt.Sprintf(dealGapsText, s.tables().versions)), args: []any{ch.Named("workspace", workspace), asOfArg(asOf)},
	}
	err := s.run(ctx, st, func(rows driver.Rows) error { return rows.Scan(&g.Before, &g.Since, &g.Without) })
	return g, err
}

// KnownDeal is what a journey's page says of a deal beside its credit.
type KnownDeal struct {
	AccountID           string
	CreatedAt, ClosedAt time.Time
}

// KnownDeal reads a deal as it was known at the moment asked for; nil when it was not known, or gone.
func (s *Store) KnownDeal(ctx context.Context, q JourneyQuery) (*KnownDeal, error) {
	var found *KnownDeal
	text := "SELECT account_id, created_at, closed_at FROM (" + s.tables().knownDealsFrom(ofJourney) + ")"
	err := s.run(ctx, statement{name: "journey_known_deal", text: text, args: append(q.args(), asOfArg(q.AsOf))}, func(rows driver.Rows) error {
		found = &KnownDeal{}
		return rows.Scan(&found.AccountID, &found.CreatedAt, &found.ClosedAt)
	})
	return found, err
}

-- +goose NO TRANSACTION
-- What was known of deals when: every version of every deal with its stays in stages, by when it was recorded. The tables of before keep the last version.

-- +goose Up
-- A version is written once and never changes, so any copy of it is the version: no version column. A rebuild empties the table and fills it again.
CREATE TABLE IF NOT EXISTS opportunity_versions_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    opportunity_id String COMMENT 'Identifier in the CRM',
    version UInt64 COMMENT 'Version of the opportunity, 1 for the first',
    recorded_at DateTime64(3, 'UTC') COMMENT 'Receipt of what made the version: of those recorded by a moment the highest is what was known then; 1970-01-01 for what was there before versions were kept',
    exact_from DateTime64(3, 'UTC') COMMENT 'From then on this is exactly what was known: recorded_at, or when versions began to be kept',
    account_id String COMMENT 'Account',
    pipeline LowCardinality(String) COMMENT 'CRM pipeline',
    stage LowCardinality(String) COMMENT 'Canonical stage',
    is_won UInt8 COMMENT '1 when won',
    is_closed UInt8 COMMENT '1 when won or lost',
    has_amount UInt8 COMMENT '1 when the CRM gave an amount',
    amount_minor Int64 COMMENT 'Amount in minor units',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    probability_ppm Int32 DEFAULT -1 COMMENT 'Chance that it is won, in millionths; -1 when nothing says',
    created_at DateTime64(3, 'UTC') COMMENT 'Creation in the CRM',
    closed_at DateTime64(3, 'UTC') COMMENT 'Close, 1970-01-01 while open',
    source_system LowCardinality(String) COMMENT 'CRM',
    is_deleted UInt8 COMMENT '1 when the opportunity was gone',
    visit_stages Array(String) COMMENT 'Stays in stages, in the order of entry: canonical stages',
    visit_source_stages Array(String) COMMENT 'Stages as the CRM names them',
    visit_entered_ms Array(Int64) COMMENT 'Entries in milliseconds since 1970',
    visit_left_ms Array(Int64) COMMENT 'Exits in milliseconds since 1970, 0 while in it',
    visit_amounts_minor Array(Int64) COMMENT 'Amounts in minor units',
    visit_probabilities_ppm Array(Int32) COMMENT 'Last chances known during the stays, in millionths; -1 when nothing said'
) ENGINE = {{.Replacing ""}}
ORDER BY (workspace, opportunity_id, version)
SETTINGS {{.Dedup}}
COMMENT 'Every version of every opportunity';
{{with .OnCluster}}
CREATE TABLE IF NOT EXISTS opportunity_versions_rows_dist {{.}} AS opportunity_versions_rows
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), opportunity_versions_rows, cityHash64(workspace, opportunity_id))
COMMENT 'opportunity_versions_rows of all shards';
{{end}}
-- Deals that came before this table: of what was known until now, their last version is all that is left. A rebuild brings the rest.
INSERT INTO {{.Read "opportunity_versions_rows"}} (workspace, opportunity_id, version, recorded_at, exact_from, account_id, pipeline, stage, is_won, is_closed, has_amount,
    amount_minor, exponent, currency, probability_ppm, created_at, closed_at, source_system, is_deleted,
    visit_stages, visit_source_stages, visit_entered_ms, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm)
SELECT o.workspace, o.opportunity_id, o.version, fromUnixTimestamp64Milli(0, 'UTC'), now64(3), o.account_id, o.pipeline, o.stage, o.is_won, o.is_closed, o.has_amount,
    o.amount_minor, o.exponent, o.currency, o.probability_ppm, o.created_at, o.closed_at, o.source_system, 0,
    arrayMap(v -> v.2, s.visits), arrayMap(v -> v.3, s.visits), arrayMap(v -> v.1, s.visits), arrayMap(v -> v.4, s.visits), arrayMap(v -> v.5, s.visits), arrayMap(v -> v.6, s.visits)
FROM {{.Read "opportunities_rows"}} AS o FINAL
GLOBAL LEFT JOIN (
    SELECT workspace, opportunity_id, arraySort(groupArray((toUnixTimestamp64Milli(entered_at), toString(stage), toString(source_stage), toUnixTimestamp64Milli(left_at),
        amount_minor, probability_ppm))) AS visits
    FROM {{.Read "opportunity_stages_rows"}} FINAL GROUP BY workspace, opportunity_id
) AS s ON s.workspace = o.workspace AND s.opportunity_id = o.opportunity_id
WHERE (o.workspace, o.opportunity_id) GLOBAL NOT IN (SELECT workspace, opportunity_id FROM {{.Read "opportunity_versions_rows"}});

CREATE OR REPLACE VIEW opportunity_history {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    opportunity_id String COMMENT 'Deal: the part of journey_id after o:',
    version Int64 COMMENT 'Counts the versions of the deal',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the version was known; 1970-01-01 for what was there before versions were kept',
    replaced_at DateTime64(3, 'UTC') COMMENT 'When a later version was known, 2149-06-06 for the last one: what was known at a moment is recorded_at <= moment AND moment < replaced_at AND is_deleted = 0',
    exact_from DateTime64(3, 'UTC') COMMENT 'From then on this is exactly what was known: later than recorded_at only for what was there before versions were kept',
    is_deleted Int64 COMMENT '1 when the deal was deleted or merged into another',
    account_id String COMMENT 'Account of the deal',
    pipeline String COMMENT 'CRM pipeline',
    stage String COMMENT 'Canonical stage it was in',
    is_won Int64 COMMENT '1 when won',
    is_closed Int64 COMMENT '1 when won or lost',
    has_amount Int64 COMMENT '1 when the CRM had given an amount',
    amount Float64 COMMENT 'Amount in units of the currency; 0 without one',
    amount_minor Int64 COMMENT 'Amount in minor units of the currency, exact',
    currency String COMMENT 'ISO 4217 code',
    created_at DateTime64(3, 'UTC') COMMENT 'Creation of the deal, as known then',
    closed_at DateTime64(3, 'UTC') COMMENT 'Close as won or lost, as known then; 1970-01-01 while open',
    source_system String COMMENT 'CRM it comes from',
    has_probability Int64 COMMENT '1 when the CRM or the stage map said what the chance was',
    probability Float64 COMMENT 'Chance that it is won, 0 to 1: 1 once won, 0 once lost and where nothing said'
) AS SELECT
    workspace, opportunity_id, version, recorded_at,
    if(is_last, toDateTime64('2149-06-06 00:00:00', 3, 'UTC'), next_recorded_at) AS replaced_at,
    exact_from, is_deleted, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor / intExp10(exponent) AS amount, amount_minor, currency,
    created_at, closed_at, source_system, probability_ppm >= 0 AS has_probability, greatest(probability_ppm, 0) / 1000000 AS probability
FROM (
    -- What was known at a moment is the highest version of those recorded by then: a version ends with the first of all later ones.
    SELECT *, count() OVER following = 0 AS is_last, min(recorded_at) OVER following AS next_recorded_at
    FROM {{.Read "opportunity_versions_rows"}} FINAL
    WINDOW following AS (PARTITION BY workspace, opportunity_id ORDER BY version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
COMMENT 'Every version of every deal: what was known of it when';

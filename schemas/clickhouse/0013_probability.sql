-- +goose NO TRANSACTION
-- Deals and their stays in stages have the chance that the CRM, or the stage map, gives them; open pipeline can be weighted by it.

-- +goose Up
ALTER TABLE opportunities_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS probability_ppm Int32 DEFAULT -1 COMMENT 'Chance that it is won, in millionths; -1 when nothing says';
ALTER TABLE opportunity_stages_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS probability_ppm Int32 DEFAULT -1 COMMENT 'Last chance known during the stay, in millionths; -1 when nothing said';
{{with .OnCluster}}
ALTER TABLE opportunities_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS probability_ppm Int32 DEFAULT -1 COMMENT 'Chance that it is won, in millionths; -1 when nothing says';
ALTER TABLE opportunity_stages_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS probability_ppm Int32 DEFAULT -1 COMMENT 'Last chance known during the stay, in millionths; -1 when nothing said';
{{end}}
CREATE OR REPLACE VIEW opportunities {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    opportunity_id String COMMENT 'Identifier in the CRM: the part of journey_id after o:',
    account_id String COMMENT 'Account of the deal',
    pipeline String COMMENT 'CRM pipeline',
    stage String COMMENT 'Canonical stage it is in',
    is_won Int64 COMMENT '1 when won',
    is_closed Int64 COMMENT '1 when won or lost',
    has_amount Int64 COMMENT '1 when the CRM gave an amount',
    amount Float64 COMMENT 'Amount in units of the currency; 0 without one',
    amount_minor Int64 COMMENT 'Amount in minor units of the currency, exact',
    currency String COMMENT 'ISO 4217 code',
    created_at DateTime64(3, 'UTC') COMMENT 'Creation of the deal',
    closed_at DateTime64(3, 'UTC') COMMENT 'Close as won or lost; 1970-01-01 while open',
    source_system String COMMENT 'CRM it comes from',
    amount_base Float64 COMMENT 'Amount in the base currency at the rate of the close date, or of the creation while open; equals amount when the workspace has no rates; NaN when the currency has no rate',
    has_probability Int64 COMMENT '1 when the CRM or the stage map says what the chance is',
    probability Float64 COMMENT 'Chance that it is won, 0 to 1: 1 once won, 0 once lost and where nothing says',
    weighted_amount Float64 COMMENT 'Amount times probability, in units of the currency',
    weighted_minor Int64 COMMENT 'Amount times probability in minor units of the currency, rounded half away from zero'
) AS SELECT
    o.workspace AS workspace, o.opportunity_id AS opportunity_id, o.account_id AS account_id, o.pipeline AS pipeline, o.stage AS stage,
    o.is_won AS is_won, o.is_closed AS is_closed, o.has_amount AS has_amount, o.amount_minor / intExp10(o.exponent) AS amount,
    o.amount_minor AS amount_minor, o.currency AS currency, o.created_at AS created_at, o.closed_at AS closed_at, o.source_system AS source_system,
    multiIf(o.amount_minor = 0, 0, r.rate > 0, amount * r.rate, o.workspace NOT IN (SELECT workspace FROM currency_rates), amount, nan) AS amount_base,
    o.probability_ppm >= 0 AS has_probability, greatest(o.probability_ppm, 0) / 1000000 AS probability,
    weighted_minor / intExp10(o.exponent) AS weighted_amount,
    toInt64(intDiv(toInt128(o.amount_minor) * greatest(o.probability_ppm, 0) + if(o.amount_minor < 0, -500000, 500000), 1000000)) AS weighted_minor
FROM {{.Read "opportunities_rows"}} AS o FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = o.workspace AND r.currency = o.currency AND toDate(if(o.closed_at = fromUnixTimestamp64Milli(0, 'UTC'), o.created_at, o.closed_at)) >= r.day
COMMENT 'One row per deal, as it is now';

CREATE OR REPLACE VIEW opportunity_stages {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    opportunity_id String COMMENT 'Deal',
    stage String COMMENT 'Canonical stage',
    source_stage String COMMENT 'Stage as the CRM names it',
    entered_at DateTime64(3, 'UTC') COMMENT 'When the deal entered the stage',
    left_at DateTime64(3, 'UTC') COMMENT 'When it left the stage; 1970-01-01 while it is in it',
    amount Float64 COMMENT 'Amount during this stay, in units of the currency',
    amount_minor Int64 COMMENT 'Amount in minor units of the currency, exact',
    currency String COMMENT 'ISO 4217 code',
    has_probability Int64 COMMENT '1 when something said what the chance was',
    probability Float64 COMMENT 'Last chance known during this stay, 0 to 1'
) AS SELECT
    workspace, opportunity_id, stage, source_stage, entered_at, left_at, amount_minor / intExp10(exponent) AS amount, amount_minor, currency,
    probability_ppm >= 0 AS has_probability, greatest(probability_ppm, 0) / 1000000 AS probability
FROM {{.Read "opportunity_stages_rows"}} FINAL
COMMENT 'One row per stay of a deal in a stage';

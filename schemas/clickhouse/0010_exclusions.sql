-- +goose NO TRANSACTION
-- Conversions that a rule keeps from earning credit stay visible, with the rule.

-- +goose Up
ALTER TABLE conversions_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS excluded_by LowCardinality(String) COMMENT 'Rule that keeps it from earning credit, empty when none does';
{{with .OnCluster}}
ALTER TABLE conversions_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS excluded_by LowCardinality(String) COMMENT 'Rule that keeps it from earning credit, empty when none does';
{{end}}
CREATE OR REPLACE VIEW conversions {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    conversion_id String COMMENT 'Identifier of the conversion: the part of journey_id after c:',
    type String COMMENT 'Conversion type: lead, demo, trial, purchase ...',
    is_primary Int64 COMMENT '1 for types that reports count by default',
    visitor_id String COMMENT 'Visitor who converted',
    person_id String COMMENT 'Person who converted; empty while unidentified',
    account_id String COMMENT 'Account of the person; empty when none',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Time of the conversion',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of its event',
    day Date COMMENT 'Date of occurred_at, UTC',
    has_value Int64 COMMENT '1 when the event carried a value',
    value Float64 COMMENT 'Value in units of the currency; 0 without one',
    value_minor Int64 COMMENT 'Value in minor units of the currency, exact',
    currency String COMMENT 'ISO 4217 code',
    value_base Float64 COMMENT 'Value in the base currency at the rate of the day; equals value when the workspace has no rates; NaN when the currency has no rate',
    excluded_by String COMMENT 'Rule that keeps the conversion from earning credit (only ..., exclude ...); empty when it counts'
) AS SELECT
    c.workspace AS workspace, c.conversion_id AS conversion_id, c.type AS type, c.is_primary AS is_primary, c.visitor_id AS visitor_id,
    c.person_id AS person_id, c.account_id AS account_id, c.occurred_at AS occurred_at, c.received_at AS received_at, toDate(c.occurred_at) AS day,
    c.has_value AS has_value, c.value_minor / intExp10(c.exponent) AS value, c.value_minor AS value_minor, c.currency AS currency,
    multiIf(c.value_minor = 0, 0, r.rate > 0, value * r.rate, c.workspace NOT IN (SELECT workspace FROM currency_rates), value, nan) AS value_base,
    c.excluded_by AS excluded_by
FROM {{.Read "conversions_rows"}} AS c FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = c.workspace AND r.currency = c.currency AND toDate(c.occurred_at) >= r.day
COMMENT 'One row per conversion';

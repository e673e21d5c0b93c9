-- +goose NO TRANSACTION
-- What was known when: days on every posting, so that sums of postings up to a moment are the figures of then; every version of spend; months of
-- the books that are closed; and amounts in the base currency beside the original on conversions and opportunities.

-- +goose Up
ALTER TABLE ledger_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS conversion_type LowCardinality(String) COMMENT 'Conversion type, empty for opportunities',
    ADD COLUMN IF NOT EXISTS close_date Date COMMENT 'Day the amount counts on: of the conversion, creation or close',
    ADD COLUMN IF NOT EXISTS touch_date Date COMMENT 'Day the amount counts on by its touch; close_date on the unattributed line',
    ADD COLUMN IF NOT EXISTS is_departure UInt8 COMMENT '1 when credit leaves where it counted before; a posting of the same version puts it where it counts now',
    ADD INDEX IF NOT EXISTS by_cause cause_event_id TYPE bloom_filter(0.01);
ALTER TABLE touchpoints_rows {{.OnCluster}} ADD INDEX IF NOT EXISTS by_event event_id TYPE bloom_filter(0.01);
{{with .OnCluster}}
ALTER TABLE ledger_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS conversion_type LowCardinality(String) COMMENT 'Conversion type, empty for opportunities',
    ADD COLUMN IF NOT EXISTS close_date Date COMMENT 'Day the amount counts on: of the conversion, creation or close',
    ADD COLUMN IF NOT EXISTS touch_date Date COMMENT 'Day the amount counts on by its touch; close_date on the unattributed line',
    ADD COLUMN IF NOT EXISTS is_departure UInt8 COMMENT '1 when credit leaves where it counted before; a posting of the same version puts it where it counts now';
{{end}}
-- spend_rows keeps the latest version of a cost; what was known before is here. The topic is compacted, so a rebuild must not empty this table.
CREATE TABLE IF NOT EXISTS spend_versions_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day',
    spend_key String COMMENT 'Natural key under which a later record replaces an earlier one',
    version UInt64 COMMENT 'Receipt sequence',
    channel LowCardinality(String) COMMENT 'Channel',
    campaign LowCardinality(String) COMMENT 'Campaign name',
    source LowCardinality(String) COMMENT 'Source',
    medium LowCardinality(String) COMMENT 'Medium',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    spend_minor Int64 COMMENT 'Cost in minor units; 0 when withdrawn',
    impressions Int64 COMMENT 'Impressions; 0 when withdrawn',
    clicks Int64 COMMENT 'Clicks; 0 when withdrawn',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the record'
) ENGINE = {{.Replacing ""}}
PARTITION BY toYear(day) ORDER BY (workspace, day, spend_key, version)
SETTINGS {{.Dedup}}
COMMENT 'Every version of every cost';
{{with .OnCluster}}
CREATE TABLE IF NOT EXISTS spend_versions_rows_dist {{.}} AS spend_versions_rows
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), spend_versions_rows, cityHash64(workspace, spend_key))
COMMENT 'spend_versions_rows of all shards';
{{end}}
-- Costs that came before this table: their latest version is all that is left of them.
INSERT INTO {{.Read "spend_versions_rows"}} (workspace, day, spend_key, version, channel, campaign, source, medium, currency, exponent, spend_minor, impressions, clicks, received_at)
SELECT workspace, day, spend_key, version, channel, campaign, source, medium, currency, exponent, spend_minor, impressions, clicks, received_at
FROM {{.Read "spend_rows"}} FINAL;

-- A change of a month (close or reopening) is an entry in the history of its plan. From each change on, a month's postings go to the first month
-- from it on that is not closed: itself while it is open.
CREATE OR REPLACE VIEW booking_rules {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    month Date COMMENT 'Month of the business',
    after DateTime64(3, 'UTC') COMMENT 'Postings recorded after this, and not after the next rule of the month',
    booked_month Date COMMENT 'Month whose books take them'
) AS WITH
    changes AS (
        SELECT workspace, toDate(concat(plan_id, '-01')) AS month, fromUnixTimestamp64Milli(JSONExtractInt(entry, 'at_ms'), 'UTC') AS at,
            JSONExtractString(entry, 'action') = 'close' AS is_close
        FROM {{.Read "plans_rows"}} FINAL
        ARRAY JOIN JSONExtractArrayRaw(body, 'history') AS entry
        WHERE kind = 'period'
    ),
    states AS (
        SELECT m.workspace AS workspace, m.at AS at, c.month AS month, argMax(c.is_close, c.at) AS is_closed
        FROM (SELECT DISTINCT workspace, at FROM changes) AS m
        INNER JOIN changes AS c ON c.workspace = m.workspace
        WHERE c.at <= m.at
        GROUP BY workspace, at, month
    ),
    closed AS (SELECT workspace, at, groupArrayIf(month, is_closed) AS months FROM states GROUP BY workspace, at)
SELECT s.workspace AS workspace, s.month AS month, s.at AS after,
    if(s.is_closed, arrayFirst(x -> NOT has(c.months, x), arrayMap(i -> addMonths(s.month, i), range(1, length(c.months) + 2))), s.month) AS booked_month
FROM states AS s
INNER JOIN closed AS c ON c.workspace = s.workspace AND c.at = s.at
COMMENT 'Which month takes a posting: closed months take none, the first open one after them does';

-- The columns before booked_month are those of the view that this replaces; the join is dropped by the planner when its columns are not selected.
CREATE OR REPLACE VIEW ledger {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    posting_id String COMMENT 'Identifier of the posting, derived from its content',
    journey_id String COMMENT 'What the credit belongs to: c: and the conversion id, or o: and the opportunity id',
    journey_kind String COMMENT 'conversion or opportunity',
    model String COMMENT 'Attribution model',
    model_version String COMMENT 'Version of the model',
    measure String COMMENT 'conversions, conversion_value, opportunities, pipeline, customers or revenue',
    touchpoint_id String COMMENT 'Touchpoint whose credit changed; empty on the unattributed line',
    channel String COMMENT 'Channel of the touch; (unattributed) on the unattributed line',
    campaign String COMMENT 'Campaign of the touch',
    delta_weight Float64 COMMENT 'Change of the weight',
    delta_amount Float64 COMMENT 'Change of the credit: units of the currency for money, a number for counts',
    delta_amount_minor Int64 COMMENT 'Change, exact: minor units of the currency for money, 1e-9 units for counts',
    currency String COMMENT 'ISO 4217 code',
    reason String COMMENT 'conversion, opened, touch, late_touch, stage, amount, won, lost, reopened, identity, erasure, rules, model, deleted or merged',
    cause_event_id String COMMENT 'Event that caused the change',
    effective_at DateTime64(3, 'UTC') COMMENT 'When it happened in the business',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When it was known: sum up to a moment of it for the state as of then',
    recorded_date Date COMMENT 'Date of recorded_at, UTC: filter on it, it is the fastest',
    version Int64 COMMENT 'Version of the journey that made the posting',
    conversion_type String COMMENT 'Conversion type; empty for opportunities',
    close_date Date COMMENT 'Day the amount counts on, UTC: of the conversion, of the creation while open, or of the close',
    touch_date Date COMMENT 'Day the amount counts on by its touch, UTC; close_date on the unattributed line',
    is_departure Int64 COMMENT '1 when credit leaves where it counted before (channel, campaign or day); another posting of the same version puts it where it counts now',
    booked_month Date COMMENT 'First day of the month whose books it is in: that of close_date, unless that month was closed when it was recorded',
    is_adjustment Int64 COMMENT '1 when its own month was closed, so that a later month took it'
) AS SELECT
    l.workspace AS workspace, l.posting_id AS posting_id, l.journey_id AS journey_id, l.journey_kind AS journey_kind, l.model AS model,
    l.model_version AS model_version, l.measure AS measure, l.touchpoint_id AS touchpoint_id, l.channel AS channel, l.campaign AS campaign,
    l.delta_weight AS delta_weight, l.delta_minor / intExp10(l.exponent) AS delta_amount, l.delta_minor AS delta_amount_minor,
    l.currency AS currency, l.reason AS reason, l.cause_event_id AS cause_event_id, l.effective_at AS effective_at,
    l.recorded_at AS recorded_at, toDate(l.recorded_at) AS recorded_date, l.version AS version, l.conversion_type AS conversion_type,
    l.close_date AS close_date, l.touch_date AS touch_date, l.is_departure AS is_departure,
    if(b.booked_month > toDate(0), b.booked_month, toStartOfMonth(l.close_date)) AS booked_month, booked_month != toStartOfMonth(l.close_date) AS is_adjustment
FROM {{.Read "ledger_rows"}} AS l FINAL
ASOF LEFT JOIN (SELECT workspace, month, after, booked_month FROM booking_rules) AS b
    ON b.workspace = l.workspace AND b.month = toStartOfMonth(l.close_date) AND l.recorded_at > b.after
COMMENT 'Every change of credit, append-only';

-- Parameterised: SELECT ... FROM credits_as_of(as_of = '2026-03-01 00:00:00').
CREATE OR REPLACE VIEW credits_as_of {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    journey_id String COMMENT 'What the credit belongs to: c: and the conversion id, or o: and the opportunity id',
    journey_kind String COMMENT 'conversion or opportunity',
    model String COMMENT 'Attribution model',
    model_version String COMMENT 'Version of the model at that moment',
    measure String COMMENT 'conversions, conversion_value, opportunities, pipeline, customers or revenue',
    conversion_type String COMMENT 'Conversion type; empty for opportunities',
    touchpoint_id String COMMENT 'Touchpoint that earned the credit; empty on the unattributed line',
    channel String COMMENT 'Channel of the touch at that moment; (unattributed) on the unattributed line',
    campaign String COMMENT 'Campaign of the touch at that moment',
    weight Float64 COMMENT 'Share of the journey, 0 to 1',
    amount Float64 COMMENT 'Credit: units of the currency for money, a number for counts',
    amount_minor Int64 COMMENT 'Credit, exact: minor units of the currency for money, 1e-9 units for counts',
    currency String COMMENT 'ISO 4217 code of the journey at that moment',
    amount_base Float64 COMMENT 'amount in the base currency at the rate of the close date; equals amount for counts and when the workspace has no rates; NaN when the currency has no rate',
    touch_date Date COMMENT 'Date of the touch, UTC; 1970-01-01 on the unattributed line',
    close_date Date COMMENT 'Day the amount counted on, UTC: of the conversion, of the creation while open, or of the close',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the latest posting of it was recorded'
) AS SELECT
    l.workspace AS workspace, l.journey_id AS journey_id, l.journey_kind AS journey_kind, l.model AS model, l.model_version AS model_version,
    l.measure AS measure, l.conversion_type AS conversion_type, l.touchpoint_id AS touchpoint_id, l.channel AS channel, l.campaign AS campaign,
    l.weight AS weight, l.minor / intExp10(l.exponent) AS amount, l.minor AS amount_minor, l.currency AS currency,
    multiIf(l.measure IN ('conversions', 'opportunities', 'customers'), amount, r.rate > 0, amount * r.rate,
        l.workspace NOT IN (SELECT workspace FROM currency_rates), amount, nan) AS amount_base,
    if(l.touchpoint_id = '', toDate(0), l.touch_date) AS touch_date, l.close_date AS close_date, l.recorded_at AS recorded_at
FROM (
    SELECT workspace, journey_id, any(journey_kind) AS journey_kind, model, toString(argMax(model_version, version)) AS model_version,
        measure, toString(max(conversion_type)) AS conversion_type, touchpoint_id, channel, campaign, sum(delta_weight) AS weight,
        sum(delta_minor) AS minor, any(exponent) AS exponent, currency, touch_date, close_date, max(recorded_at) AS recorded_at
    FROM {{.Read "ledger_rows"}} FINAL
    WHERE recorded_at <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY workspace, journey_id, model, measure, touchpoint_id, channel, campaign, currency, touch_date, close_date
    HAVING minor != 0
) AS l
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = l.workspace AND r.currency = l.currency AND l.close_date >= r.day
COMMENT 'Credit as it was known at a moment: one row per journey, model, measure and touchpoint; sums of postings. Parameter as_of, a DateTime64(3) in UTC';

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
    value_base Float64 COMMENT 'Value in the base currency at the rate of the day; equals value when the workspace has no rates; NaN when the currency has no rate'
) AS SELECT
    c.workspace AS workspace, c.conversion_id AS conversion_id, c.type AS type, c.is_primary AS is_primary, c.visitor_id AS visitor_id,
    c.person_id AS person_id, c.account_id AS account_id, c.occurred_at AS occurred_at, c.received_at AS received_at, toDate(c.occurred_at) AS day,
    c.has_value AS has_value, c.value_minor / intExp10(c.exponent) AS value, c.value_minor AS value_minor, c.currency AS currency,
    multiIf(c.value_minor = 0, 0, r.rate > 0, value * r.rate, c.workspace NOT IN (SELECT workspace FROM currency_rates), value, nan) AS value_base
FROM {{.Read "conversions_rows"}} AS c FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = c.workspace AND r.currency = c.currency AND toDate(c.occurred_at) >= r.day
COMMENT 'One row per conversion';

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
    amount_base Float64 COMMENT 'Amount in the base currency at the rate of the close date, or of the creation while open; equals amount when the workspace has no rates; NaN when the currency has no rate'
) AS SELECT
    o.workspace AS workspace, o.opportunity_id AS opportunity_id, o.account_id AS account_id, o.pipeline AS pipeline, o.stage AS stage,
    o.is_won AS is_won, o.is_closed AS is_closed, o.has_amount AS has_amount, o.amount_minor / intExp10(o.exponent) AS amount,
    o.amount_minor AS amount_minor, o.currency AS currency, o.created_at AS created_at, o.closed_at AS closed_at, o.source_system AS source_system,
    multiIf(o.amount_minor = 0, 0, r.rate > 0, amount * r.rate, o.workspace NOT IN (SELECT workspace FROM currency_rates), amount, nan) AS amount_base
FROM {{.Read "opportunities_rows"}} AS o FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = o.workspace AND r.currency = o.currency AND toDate(if(o.closed_at = fromUnixTimestamp64Milli(0, 'UTC'), o.created_at, o.closed_at)) >= r.day
COMMENT 'One row per deal, as it is now';

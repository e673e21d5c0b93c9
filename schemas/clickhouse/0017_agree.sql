-- +goose NO TRANSACTION
-- Converted money per day that adds up to what the API says, and a view that every filter made fail.

-- +goose Up
-- A column of the view was named as the column that its condition is of: from 26.7 on the server takes the one for the other, and refuses.
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
    if(l.touchpoint_id = '', toDate(0), l.touch_date) AS touch_date, l.close_date AS close_date, l.last_recorded AS recorded_at
FROM (
    SELECT workspace, journey_id, any(journey_kind) AS journey_kind, model, toString(argMax(model_version, version)) AS model_version,
        measure, toString(max(conversion_type)) AS conversion_type, touchpoint_id, channel, campaign, sum(delta_weight) AS weight,
        sum(delta_minor) AS minor, any(exponent) AS exponent, currency, touch_date, close_date, max(recorded_at) AS last_recorded
    FROM {{.Read "ledger_rows"}} FINAL
    WHERE recorded_at <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY workspace, journey_id, model, measure, touchpoint_id, channel, campaign, currency, touch_date, close_date
    HAVING minor != 0
) AS l
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = l.workspace AND r.currency = l.currency AND l.close_date >= r.day
COMMENT 'Credit as it was known at a moment: one row per journey, model, measure and touchpoint; sums of postings. Parameter as_of, a DateTime64(3) in UTC';

-- Rounded per day, channel and campaign, half to even, as the query service does. The rate is taken as it is written, not as its nearest binary fraction. The base currency is the
-- one that is worth 1 from the first day on. The join is dropped by the planner when none of its columns is selected.
CREATE OR REPLACE VIEW channel_performance_daily {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day, UTC: of the touch or of the close for results, see basis; always their own day for spend and touchpoints',
    basis String COMMENT 'Which date counts: touch or close. Select exactly one',
    model String COMMENT 'Attribution model. Select exactly one: spend and touchpoints repeat under each model and basis',
    channel String COMMENT 'Channel; (unattributed) for what no touch earned',
    campaign String COMMENT 'Campaign',
    currency String COMMENT 'ISO 4217 code of the money in this row; empty on rows of touch counts',
    spend Float64 COMMENT 'Cost in units of the currency',
    spend_minor Int64 COMMENT 'Cost in minor units, exact',
    impressions Int64 COMMENT 'Impressions',
    clicks Int64 COMMENT 'Clicks',
    touchpoints Int64 COMMENT 'Touchpoints of the day, bots left out',
    conversions Float64 COMMENT 'Credited conversions',
    conversions_nano Int64 COMMENT 'Credited conversions in 1e-9 units, exact',
    conversion_value Float64 COMMENT 'Credited value of conversions in units of the currency',
    conversion_value_minor Int64 COMMENT 'Credited value of conversions in minor units, exact',
    opportunities Float64 COMMENT 'Credited opportunities',
    opportunities_nano Int64 COMMENT 'Credited opportunities in 1e-9 units, exact',
    customers Float64 COMMENT 'Credited won opportunities',
    customers_nano Int64 COMMENT 'Credited won opportunities in 1e-9 units, exact',
    pipeline Float64 COMMENT 'Credited open pipeline in units of the currency',
    pipeline_minor Int64 COMMENT 'Credited open pipeline in minor units, exact',
    revenue Float64 COMMENT 'Credited won revenue in units of the currency',
    revenue_minor Int64 COMMENT 'Credited won revenue in minor units, exact',
    spend_base Float64 COMMENT 'Cost in the base currency at the rate of the day, rounded to its minor unit: sums are those of the API. Equals spend when the workspace has no rates; NaN when the currency has no rate on the day',
    conversion_value_base Float64 COMMENT 'Credited value of conversions in the base currency, as spend_base',
    pipeline_base Float64 COMMENT 'Credited open pipeline in the base currency, as spend_base',
    revenue_base Float64 COMMENT 'Credited won revenue in the base currency, as spend_base'
) AS SELECT
    p.workspace AS workspace, p.day AS day, p.basis AS basis, p.model AS model, p.channel AS channel, p.campaign AS campaign, p.currency AS currency,
    p.spend AS spend, p.spend_minor AS spend_minor, p.impressions AS impressions, p.clicks AS clicks, p.touchpoints AS touchpoints, p.conversions AS
    conversions, p.conversions_nano AS conversions_nano, p.conversion_value AS conversion_value, p.conversion_value_minor AS conversion_value_minor,
    p.opportunities AS opportunities, p.opportunities_nano AS opportunities_nano, p.customers AS customers, p.customers_nano AS customers_nano, p.pipeline
    AS pipeline, p.pipeline_minor AS pipeline_minor, p.revenue AS revenue, p.revenue_minor AS revenue_minor,
    multiIf(p.spend_minor = 0, 0, r.rate > 0,
        toInt64(roundBankers(toDecimal256(p.spend_minor, 0) * r.exact_rate * toDecimal256(intExp10(r.base_exponent) / intExp10(p.exponent), 6))) / intExp10(r.base_exponent),
        p.workspace NOT IN (SELECT workspace FROM currency_rates), p.spend, nan) AS spend_base,
    multiIf(p.conversion_value_minor = 0, 0, r.rate > 0,
        toInt64(roundBankers(toDecimal256(p.conversion_value_minor, 0) * r.exact_rate * toDecimal256(intExp10(r.base_exponent) / intExp10(p.exponent), 6))) / intExp10(r.base_exponent),
        p.workspace NOT IN (SELECT workspace FROM currency_rates), p.conversion_value, nan) AS conversion_value_base,
    multiIf(p.pipeline_minor = 0, 0, r.rate > 0,
        toInt64(roundBankers(toDecimal256(p.pipeline_minor, 0) * r.exact_rate * toDecimal256(intExp10(r.base_exponent) / intExp10(p.exponent), 6))) / intExp10(r.base_exponent),
        p.workspace NOT IN (SELECT workspace FROM currency_rates), p.pipeline, nan) AS pipeline_base,
    multiIf(p.revenue_minor = 0, 0, r.rate > 0,
        toInt64(roundBankers(toDecimal256(p.revenue_minor, 0) * r.exact_rate * toDecimal256(intExp10(r.base_exponent) / intExp10(p.exponent), 6))) / intExp10(r.base_exponent),
        p.workspace NOT IN (SELECT workspace FROM currency_rates), p.revenue, nan) AS revenue_base
FROM (
    SELECT
        workspace, day, basis, model, channel, campaign, currency, exponent,
        spend_minor / intExp10(exponent) AS spend, sum(s) AS spend_minor, sum(i) AS impressions, sum(k) AS clicks, sum(t) AS touchpoints,
        conversions_nano / 1e9 AS conversions, sum(c) AS conversions_nano,
        conversion_value_minor / intExp10(exponent) AS conversion_value, sum(v) AS conversion_value_minor,
        opportunities_nano / 1e9 AS opportunities, sum(o) AS opportunities_nano,
        customers_nano / 1e9 AS customers, sum(w) AS customers_nano,
        pipeline_minor / intExp10(exponent) AS pipeline, sum(p) AS pipeline_minor,
        revenue_minor / intExp10(exponent) AS revenue, sum(r) AS revenue_minor
    FROM (
        SELECT workspace, day, basis, model, channel, campaign, currency, exponent, 0 AS s, 0 AS i, 0 AS k, touchpoints AS t, conversions_nano AS c,
            conversion_value_minor AS v, opportunities_nano AS o, customers_nano AS w, pipeline_minor AS p, revenue_minor AS r
        FROM {{.Read "cells_rows"}} FINAL
        WHERE model != '' AND (t != 0 OR c != 0 OR v != 0 OR o != 0 OR w != 0 OR p != 0 OR r != 0)
        UNION ALL
        SELECT a.workspace, a.day, arrayJoin(['touch', 'close']), m.model, a.channel, a.campaign, a.currency, a.exponent, 0, 0, 0, a.touchpoints, 0, 0, 0, 0, 0, 0
        FROM {{.Read "cells_rows"}} AS a FINAL
        INNER JOIN (SELECT workspace, model FROM models_rows FINAL) AS m ON m.workspace = a.workspace
        WHERE a.model = '' AND a.basis = 'touch' AND a.touchpoints != 0
        UNION ALL
        SELECT b.workspace, b.day, arrayJoin(['touch', 'close']), m.model, b.channel, b.campaign, b.currency, b.exponent, b.spend_minor,
            b.impressions, b.clicks, 0, 0, 0, 0, 0, 0, 0
        FROM {{.Read "spend_rows"}} AS b FINAL
        INNER JOIN (SELECT workspace, model FROM models_rows FINAL) AS m ON m.workspace = b.workspace
    )
    GROUP BY workspace, day, basis, model, channel, campaign, currency, exponent
) AS p
ASOF LEFT JOIN (
    SELECT c.workspace AS workspace, c.currency AS currency, c.day AS day, c.rate AS rate, toDecimal256(toString(c.rate), 24) AS exact_rate, b.base_exponent AS base_exponent
    FROM (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS c
    LEFT JOIN (
        SELECT workspace, toUInt8(multiIf(has(['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], min(currency)), 0, has(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], min(currency)), 3, has(['CLF', 'UYW'], min(currency)), 4, 2)) AS base_exponent FROM currency_rates FINAL WHERE day = toDate(0) AND rate = 1 GROUP BY workspace
    ) AS b ON b.workspace = c.workspace
) AS r ON r.workspace = p.workspace AND r.currency = p.currency AND p.day >= r.day
COMMENT 'Cost and results per day, channel and campaign under every model: the table for ROI';

-- +goose NO TRANSACTION
-- The stable views: what BI tools and the query service read. Names and columns are a contract. Types are the plain ones that every BI
-- tool takes as they are (String, Float64, Int64, Date, DateTime64(3)); nothing is Nullable: text that is not known is empty, a moment that has
-- not come is 1970-01-01, an amount that cannot be known is 0, or NaN where 0 would lie.
--
-- Every view reads with FINAL, so a row written twice is seen once, merged or not.
-- amount = amount_minor / 10^exponent is one correctly rounded division: the Float64 nearest to the exact decimal.

-- +goose Up
CREATE OR REPLACE VIEW touchpoints {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    touchpoint_id String COMMENT 'Identifier of the touchpoint',
    visitor_id String COMMENT 'Browser or device; empty when the touch is known only by its person',
    person_id String COMMENT 'Person the touch is counted for; empty while unidentified',
    account_id String COMMENT 'Account the touch is counted for; empty when none',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Start of the touch',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the event it starts with',
    day Date COMMENT 'Date of occurred_at, UTC: filter on it, it is the fastest',
    kind String COMMENT 'visit, form or offline',
    channel String COMMENT 'Channel by the rule set, for example Paid Search',
    source String COMMENT 'Source, for example google',
    medium String COMMENT 'Medium, for example cpc',
    campaign String COMMENT 'Campaign name',
    campaign_id String COMMENT 'Campaign id of the ad platform',
    term String COMMENT 'Paid keyword (utm_term)',
    content String COMMENT 'Ad content (utm_content)',
    click_id_type String COMMENT 'Parameter that carried the click id: gclid, msclkid ...',
    click_id String COMMENT 'Click id of the ad platform',
    referrer_host String COMMENT 'Host of the referrer',
    landing_page String COMMENT 'Host and path of the first page, without its query',
    evidence String COMMENT 'What decided the source: none, utm, click_id, referrer or explicit',
    rules_version String COMMENT 'Version of the channel rule set that classified it',
    is_bot Int64 COMMENT '1 for bots: kept, never credited',
    bot_reason String COMMENT 'Why it is taken for a bot',
    event_id String COMMENT 'Event the touch starts with'
) AS SELECT
    workspace, touchpoint_id, visitor_id, person_id, account_id, occurred_at, received_at, toDate(occurred_at) AS day, kind, channel,
    source, medium, campaign, campaign_id, term, content, click_id_type, click_id, referrer_host, landing_page, evidence,
    rules_version, is_bot, bot_reason, event_id
FROM {{.Read "touchpoints_rows"}} FINAL
COMMENT 'One row per marketing touch: a web session with its source, a form, an offline touch';

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
    currency String COMMENT 'ISO 4217 code'
) AS SELECT
    workspace, conversion_id, type, is_primary, visitor_id, person_id, account_id, occurred_at, received_at, toDate(occurred_at) AS day,
    has_value, value_minor / intExp10(exponent) AS value, value_minor, currency
FROM {{.Read "conversions_rows"}} FINAL
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
    source_system String COMMENT 'CRM it comes from'
) AS SELECT
    workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor / intExp10(exponent) AS amount,
    amount_minor, currency, created_at, closed_at, source_system
FROM {{.Read "opportunities_rows"}} FINAL
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
    currency String COMMENT 'ISO 4217 code'
) AS SELECT
    workspace, opportunity_id, stage, source_stage, entered_at, left_at, amount_minor / intExp10(exponent) AS amount, amount_minor, currency
FROM {{.Read "opportunity_stages_rows"}} FINAL
COMMENT 'One row per stay of a deal in a stage';

-- The rate join costs nothing when amount_base is not selected: the planner reads no rates then.
CREATE OR REPLACE VIEW credits {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    journey_id String COMMENT 'What the credit belongs to: c: and the conversion id, or o: and the opportunity id',
    journey_kind String COMMENT 'conversion or opportunity',
    model String COMMENT 'Attribution model, for example w_shaped',
    model_version String COMMENT 'Version of the model',
    measure String COMMENT 'What is shared out: conversions, conversion_value, opportunities, pipeline, customers or revenue',
    conversion_type String COMMENT 'Conversion type; empty for opportunities',
    touchpoint_id String COMMENT 'Touchpoint that earned the credit; empty on the unattributed line',
    positions String COMMENT 'Positions the touch holds, joined by commas: first_touch, lead_creation, opportunity_creation, closed_won, middle, stage_1 ...',
    channel String COMMENT 'Channel of the touch; (unattributed) on the unattributed line',
    source String COMMENT 'Source of the touch',
    medium String COMMENT 'Medium of the touch',
    campaign String COMMENT 'Campaign of the touch',
    weight Float64 COMMENT 'Share of the journey, 0 to 1; the weights of one journey and model sum to 1',
    amount Float64 COMMENT 'Credit: units of the currency for money, a number for counts',
    amount_minor Int64 COMMENT 'Credit, exact: minor units of the currency for money, 1e-9 units for counts',
    currency String COMMENT 'ISO 4217 code of the journey',
    amount_base Float64 COMMENT 'amount in the base currency at the rate of the close date, or of the creation while open; equals amount for counts and when the workspace has no rates; NaN when the currency has no rate',
    touch_date Date COMMENT 'Date of the touch, UTC; 1970-01-01 on the unattributed line',
    close_date Date COMMENT 'Date of the conversion, or of the close of the deal, UTC; 1970-01-01 while open',
    opened_date Date COMMENT 'Date of the conversion, or of the creation of the deal, UTC',
    person_id String COMMENT 'Person who made the touch; on the unattributed line the person of the journey',
    account_id String COMMENT 'Account of the journey; empty when none',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When this credit was known'
) AS SELECT
    c.workspace AS workspace, c.journey_id AS journey_id, c.journey_kind AS journey_kind, c.model AS model, c.model_version AS model_version,
    c.measure AS measure, c.conversion_type AS conversion_type, c.touchpoint_id AS touchpoint_id, c.positions AS positions,
    c.channel AS channel, c.source AS source, c.medium AS medium, c.campaign AS campaign,
    c.parts / c.parts_total AS weight, c.minor / intExp10(if(c.is_count, 9, c.exponent)) AS amount, c.minor AS amount_minor,
    c.currency AS currency,
    multiIf(c.is_count, amount, r.rate > 0, amount * r.rate, c.workspace NOT IN (SELECT workspace FROM currency_rates), amount, nan) AS amount_base,
    toDate(c.touched_at) AS touch_date, c.close_date AS close_date, c.opened_date AS opened_date, c.person_id AS person_id,
    c.account_id AS account_id, c.recorded_at AS recorded_at
FROM (
    SELECT *, measure, measure IN ('conversions', 'opportunities', 'customers') AS is_count,
        multiIf(measure = 'conversions', conversions_nano, measure = 'conversion_value', conversion_value_minor,
            measure = 'opportunities', opportunities_nano, measure = 'pipeline', pipeline_minor,
            measure = 'customers', customers_nano, revenue_minor) AS minor
    FROM {{.Read "credits_rows"}} FINAL
    ARRAY JOIN ['conversions', 'conversion_value', 'opportunities', 'pipeline', 'customers', 'revenue'] AS measure
    WHERE minor != 0
) AS c
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = c.workspace AND r.currency = c.currency AND if(c.close_date = toDate(0), c.opened_date, c.close_date) >= r.day
COMMENT 'Current credit: one row per journey, model, measure and touchpoint, and the unattributed line; sums to the amount of the journey';

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
    version Int64 COMMENT 'Version of the journey that made the posting'
) AS SELECT
    workspace, posting_id, journey_id, journey_kind, model, model_version, measure, touchpoint_id, channel, campaign, delta_weight,
    delta_minor / intExp10(exponent) AS delta_amount, delta_minor AS delta_amount_minor, currency, reason, cause_event_id, effective_at,
    recorded_at, toDate(recorded_at) AS recorded_date, version
FROM {{.Read "ledger_rows"}} FINAL
COMMENT 'Every change of credit, append-only';

CREATE OR REPLACE VIEW spend {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day of the cost',
    platform String COMMENT 'Ad platform',
    account_id String COMMENT 'Ad account',
    campaign_id String COMMENT 'Campaign id of the ad platform',
    campaign String COMMENT 'Campaign name',
    ad_group String COMMENT 'Ad group',
    ad String COMMENT 'Ad',
    source String COMMENT 'Source, as on touchpoints',
    medium String COMMENT 'Medium, as on touchpoints',
    channel String COMMENT 'Channel by the rule set',
    currency String COMMENT 'ISO 4217 code',
    spend Float64 COMMENT 'Cost in units of the currency',
    spend_minor Int64 COMMENT 'Cost in minor units of the currency, exact',
    spend_base Float64 COMMENT 'Cost in the base currency at the rate of the day; equals spend when the workspace has no rates; NaN when the currency has no rate',
    impressions Int64 COMMENT 'Impressions',
    clicks Int64 COMMENT 'Clicks',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the record'
) AS SELECT
    s.workspace AS workspace, s.day AS day, s.platform AS platform, s.account_id AS account_id, s.campaign_id AS campaign_id,
    s.campaign AS campaign, s.ad_group AS ad_group, s.ad AS ad, s.source AS source, s.medium AS medium, s.channel AS channel,
    s.currency AS currency, s.spend_minor / intExp10(s.exponent) AS spend, s.spend_minor AS spend_minor,
    multiIf(r.rate > 0, spend * r.rate, s.workspace NOT IN (SELECT workspace FROM currency_rates), spend, nan) AS spend_base,
    s.impressions AS impressions, s.clicks AS clicks, s.received_at AS received_at
FROM {{.Read "spend_rows"}} AS s FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = s.workspace AND r.currency = s.currency AND s.day >= r.day
COMMENT 'Cost per day and ad, ad group or campaign';

-- Reads totals, never credits: days x channels x campaigns. Touch counts (cells without a model) and spend belong to no model, so they
-- appear under every model of the workspace and under both bases, on their own day: whichever model and basis a report selects, it is complete.
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
    revenue_minor Int64 COMMENT 'Credited won revenue in minor units, exact'
) AS SELECT
    workspace, day, basis, model, channel, campaign, currency,
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
COMMENT 'Cost and results per day, channel and campaign under every model: the table for ROI';

CREATE OR REPLACE VIEW rejected {{.OnCluster}} (
    workspace String COMMENT 'Workspace; empty when the input named none that exists',
    rejected_id String COMMENT 'Identifier of the refusal',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the input',
    stage String COMMENT 'Who refused it: collector, attributor or sink',
    endpoint String COMMENT 'Path of the request, or topic/partition/offset',
    field String COMMENT 'Field at fault; empty when it is the whole',
    code String COMMENT 'Machine-readable reason: malformed_json, too_large, missing_field ...',
    reason String COMMENT 'Reason in words',
    content_type String COMMENT 'Content type of the request',
    raw String COMMENT 'The bytes as they came, cut at the limit',
    raw_length Int64 COMMENT 'Their full length'
) AS SELECT
    workspace, rejected_id, received_at, stage, endpoint, field, code, reason, content_type, raw, raw_length
FROM {{.Read "rejected_rows"}} FINAL
COMMENT 'Input that was refused, why, and its bytes';

CREATE OR REPLACE VIEW plans {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    kind String COMMENT 'goal, budget, scenario or experiment',
    plan_id String COMMENT 'Identifier of the plan',
    body String COMMENT 'The plan as JSON',
    updated_at DateTime64(3, 'UTC') COMMENT 'When it was saved'
) AS SELECT workspace, kind, plan_id, body, updated_at
FROM {{.Read "plans_rows"}} FINAL
COMMENT 'Goals, budgets and scenarios as they are now';

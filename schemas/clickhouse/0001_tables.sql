-- +goose NO TRANSACTION
-- Storage. Every table takes idempotent rows: the row with the highest version of its ORDER BY key is the current one, so writing any
-- row again, in any order, changes nothing. BI tools read the views of the next migration, never these tables.
--
-- Rules that hold for all of them:
--   * A row's partition and key never change: dates in keys are dates of events, which are immutable, never dates that a CRM may correct.
--   * Partitions are years: a replay of old data touches every period at once, and one insert may not become a hundred parts.
--   * Money is minor units and counts are 1e-9 units; exponent says which power of ten turns them into the amount people read.
--   * non_replicated_deduplication_window makes the sink's insert tokens work on one server; replicated tables have theirs.

-- +goose Up
CREATE TABLE IF NOT EXISTS touchpoints_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    touchpoint_id String COMMENT 'Identifier of the touchpoint',
    visitor_id String COMMENT 'Browser or device, empty when known only by a person',
    person_id String COMMENT 'Person the touch is counted for, empty while unidentified',
    account_id String COMMENT 'Account the touch is counted for',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Start of the touch; its date is part of the key',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the event it starts with',
    kind LowCardinality(String) COMMENT 'visit, form or offline',
    channel LowCardinality(String) COMMENT 'Channel by the rule set',
    source LowCardinality(String) COMMENT 'Source',
    medium LowCardinality(String) COMMENT 'Medium',
    campaign LowCardinality(String) COMMENT 'Campaign name',
    campaign_id LowCardinality(String) COMMENT 'Campaign id of the ad platform',
    term String COMMENT 'Paid keyword',
    content String COMMENT 'Ad content',
    click_id_type LowCardinality(String) COMMENT 'Parameter that carried the click id',
    click_id String COMMENT 'Click id',
    referrer_host String COMMENT 'Host of the referrer',
    landing_page String COMMENT 'Host and path of the first page',
    evidence LowCardinality(String) COMMENT 'What decided the source: none, utm, click_id, referrer, explicit',
    rules_version LowCardinality(String) COMMENT 'Version of the channel rule set',
    is_bot UInt8 COMMENT '1 for bots',
    bot_reason LowCardinality(String) COMMENT 'Why it is taken for a bot',
    event_id String COMMENT 'Event the touch starts with',
    version UInt64 COMMENT 'Row version',
    is_deleted UInt8 COMMENT '1 when the touchpoint is gone'
) ENGINE = {{.Replacing "version, is_deleted"}}
PARTITION BY toYear(occurred_at) ORDER BY (workspace, toDate(occurred_at), touchpoint_id)
SETTINGS {{.Dedup}}
COMMENT 'Touchpoints by version';

-- The row that says that a conversion is gone knows nothing but its id, so no date is in the key here either.
CREATE TABLE IF NOT EXISTS conversions_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    conversion_id String COMMENT 'Identifier of the conversion',
    type LowCardinality(String) COMMENT 'Conversion type',
    is_primary UInt8 COMMENT '1 for types that reports count by default',
    visitor_id String COMMENT 'Visitor',
    person_id String COMMENT 'Person',
    account_id String COMMENT 'Account',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Time of the conversion',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of its event',
    has_value UInt8 COMMENT '1 when the event carried a value',
    value_minor Int64 COMMENT 'Value in minor units',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    version UInt64 COMMENT 'Row version',
    is_deleted UInt8 COMMENT '1 when the conversion is gone'
) ENGINE = {{.Replacing "version, is_deleted"}}
ORDER BY (workspace, conversion_id)
SETTINGS {{.Dedup}}
COMMENT 'Conversions by version';

-- A CRM may correct when a deal was created, so neither of the two tables of opportunities has a date in its key.
CREATE TABLE IF NOT EXISTS opportunities_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    opportunity_id String COMMENT 'Identifier in the CRM',
    account_id String COMMENT 'Account',
    pipeline LowCardinality(String) COMMENT 'CRM pipeline',
    stage LowCardinality(String) COMMENT 'Canonical stage',
    is_won UInt8 COMMENT '1 when won',
    is_closed UInt8 COMMENT '1 when won or lost',
    has_amount UInt8 COMMENT '1 when the CRM gave an amount',
    amount_minor Int64 COMMENT 'Amount in minor units',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    created_at DateTime64(3, 'UTC') COMMENT 'Creation in the CRM',
    closed_at DateTime64(3, 'UTC') COMMENT 'Close, 1970-01-01 while open',
    source_system LowCardinality(String) COMMENT 'CRM',
    version UInt64 COMMENT 'Row version',
    is_deleted UInt8 COMMENT '1 when the opportunity is gone'
) ENGINE = {{.Replacing "version, is_deleted"}}
ORDER BY (workspace, opportunity_id)
SETTINGS {{.Dedup}}
COMMENT 'Opportunities by version';

CREATE TABLE IF NOT EXISTS opportunity_stages_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    opportunity_id String COMMENT 'Opportunity',
    entered_us Int64 COMMENT 'Entry in microseconds since 1970: part of the key',
    stage LowCardinality(String) COMMENT 'Canonical stage',
    source_stage LowCardinality(String) COMMENT 'Stage as the CRM names it',
    entered_at DateTime64(3, 'UTC') COMMENT 'Entry',
    left_at DateTime64(3, 'UTC') COMMENT 'Exit, 1970-01-01 while in it',
    amount_minor Int64 COMMENT 'Amount in minor units',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    version UInt64 COMMENT 'Version of the opportunity',
    is_deleted UInt8 COMMENT '1 when the visit is gone'
) ENGINE = {{.Replacing "version, is_deleted"}}
ORDER BY (workspace, opportunity_id, entered_us)
SETTINGS {{.Dedup}}
COMMENT 'Stays of opportunities in stages, by version';

-- One row holds all measures of a touch: a measure that falls to zero is overwritten like any other value, so no version has to know what an
-- earlier one had. The view turns the measures into rows.
CREATE TABLE IF NOT EXISTS credits_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    key_date Date COMMENT 'Date of the conversion; 1970-01-01 for opportunities, whose dates a CRM may correct',
    journey_id String COMMENT 'Conversion or opportunity',
    model LowCardinality(String) COMMENT 'Model',
    touchpoint_id String COMMENT 'Touchpoint, empty for the unattributed line',
    journey_kind LowCardinality(String) COMMENT 'conversion or opportunity',
    model_version LowCardinality(String) COMMENT 'Version of the model',
    conversion_type LowCardinality(String) COMMENT 'Conversion type, empty for opportunities',
    positions LowCardinality(String) COMMENT 'Positions held, joined by commas',
    channel LowCardinality(String) COMMENT 'Channel',
    source LowCardinality(String) COMMENT 'Source',
    medium LowCardinality(String) COMMENT 'Medium',
    campaign LowCardinality(String) COMMENT 'Campaign',
    parts UInt64 COMMENT 'Exact share: parts / parts_total',
    parts_total UInt64 COMMENT 'Parts of the whole journey',
    conversions_nano Int64 COMMENT 'Conversions in 1e-9 units',
    conversion_value_minor Int64 COMMENT 'Value of the conversion in minor units',
    opportunities_nano Int64 COMMENT 'Opportunities in 1e-9 units',
    pipeline_minor Int64 COMMENT 'Open pipeline in minor units',
    customers_nano Int64 COMMENT 'Won opportunities in 1e-9 units',
    revenue_minor Int64 COMMENT 'Won revenue in minor units',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    touched_at DateTime64(3, 'UTC') COMMENT 'Time of the touch',
    opened_date Date COMMENT 'Date of the conversion, or of the creation of the opportunity',
    close_date Date COMMENT 'Date of the conversion, or of the close; 1970-01-01 while open',
    person_id String COMMENT 'Person who made the touch; on the unattributed line the person of the journey',
    account_id String COMMENT 'Account of the journey',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When this version of the credit was known',
    version UInt64 COMMENT 'Version of the journey',
    is_deleted UInt8 COMMENT '1 when the credit is gone',
    INDEX by_close close_date TYPE minmax,
    INDEX by_journey journey_id TYPE bloom_filter(0.01)
) ENGINE = {{.Replacing "version, is_deleted"}}
PARTITION BY toYear(key_date) ORDER BY (workspace, key_date, journey_id, model, touchpoint_id)
SETTINGS {{.Dedup}}
COMMENT 'Credit of every touchpoint, by version';

-- Postings never change, so any copy of a posting is the posting: no version.
CREATE TABLE IF NOT EXISTS ledger_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    posting_id String COMMENT 'Hash of workspace, journey, version, model, measure and touchpoint' CODEC(ZSTD(1)),
    journey_id String COMMENT 'Conversion or opportunity',
    journey_kind LowCardinality(String) COMMENT 'conversion or opportunity',
    model LowCardinality(String) COMMENT 'Model',
    model_version LowCardinality(String) COMMENT 'Version of the model',
    measure LowCardinality(String) COMMENT 'Measure',
    touchpoint_id String COMMENT 'Touchpoint, empty for the unattributed line',
    channel LowCardinality(String) COMMENT 'Channel',
    campaign LowCardinality(String) COMMENT 'Campaign',
    delta_weight Float64 COMMENT 'Change of the weight',
    delta_minor Int64 COMMENT 'Change in minor units of money, 1e-9 units of a count',
    exponent UInt8 COMMENT 'Power of ten between delta_minor and the amount',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    reason LowCardinality(String) COMMENT 'Why the credit changed',
    cause_event_id String COMMENT 'Event that caused it',
    effective_at DateTime64(3, 'UTC') COMMENT 'When it happened in the business',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When it was known; its date is part of the key',
    version UInt64 COMMENT 'Version of the journey that posted it',
    INDEX by_journey journey_id TYPE bloom_filter(0.01)
) ENGINE = {{.Replacing ""}}
PARTITION BY toYYYYMM(recorded_at) ORDER BY (workspace, toDate(recorded_at), journey_id, posting_id)
SETTINGS {{.Dedup}}
COMMENT 'Postings';

CREATE TABLE IF NOT EXISTS cells_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    basis LowCardinality(String) COMMENT 'Date that counts: touch or close',
    day Date COMMENT 'Day',
    model LowCardinality(String) COMMENT 'Model; empty for the counts that no model changes',
    channel LowCardinality(String) COMMENT 'Channel',
    campaign LowCardinality(String) COMMENT 'Campaign',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    touchpoints Int64 COMMENT 'Touchpoints',
    conversions_nano Int64 COMMENT 'Conversions in 1e-9 units',
    conversion_value_minor Int64 COMMENT 'Value of conversions in minor units',
    opportunities_nano Int64 COMMENT 'Opportunities in 1e-9 units',
    pipeline_minor Int64 COMMENT 'Open pipeline in minor units',
    customers_nano Int64 COMMENT 'Won opportunities in 1e-9 units',
    revenue_minor Int64 COMMENT 'Won revenue in minor units',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When this total was known',
    version UInt64 COMMENT 'Row version'
) ENGINE = {{.Replacing "version"}}
-- A question names one model and a range of days: model first reads 7 times fewer rows than day first.
PARTITION BY toYear(day) ORDER BY (workspace, basis, model, day, channel, campaign, currency)
SETTINGS {{.Dedup}}
COMMENT 'Absolute totals per day, model, channel and campaign, by version';

CREATE TABLE IF NOT EXISTS spend_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day',
    spend_key String COMMENT 'Natural key under which a later record replaces an earlier one',
    platform LowCardinality(String) COMMENT 'Ad platform',
    account_id LowCardinality(String) COMMENT 'Ad account',
    campaign_id LowCardinality(String) COMMENT 'Campaign id of the ad platform',
    campaign LowCardinality(String) COMMENT 'Campaign name',
    ad_group LowCardinality(String) COMMENT 'Ad group',
    ad LowCardinality(String) COMMENT 'Ad',
    source LowCardinality(String) COMMENT 'Source',
    medium LowCardinality(String) COMMENT 'Medium',
    channel LowCardinality(String) COMMENT 'Channel',
    currency LowCardinality(String) COMMENT 'ISO 4217 code',
    exponent UInt8 COMMENT 'Decimal digits of the currency',
    spend_minor Int64 COMMENT 'Cost in minor units',
    impressions Int64 COMMENT 'Impressions',
    clicks Int64 COMMENT 'Clicks',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the record',
    version UInt64 COMMENT 'Receipt sequence',
    is_deleted UInt8 COMMENT '1 when withdrawn'
) ENGINE = {{.Replacing "version, is_deleted"}}
PARTITION BY toYear(day) ORDER BY (workspace, day, spend_key)
SETTINGS {{.Dedup}}
COMMENT 'Spend per day and ad, by version';

CREATE TABLE IF NOT EXISTS plans_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    kind LowCardinality(String) COMMENT 'goal, budget, scenario or experiment',
    plan_id String COMMENT 'Identifier of the plan',
    body String COMMENT 'The plan as JSON',
    updated_at DateTime64(3, 'UTC') COMMENT 'When it was saved',
    version UInt64 COMMENT 'Row version',
    is_deleted UInt8 COMMENT '1 when deleted'
) ENGINE = {{.Replacing "version, is_deleted"}}
ORDER BY (workspace, kind, plan_id)
SETTINGS {{.Dedup}}
COMMENT 'Goals, budgets and scenarios, by version';

CREATE TABLE IF NOT EXISTS rejected_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace, empty when unknown',
    rejected_id String COMMENT 'Identifier of the refusal',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt; its date is part of the key',
    stage LowCardinality(String) COMMENT 'Who refused it: collector, attributor or sink',
    endpoint String COMMENT 'Path of the request, or topic/partition/offset',
    field LowCardinality(String) COMMENT 'Field at fault',
    code LowCardinality(String) COMMENT 'Machine-readable reason',
    reason String COMMENT 'Reason in words',
    content_type LowCardinality(String) COMMENT 'Content type of the request',
    raw String COMMENT 'The bytes as they came' CODEC(ZSTD(3)),
    raw_length Int64 COMMENT 'Length before cutting'
) ENGINE = {{.Replacing ""}}
PARTITION BY toYYYYMM(received_at) ORDER BY (workspace, toDate(received_at), rejected_id)
SETTINGS {{.Dedup}}
COMMENT 'Refused input';

-- The two small tables below are on every server in full, so that joins with them stay local on a cluster.
CREATE TABLE IF NOT EXISTS models_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    model LowCardinality(String) COMMENT 'Model under which spend and touch counts are shown'
) ENGINE = {{.ReplacingEverywhere "models_rows"}}
ORDER BY (workspace, model)
COMMENT 'Models of each workspace';

CREATE TABLE IF NOT EXISTS currency_rates {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    currency String COMMENT 'ISO 4217 code',
    day Date COMMENT 'First day the rate holds; it holds until the next one of its currency',
    rate Float64 COMMENT 'Units of the base currency of the workspace for one unit of this one',
    version UInt64 COMMENT 'Row version'
) ENGINE = {{.ReplacingEverywhere "currency_rates" "version"}}
ORDER BY (workspace, currency, day)
COMMENT 'Daily rates to the base currency of each workspace, from the configuration';
{{range .Distributed}}
CREATE TABLE IF NOT EXISTS {{.Name}}_dist {{$.OnCluster}} AS {{.Name}}
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), {{.Name}}, cityHash64({{.ShardBy}}))
COMMENT '{{.Name}} of all shards';
{{end}}

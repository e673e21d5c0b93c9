-- +goose NO TRANSACTION
-- Models side by side: the credit and totals of shadow models in tables of their own, which no view reads, and what each task says of the models and
-- channel rules of a workspace.

-- +goose Up
CREATE TABLE IF NOT EXISTS shadow_credits_rows {{.OnCluster}} (
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
COMMENT 'Credit under models that run beside the live ones, by version; model is name@version';

CREATE TABLE IF NOT EXISTS shadow_cells_rows {{.OnCluster}} (
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
COMMENT 'Absolute totals under models that run beside the live ones, by version; model is name@version';

CREATE TABLE IF NOT EXISTS standings_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    partition Int32 COMMENT 'Task of the attributor',
    revision Int64 COMMENT 'Counts the changes of models and channel rules in the task',
    changed_at DateTime64(3, 'UTC') COMMENT 'When the last change was asked for',
    reason LowCardinality(String) COMMENT 'What changed: model or rules; empty before any change',
    cause_event_id String COMMENT 'Control that changed it, or config',
    rules_version String COMMENT 'Version of the channel rules',
    rules String COMMENT 'The own channel rules of the workspace as JSON' CODEC(ZSTD(3)),
    names Array(LowCardinality(String)) COMMENT 'Models by name, parallel to the lists that follow',
    versions Array(String) COMMENT 'Their versions',
    statuses Array(LowCardinality(String)) COMMENT 'live, shadow or retired',
    origins Array(LowCardinality(String)) COMMENT 'config or control',
    since_ms Array(Int64) COMMENT 'When the control that made them so was received, Unix milliseconds; 0 for models of the configuration',
    definitions Array(String) COMMENT 'Their definitions as JSON' CODEC(ZSTD(3)),
    subjects_total Int64 COMMENT 'Subjects of the task, when the last change came',
    subjects_done Int64 COMMENT 'How many of them are computed by it',
    touches_done Int64 COMMENT 'Touches of those',
    is_done UInt8 COMMENT '1 when all are',
    version UInt64 COMMENT 'Row version'
) ENGINE = {{.Replacing "version"}}
ORDER BY (workspace, partition)
SETTINGS {{.Dedup}}
COMMENT 'Models and channel rules of each workspace as each task has them, and how far it is with computing by them';
{{with .OnCluster}}
CREATE TABLE IF NOT EXISTS shadow_credits_rows_dist {{.}} AS shadow_credits_rows
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), shadow_credits_rows, cityHash64(workspace, journey_id))
COMMENT 'shadow_credits_rows of all shards';
{{end}}{{with .OnCluster}}
CREATE TABLE IF NOT EXISTS shadow_cells_rows_dist {{.}} AS shadow_cells_rows
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), shadow_cells_rows, cityHash64(workspace, channel, campaign))
COMMENT 'shadow_cells_rows of all shards';
{{end}}{{with .OnCluster}}
CREATE TABLE IF NOT EXISTS standings_rows_dist {{.}} AS standings_rows
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), standings_rows, cityHash64(workspace, partition))
COMMENT 'standings_rows of all shards';
{{end}}
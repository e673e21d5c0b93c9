-- +goose NO TRANSACTION
-- Costs follow the channel rules and aliases in force, as touches do: what a record says stays beside what the rules make of it.

-- +goose Up
ALTER TABLE spend_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS given_source LowCardinality(String) DEFAULT source COMMENT 'Source as the record says it; source is its name by the aliases in force',
    ADD COLUMN IF NOT EXISTS given_medium LowCardinality(String) DEFAULT medium COMMENT 'Medium as the record says it',
    ADD COLUMN IF NOT EXISTS given_campaign LowCardinality(String) DEFAULT campaign COMMENT 'Campaign as the record says it',
    ADD COLUMN IF NOT EXISTS given_channel LowCardinality(String) DEFAULT channel COMMENT 'Channel as the collector gave it',
    ADD COLUMN IF NOT EXISTS given_rules LowCardinality(String) COMMENT 'Channel rules that the collector had, explicit when the sender named the channel; empty in records of before, whose channel stays',
    ADD COLUMN IF NOT EXISTS rules_version LowCardinality(String) DEFAULT given_rules COMMENT 'Channel rules that channel is by';
-- Written out, or a cost of before would forget what it was given with when it is classified anew.
ALTER TABLE spend_rows {{.OnCluster}}
    MATERIALIZE COLUMN given_source, MATERIALIZE COLUMN given_medium, MATERIALIZE COLUMN given_campaign, MATERIALIZE COLUMN given_channel
SETTINGS mutations_sync = 2;
-- The key takes the new column, so that a version as received and as classified anew stand side by side.
ALTER TABLE spend_versions_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS classified UInt64 COMMENT '0: as received. Else the receipt sequence of the change of channel rules that classified the cost anew',
    ADD COLUMN IF NOT EXISTS rules_version LowCardinality(String) COMMENT 'Channel rules that channel is by',
    ADD COLUMN IF NOT EXISTS cause_event_id String COMMENT 'Control that brought the rules, or config; empty for what was received',
    MODIFY ORDER BY (workspace, day, spend_key, version, classified);
ALTER TABLE standings_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS rules_seq UInt64 COMMENT 'Receipt sequence of the change that brought the channel rules in force; 0 when they never changed',
    ADD COLUMN IF NOT EXISTS rules_cause_event_id String COMMENT 'Control that brought them, or config';
{{with .OnCluster}}
ALTER TABLE spend_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS given_source LowCardinality(String) COMMENT 'Source as the record says it; source is its name by the aliases in force',
    ADD COLUMN IF NOT EXISTS given_medium LowCardinality(String) COMMENT 'Medium as the record says it',
    ADD COLUMN IF NOT EXISTS given_campaign LowCardinality(String) COMMENT 'Campaign as the record says it',
    ADD COLUMN IF NOT EXISTS given_channel LowCardinality(String) COMMENT 'Channel as the collector gave it',
    ADD COLUMN IF NOT EXISTS given_rules LowCardinality(String) COMMENT 'Channel rules that the collector had, explicit when the sender named the channel; empty in records of before, whose channel stays',
    ADD COLUMN IF NOT EXISTS rules_version LowCardinality(String) COMMENT 'Channel rules that channel is by';
ALTER TABLE spend_versions_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS classified UInt64 COMMENT '0: as received. Else the receipt sequence of the change of channel rules that classified the cost anew',
    ADD COLUMN IF NOT EXISTS rules_version LowCardinality(String) COMMENT 'Channel rules that channel is by',
    ADD COLUMN IF NOT EXISTS cause_event_id String COMMENT 'Control that brought the rules, or config; empty for what was received';
ALTER TABLE standings_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS rules_seq UInt64 COMMENT 'Receipt sequence of the change that brought the channel rules in force; 0 when they never changed',
    ADD COLUMN IF NOT EXISTS rules_cause_event_id String COMMENT 'Control that brought them, or config';
{{end}}
CREATE OR REPLACE VIEW spend {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day of the cost',
    platform String COMMENT 'Ad platform',
    account_id String COMMENT 'Ad account',
    campaign_id String COMMENT 'Campaign id of the ad platform',
    campaign String COMMENT 'Campaign name, as on touchpoints',
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
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the record',
    platform_campaign String COMMENT 'Campaign name on the ad platform',
    rules_version String COMMENT 'Channel rules that channel is by; explicit when the sender named it, empty for costs from before rules were kept'
) AS SELECT
    s.workspace AS workspace, s.day AS day, s.platform AS platform, s.account_id AS account_id, s.campaign_id AS campaign_id,
    s.campaign AS campaign, s.ad_group AS ad_group, s.ad AS ad, s.source AS source, s.medium AS medium, s.channel AS channel,
    s.currency AS currency, s.spend_minor / intExp10(s.exponent) AS spend, s.spend_minor AS spend_minor,
    multiIf(r.rate > 0, spend * r.rate, s.workspace NOT IN (SELECT workspace FROM currency_rates), spend, nan) AS spend_base,
    s.impressions AS impressions, s.clicks AS clicks, s.received_at AS received_at,
    if(s.platform_campaign = '', s.given_campaign, s.platform_campaign) AS platform_campaign,
    s.rules_version AS rules_version
FROM {{.Read "spend_rows"}} AS s FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = s.workspace AND r.currency = s.currency AND s.day >= r.day
COMMENT 'Cost per day and ad, ad group or campaign';

CREATE OR REPLACE VIEW spend_changes {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day of the cost',
    spend_key String COMMENT 'What a later record replaces an earlier one by',
    reason String COMMENT 'received: as its record says. rules: classified anew, because the channel rules or aliases changed',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When it was known',
    channel String COMMENT 'Channel from then on',
    campaign String COMMENT 'Campaign from then on',
    source String COMMENT 'Source from then on',
    medium String COMMENT 'Medium from then on',
    rules_version String COMMENT 'Channel rules that channel is by; explicit when the sender named it',
    cause_event_id String COMMENT 'Control that brought the rules, or config; empty for what was received',
    currency String COMMENT 'ISO 4217 code',
    spend Float64 COMMENT 'Cost from then on in units of the currency; 0 when withdrawn',
    spend_minor Int64 COMMENT 'Cost in minor units of the currency, exact',
    impressions Int64 COMMENT 'Impressions from then on',
    clicks Int64 COMMENT 'Clicks from then on'
) AS SELECT
    workspace, day, spend_key, if(classified = 0, 'received', 'rules') AS reason, received_at AS recorded_at, channel, campaign, source, medium,
    rules_version, cause_event_id, currency, spend_minor / intExp10(exponent) AS spend, spend_minor, impressions, clicks
FROM {{.Read "spend_versions_rows"}} FINAL
COMMENT 'Every version of every cost: what was received, and what changed rules made of it';

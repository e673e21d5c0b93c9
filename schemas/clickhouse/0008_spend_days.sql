-- Days of an ad account that were stated anew, so that costs which are no longer in the platform's report are withdrawn; and the platform's own name of
-- a campaign beside the one that its touches bear.

-- +goose Up
CREATE TABLE IF NOT EXISTS spend_days_rows {{.OnCluster}} (
    workspace String COMMENT 'Workspace',
    day Date COMMENT 'Day that was stated anew',
    platform LowCardinality(String) COMMENT 'Ad platform',
    account_id LowCardinality(String) COMMENT 'Ad account',
    version UInt64 COMMENT 'Receipt sequence: costs of the day with a lower one are withdrawn',
    received_at DateTime64(3, 'UTC') COMMENT 'Receipt of the statement'
) ENGINE = {{.Replacing ""}}
PARTITION BY toYear(day) ORDER BY (workspace, day, platform, account_id, version)
SETTINGS {{.Dedup}}
COMMENT 'Days of ad accounts stated anew: what was received of them before is withdrawn';
{{with .OnCluster}}
CREATE TABLE IF NOT EXISTS spend_days_rows_dist {{.}} AS spend_days_rows
ENGINE = Distributed({{$.ClusterLiteral}}, currentDatabase(), spend_days_rows, cityHash64(workspace, day))
COMMENT 'spend_days_rows of all shards';
{{end}}
ALTER TABLE spend_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS platform_campaign LowCardinality(String) COMMENT 'Name of the campaign on the platform, when campaign is the one of its UTM template';
{{with .OnCluster}}
ALTER TABLE spend_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS platform_campaign LowCardinality(String) COMMENT 'Name of the campaign on the platform, when campaign is the one of its UTM template';
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
    platform_campaign String COMMENT 'Campaign name on the ad platform'
) AS SELECT
    s.workspace AS workspace, s.day AS day, s.platform AS platform, s.account_id AS account_id, s.campaign_id AS campaign_id,
    s.campaign AS campaign, s.ad_group AS ad_group, s.ad AS ad, s.source AS source, s.medium AS medium, s.channel AS channel,
    s.currency AS currency, s.spend_minor / intExp10(s.exponent) AS spend, s.spend_minor AS spend_minor,
    multiIf(r.rate > 0, spend * r.rate, s.workspace NOT IN (SELECT workspace FROM currency_rates), spend, nan) AS spend_base,
    s.impressions AS impressions, s.clicks AS clicks, s.received_at AS received_at,
    if(s.platform_campaign = '', s.campaign, s.platform_campaign) AS platform_campaign
FROM {{.Read "spend_rows"}} AS s FINAL
ASOF LEFT JOIN (SELECT workspace, currency, day, rate FROM currency_rates FINAL) AS r
    ON r.workspace = s.workspace AND r.currency = s.currency AND s.day >= r.day
COMMENT 'Cost per day and ad, ad group or campaign';

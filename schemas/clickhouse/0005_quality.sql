-- +goose NO TRANSACTION
-- What the quality of tracking is judged by: consent, and the faults of tags, on every touch.

-- +goose Up
ALTER TABLE touchpoints_rows {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS consent LowCardinality(String) COMMENT 'granted, implied, denied or empty',
    ADD COLUMN IF NOT EXISTS tag_faults LowCardinality(String) COMMENT 'Codes of what is wrong with its tags, joined by commas';
{{with .OnCluster}}
ALTER TABLE touchpoints_rows_dist {{.}}
    ADD COLUMN IF NOT EXISTS consent LowCardinality(String) COMMENT 'granted, implied, denied or empty',
    ADD COLUMN IF NOT EXISTS tag_faults LowCardinality(String) COMMENT 'Codes of what is wrong with its tags, joined by commas';
{{end}}
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
    event_id String COMMENT 'Event the touch starts with',
    consent String COMMENT 'What the visitor said about being measured: granted, implied, denied (the touch then names nobody); empty when nothing said',
    tag_faults String COMMENT 'What is wrong with the tags of the address it came with, codes joined by commas: missing, upper_case, misspelt_parameter, self_referral ...; empty when nothing'
) AS SELECT
    workspace, touchpoint_id, visitor_id, person_id, account_id, occurred_at, received_at, toDate(occurred_at) AS day, kind, channel,
    source, medium, campaign, campaign_id, term, content, click_id_type, click_id, referrer_host, landing_page, evidence,
    rules_version, is_bot, bot_reason, event_id, consent, tag_faults
FROM {{.Read "touchpoints_rows"}} FINAL
COMMENT 'One row per marketing touch: a web session with its source, a form, an offline touch';

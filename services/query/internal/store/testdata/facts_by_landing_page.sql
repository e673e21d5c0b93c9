SELECT channel_key, campaign_key, detail_key, model_key, currency_key, rate_day, step, min(first_day), max(last_day),
    sum(of_spend) AS spend, sum(of_impressions) AS impressions, sum(of_clicks) AS clicks, sum(of_touchpoints) AS touchpoints, sum(of_conversions) AS conversions, sum(of_conversion_value) AS conversion_value, sum(of_opportunities) AS opportunities, sum(of_pipeline) AS pipeline, sum(of_customers) AS customers, sum(of_revenue) AS revenue
FROM (
SELECT toString(channel) AS channel_key, '' AS campaign_key, toString(detail) AS detail_key, toString(model) AS model_key, toString(currency) AS currency_key, toDate(0) AS rate_day, toDate(0) AS step, min(day) AS first_day, max(day) AS last_day, toInt64(0) AS of_spend, toInt64(0) AS of_impressions, toInt64(0) AS of_clicks, toInt64(0) AS of_touchpoints, sum(conversions) AS of_conversions, sum(conversion_value) AS of_conversion_value, sum(opportunities) AS of_opportunities, sum(pipeline) AS of_pipeline, sum(customers) AS of_customers, sum(revenue) AS of_revenue
FROM (
    SELECT c.day AS day, c.model AS model, c.channel AS channel, c.campaign AS campaign, c.currency AS currency, t.value AS detail,
        c.touchpoint_id AS touchpoint_id, conversions, conversion_value, opportunities, pipeline, customers, revenue
    FROM (
    SELECT if({basis:String} = 'touch' AND touchpoint_id != '', toDate(touched_at), if(opening, opened_date, close_date)) AS day,
        model, channel, campaign, currency, '' AS detail, touchpoint_id,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversions_nano) AS conversions,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversion_value_minor) AS conversion_value,
        if(opening, opportunities_nano, 0) AS opportunities, if(opening, pipeline_minor, 0) AS pipeline,
        if(opening, 0, customers_nano) AS customers, if(opening, 0, revenue_minor) AS revenue
    FROM credits_rows FINAL
    ARRAY JOIN [false, true] AS opening
    WHERE workspace = {workspace:String} AND model IN {models:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
      AND (conversions != 0 OR conversion_value != 0 OR opportunities != 0 OR pipeline != 0 OR customers != 0 OR revenue != 0)) AS c
    LEFT ANY JOIN (
        SELECT touchpoint_id, landing_page AS value FROM touchpoints_rows FINAL
        WHERE workspace = {workspace:String} AND value != ''
          AND ({basis:String} != 'touch' OR toDate(occurred_at) BETWEEN {from:Date} AND {to:Date})
    ) AS t ON t.touchpoint_id = c.touchpoint_id)
GROUP BY channel, detail, model, currency
UNION ALL
SELECT toString(channel) AS channel_key, '' AS campaign_key, toString(detail) AS detail_key, '' AS model_key, '' AS currency_key, toDate(0) AS rate_day, toDate(0) AS step, min(day) AS first_day, max(day) AS last_day, toInt64(0) AS of_spend, toInt64(0) AS of_impressions, toInt64(0) AS of_clicks, sum(touchpoints) AS of_touchpoints, toInt64(0) AS of_conversions, toInt64(0) AS of_conversion_value, toInt64(0) AS of_opportunities, toInt64(0) AS of_pipeline, toInt64(0) AS of_customers, toInt64(0) AS of_revenue
FROM (
    SELECT toDate(occurred_at) AS day, channel, campaign, landing_page AS detail, toInt64(1) AS touchpoints
    FROM touchpoints_rows FINAL
    WHERE workspace = {workspace:String} AND is_bot = 0 AND day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY channel, detail
UNION ALL
SELECT toString(channel) AS channel_key, '' AS campaign_key, toString(detail) AS detail_key, '' AS model_key, toString(currency) AS currency_key, toDate(0) AS rate_day, toDate(0) AS step, min(day) AS first_day, max(day) AS last_day, sum(spend) AS of_spend, sum(impressions) AS of_impressions, sum(clicks) AS of_clicks, toInt64(0) AS of_touchpoints, toInt64(0) AS of_conversions, toInt64(0) AS of_conversion_value, toInt64(0) AS of_opportunities, toInt64(0) AS of_pipeline, toInt64(0) AS of_customers, toInt64(0) AS of_revenue
FROM (
    SELECT day, channel, campaign, currency, '' AS detail, spend_minor AS spend, impressions, clicks
    FROM spend_rows FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY channel, detail, currency
)
GROUP BY channel_key, campaign_key, detail_key, model_key, currency_key, rate_day, step
HAVING spend != 0 OR impressions != 0 OR clicks != 0 OR touchpoints != 0 OR conversions != 0 OR conversion_value != 0 OR opportunities != 0 OR pipeline != 0 OR customers != 0 OR revenue != 0
-- workspace = "default"
-- basis = "touch"
-- currency = ""
-- from = "2026-01-01"
-- to = "2026-01-31"
-- models = ["linear"]
-- types = []

SELECT channel, if({convert:Bool} AND currency NOT IN ('', {currency:String}), campaign, '') AS campaign_key, detail AS detail_key, model, currency,
    if({convert:Bool} AND currency NOT IN ('', {currency:String}), day, toDate(0)) AS rate_day, toMonday(day) AS step,
    min(day) AS first_day, max(day) AS last_day,
    sum(spend) AS spend, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(touchpoints) AS touchpoints,
    sum(conversions) AS conversions, sum(conversion_value) AS conversion_value, sum(opportunities) AS opportunities, sum(pipeline) AS pipeline,
    sum(customers) AS customers, sum(revenue) AS revenue
FROM (
    SELECT if({basis:String} = 'touch' AND touchpoint_id != '', toDate(touched_at), if(opening, opened_date, close_date)) AS day,
        model, channel, campaign, currency, toString(source) AS detail, touchpoint_id,
        toInt64(0) AS spend, toInt64(0) AS impressions, toInt64(0) AS clicks, toInt64(0) AS touchpoints,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversions_nano) AS conversions,
        if(opening OR NOT (empty({types:Array(String)}) OR has({types:Array(String)}, conversion_type)), 0, conversion_value_minor) AS conversion_value,
        if(opening, opportunities_nano, 0) AS opportunities, if(opening, pipeline_minor, 0) AS pipeline,
        if(opening, 0, customers_nano) AS customers, if(opening, 0, revenue_minor) AS revenue
    FROM credits_rows FINAL
    ARRAY JOIN [false, true] AS opening
    WHERE workspace = {workspace:String} AND model IN {models:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
      AND (conversions != 0 OR conversion_value != 0 OR opportunities != 0 OR pipeline != 0 OR customers != 0 OR revenue != 0)
    UNION ALL
    SELECT toDate(occurred_at) AS day, '' AS model, channel, campaign, '' AS currency, toString(source) AS detail, touchpoint_id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    FROM touchpoints_rows FINAL
    WHERE workspace = {workspace:String} AND is_bot = 0 AND day BETWEEN {from:Date} AND {to:Date}
    UNION ALL
    SELECT day, '' AS model, channel, campaign, currency, toString(source) AS detail, '' AS touchpoint_id, spend_minor, impressions, clicks, 0, 0, 0, 0, 0, 0, 0
    FROM spend_rows FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY channel, campaign_key, detail_key, model, currency, rate_day, step
HAVING spend != 0 OR impressions != 0 OR clicks != 0 OR touchpoints != 0 OR conversions != 0 OR conversion_value != 0 OR opportunities != 0
    OR pipeline != 0 OR customers != 0 OR revenue != 0
-- workspace = "default"
-- basis = "touch"
-- convert = %!q(bool=false)
-- currency = ""
-- from = "2026-01-01"
-- to = "2026-01-31"
-- models = ["linear"]
-- types = []

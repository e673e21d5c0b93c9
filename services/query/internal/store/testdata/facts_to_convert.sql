SELECT channel, if({convert:Bool} AND currency NOT IN ('', {currency:String}), campaign, '') AS campaign_key, '' AS detail_key, model, currency,
    if({convert:Bool} AND currency NOT IN ('', {currency:String}), day, toDate(0)) AS rate_day, toDate(0) AS step,
    min(day) AS first_day, max(day) AS last_day,
    sum(spend) AS spend, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(touchpoints) AS touchpoints,
    sum(conversions) AS conversions, sum(conversion_value) AS conversion_value, sum(opportunities) AS opportunities, sum(pipeline) AS pipeline,
    sum(customers) AS customers, sum(revenue) AS revenue
FROM (
    SELECT day, model, channel, campaign, currency, toInt64(0) AS spend, toInt64(0) AS impressions, toInt64(0) AS clicks, touchpoints,
        conversions_nano AS conversions, conversion_value_minor AS conversion_value, opportunities_nano AS opportunities, pipeline_minor AS pipeline, customers_nano AS customers, revenue_minor AS revenue
    FROM cells_rows FINAL
    WHERE workspace = {workspace:String} AND ((basis = {basis:String} AND model IN {models:Array(String)}) OR (basis = 'touch' AND model = ''))
      AND day BETWEEN {from:Date} AND {to:Date}
      AND (touchpoints != 0 OR conversions_nano != 0 OR conversion_value_minor != 0 OR opportunities_nano != 0 OR pipeline_minor != 0
      OR customers_nano != 0 OR revenue_minor != 0)
    UNION ALL
    SELECT day, '', channel, campaign, currency, spend_minor, impressions, clicks, 0, 0, 0, 0, 0, 0, 0
    FROM spend_rows FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY channel, campaign_key, detail_key, model, currency, rate_day, step
HAVING spend != 0 OR impressions != 0 OR clicks != 0 OR touchpoints != 0 OR conversions != 0 OR conversion_value != 0 OR opportunities != 0
    OR pipeline != 0 OR customers != 0 OR revenue != 0
-- workspace = "default"
-- basis = "touch"
-- convert = %!q(bool=true)
-- currency = "EUR"
-- from = "2026-01-01"
-- to = "2026-01-31"
-- models = ["linear"]

SELECT channel_key, campaign_key, detail_key, model_key, currency_key, rate_day, step, min(first_day), max(last_day),
    sum(of_spend) AS spend, sum(of_impressions) AS impressions, sum(of_clicks) AS clicks, sum(of_touchpoints) AS touchpoints, sum(of_conversions) AS conversions, sum(of_conversion_value) AS conversion_value, sum(of_opportunities) AS opportunities, sum(of_pipeline) AS pipeline, sum(of_customers) AS customers, sum(of_revenue) AS revenue
FROM (
SELECT toString(channel) AS channel_key, toString(campaign) AS campaign_key, '' AS detail_key, toString(model) AS model_key, toString(currency) AS currency_key, toDate(0) AS rate_day, toDate(0) AS step, min(day) AS first_day, max(day) AS last_day, toInt64(0) AS of_spend, toInt64(0) AS of_impressions, toInt64(0) AS of_clicks, toInt64(0) AS of_touchpoints, sum(conversions) AS of_conversions, sum(conversion_value) AS of_conversion_value, sum(opportunities) AS of_opportunities, sum(pipeline) AS of_pipeline, sum(customers) AS of_customers, sum(revenue) AS of_revenue
FROM (
    SELECT day, model, channel, campaign, currency, conversions_nano AS conversions, conversion_value_minor AS conversion_value, opportunities_nano AS opportunities, pipeline_minor AS pipeline, customers_nano AS customers, revenue_minor AS revenue
    FROM cells_rows FINAL
    WHERE workspace = {workspace:String} AND basis = {basis:String} AND model IN {models:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
      AND (conversions_nano != 0 OR conversion_value_minor != 0 OR opportunities_nano != 0 OR pipeline_minor != 0 OR customers_nano != 0 OR revenue_minor != 0)
    )
GROUP BY channel, campaign, model, currency
UNION ALL
SELECT toString(channel) AS channel_key, toString(campaign) AS campaign_key, '' AS detail_key, '' AS model_key, '' AS currency_key, toDate(0) AS rate_day, toDate(0) AS step, min(day) AS first_day, max(day) AS last_day, toInt64(0) AS of_spend, toInt64(0) AS of_impressions, toInt64(0) AS of_clicks, sum(touchpoints) AS of_touchpoints, toInt64(0) AS of_conversions, toInt64(0) AS of_conversion_value, toInt64(0) AS of_opportunities, toInt64(0) AS of_pipeline, toInt64(0) AS of_customers, toInt64(0) AS of_revenue
FROM (
    SELECT day, channel, campaign, touchpoints
    FROM cells_rows FINAL
    WHERE workspace = {workspace:String} AND basis = 'touch' AND model = '' AND day BETWEEN {from:Date} AND {to:Date} AND touchpoints != 0
    )
GROUP BY channel, campaign
UNION ALL
SELECT toString(channel) AS channel_key, toString(campaign) AS campaign_key, '' AS detail_key, '' AS model_key, toString(currency) AS currency_key, toDate(0) AS rate_day, toDate(0) AS step, min(day) AS first_day, max(day) AS last_day, sum(spend) AS of_spend, sum(impressions) AS of_impressions, sum(clicks) AS of_clicks, toInt64(0) AS of_touchpoints, toInt64(0) AS of_conversions, toInt64(0) AS of_conversion_value, toInt64(0) AS of_opportunities, toInt64(0) AS of_pipeline, toInt64(0) AS of_customers, toInt64(0) AS of_revenue
FROM (
    SELECT day, channel, campaign, currency, spend_minor AS spend, impressions, clicks
    FROM spend_rows FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
    )
GROUP BY channel, campaign, currency
)
GROUP BY channel_key, campaign_key, detail_key, model_key, currency_key, rate_day, step
HAVING spend != 0 OR impressions != 0 OR clicks != 0 OR touchpoints != 0 OR conversions != 0 OR conversion_value != 0 OR opportunities != 0 OR pipeline != 0 OR customers != 0 OR revenue != 0
-- workspace = "default"
-- basis = "close"
-- currency = ""
-- from = "2026-01-01"
-- to = "2026-01-31"
-- models = ["linear" "w_shaped"]

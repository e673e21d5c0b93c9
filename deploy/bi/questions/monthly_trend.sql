-- What did each channel bring per month?
-- Revenue is in the workspace's base currency.
SELECT toStartOfMonth(day) AS month, channel, sum(conversions_nano) / 1e9 AS conversions, sum(opportunities_nano) / 1e9 AS opportunities,
    sum(customers_nano) / 1e9 AS customers, sum(revenue_base) AS revenue
FROM channel_performance_daily
WHERE workspace = 'default' AND model = 'position_based' AND basis = 'close'
GROUP BY month, channel
ORDER BY month, revenue DESC

-- What did each channel bring per month?
SELECT toStartOfMonth(day) AS month, channel, currency, sum(conversions) AS conversions, sum(opportunities) AS opportunities, sum(customers) AS customers,
    sum(revenue) AS revenue
FROM channel_performance_daily
WHERE workspace = 'default' AND model = 'position_based' AND basis = 'close'
GROUP BY month, channel, currency
ORDER BY month, revenue DESC

-- Which channel returns most for what it costs?
-- One model and one date basis, always: spend repeats under each. Money is in the workspace's base currency.
SELECT channel, sum(p.spend_base) AS spend, sum(p.revenue_base + p.conversion_value_base) AS value, (value - spend) / nullIf(spend, 0) AS roi,
    spend / nullIf(sum(p.customers_nano) / 1e9, 0) AS cac
FROM channel_performance_daily AS p
WHERE workspace = 'default' AND model = 'position_based' AND basis = 'touch' AND day >= today() - 90
GROUP BY channel
ORDER BY value DESC

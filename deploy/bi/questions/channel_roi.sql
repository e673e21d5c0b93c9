-- Which channel returns most for what it costs?
-- One model and one date basis, always: spend repeats under each.
SELECT channel, currency, sum(p.spend) AS spend, sum(p.revenue + p.conversion_value) AS value, (value - spend) / nullIf(spend, 0) AS roi,
    sum(p.spend) / nullIf(sum(p.customers), 0) AS cac
FROM channel_performance_daily AS p
WHERE workspace = 'default' AND model = 'position_based' AND basis = 'touch' AND day >= today() - 90
GROUP BY channel, currency
ORDER BY value DESC

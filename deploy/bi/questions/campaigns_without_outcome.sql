-- Which campaigns cost money and led to nothing?
SELECT channel, campaign, currency, sum(spend) AS spend, sum(clicks) AS clicks, sum(conversions) AS conversions
FROM channel_performance_daily
WHERE workspace = 'default' AND model = 'linear' AND basis = 'touch' AND day >= today() - 90
GROUP BY channel, campaign, currency
HAVING spend > 0 AND conversions = 0 AND sum(opportunities) = 0
ORDER BY spend DESC

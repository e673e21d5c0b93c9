-- Which campaigns cost money and led to nothing?
-- Money is in the workspace's base currency: a campaign billed in one currency and earning in another is one row.
SELECT channel, campaign, sum(p.spend_base) AS spend, sum(p.clicks) AS clicks
FROM channel_performance_daily AS p
WHERE workspace = 'default' AND model = 'linear' AND basis = 'touch' AND day >= today() - 90
GROUP BY channel, campaign
HAVING spend > 0 AND sum(conversions_nano) = 0 AND sum(opportunities_nano) = 0
ORDER BY spend DESC

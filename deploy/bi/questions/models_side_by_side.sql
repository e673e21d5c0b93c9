-- How much does a channel's credit depend on the model?
-- In the workspace's base currency.
SELECT channel, min(value) AS least, max(value) AS most, argMin(model, value) AS least_under, argMax(model, value) AS most_under
FROM (
    SELECT channel, model, sum(revenue_base + conversion_value_base) AS value
    FROM channel_performance_daily
    WHERE workspace = 'default' AND basis = 'close' AND day >= today() - 365
    GROUP BY channel, model
)
GROUP BY channel
ORDER BY most DESC

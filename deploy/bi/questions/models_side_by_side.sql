-- How much does a channel's credit depend on the model?
SELECT channel, currency, min(value) AS least, max(value) AS most, argMin(model, value) AS least_under, argMax(model, value) AS most_under
FROM (
    SELECT channel, currency, model, sum(revenue + conversion_value) AS value
    FROM channel_performance_daily
    WHERE workspace = 'default' AND basis = 'close' AND day >= today() - 365
    GROUP BY channel, currency, model
)
GROUP BY channel, currency
ORDER BY most DESC

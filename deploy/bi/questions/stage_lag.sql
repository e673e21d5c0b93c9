-- How long do deals stay in each stage?
SELECT stage, count() AS stays, median(days) AS median_days, quantile(0.9)(days) AS p90_days
FROM (
    SELECT stage, dateDiff('hour', entered_at, if(left_at > entered_at, left_at, now64(3))) / 24 AS days
    FROM opportunity_stages
    WHERE workspace = 'default'
)
GROUP BY stage
ORDER BY stays DESC

-- How many touches does a won deal take, and how long?
SELECT touches, count() AS deals, median(days) AS median_days
FROM (
    SELECT journey_id, uniqExactIf(touchpoint_id, touchpoint_id != '') AS touches,
        dateDiff('day', minIf(touch_date, touchpoint_id != ''), any(close_date)) AS days
    FROM credits
    WHERE workspace = 'default' AND model = 'linear' AND measure = 'customers'
    GROUP BY journey_id
)
GROUP BY touches
ORDER BY touches

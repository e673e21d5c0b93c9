-- Why do last month's figures look different from what they were?
SELECT toDate(recorded_at) AS known_on, reason, currency, count() AS postings, uniqExact(journey_id) AS journeys, sum(delta_amount) AS change
FROM ledger
WHERE workspace = 'default' AND model = 'position_based' AND measure = 'revenue' AND recorded_at >= now() - INTERVAL 30 DAY
GROUP BY known_on, reason, currency
ORDER BY known_on DESC, postings DESC

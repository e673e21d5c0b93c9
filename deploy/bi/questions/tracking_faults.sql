-- Which tags are broken, and how many visits does that concern?
SELECT arrayJoin(splitByChar(',', tag_faults)) AS fault, source, medium, campaign, count() AS visits, max(occurred_at) AS last_seen, any(landing_page) AS example
FROM touchpoints
WHERE workspace = 'default' AND is_bot = 0 AND tag_faults != '' AND day >= today() - 28
GROUP BY fault, source, medium, campaign
ORDER BY visits DESC

SELECT currency, min(day), max(day), countIf(has_money)
FROM (
    SELECT currency, day, (conversion_value_minor != 0 OR pipeline_minor != 0 OR revenue_minor != 0) AS has_money
    FROM cells_rows FINAL
    WHERE workspace = {workspace:String} AND ((basis = {basis:String} AND model != '') OR (basis = 'touch' AND model = ''))
      AND day BETWEEN {from:Date} AND {to:Date}
      AND (touchpoints != 0 OR conversions_nano != 0 OR conversion_value_minor != 0 OR opportunities_nano != 0 OR pipeline_minor != 0
      OR customers_nano != 0 OR revenue_minor != 0)
    UNION ALL
    SELECT currency, day, spend_minor != 0 AS has_money
    FROM spend_rows FINAL
    WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY currency
-- workspace = "default"
-- basis = "close"
-- from = "2026-01-01"
-- to = "2026-01-31"

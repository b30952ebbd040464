-- Distinct fans to whom counted orders paid in the period are bound. A row: a period.
-- Index: order_by_day.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT period.first_day, count(DISTINCT paid.fan_id) AS buyers
FROM period
CROSS JOIN LATERAL (  -- OFFSET 0 as in flows.sql
    SELECT o.fan_id FROM fans_order AS o
    WHERE
        o.project_id = %(project)s AND o.day >= period.first_day AND o.day < period.next_day
        AND o.state = 'counted'
    OFFSET 0
) AS paid
GROUP BY period.first_day

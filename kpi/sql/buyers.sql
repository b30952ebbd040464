-- Distinct fans to whom counted orders paid in the period are bound. A row: a period.
-- Index: order_by_day.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT period.first_day, count(DISTINCT paid.fan_id) AS buyers
FROM period
JOIN fans_order AS paid
    ON paid.project_id = %(project)s AND paid.day >= period.first_day AND paid.day < period.next_day
    AND paid.state = 'counted'
GROUP BY period.first_day

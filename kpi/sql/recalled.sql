-- Fans with a presence begun in the period that is not their first. A row: a period.
-- Index: presence_by_begin.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT period.first_day, count(DISTINCT presence.fan_id) AS recalled
FROM period
JOIN fans_presence AS presence
    ON presence.project_id = %(project)s
    AND presence.begun_day >= period.first_day AND presence.begun_day < period.next_day
    AND presence.number > 1
GROUP BY period.first_day

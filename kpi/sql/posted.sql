-- KOC posts dated in the period and their distinct authors (known to the project or not). A row: a period.
-- Index: event_of_day.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT period.first_day, count(*) AS posts, count(DISTINCT event.fan_id) AS kocs
FROM period
JOIN fans_event AS event
    ON event.project_id = %(project)s AND event.day >= period.first_day AND event.day < period.next_day
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 9
GROUP BY period.first_day

-- Fans by the month of their first addition. A row: a cohort (a period).
-- Index: member_by_first_day.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT period.first_day AS cohort, count(*) AS fans
FROM period
JOIN fans_member AS member
    ON member.project_id = %(project)s
    AND member.first_added_day >= period.first_day AND member.first_added_day < period.next_day
GROUP BY period.first_day

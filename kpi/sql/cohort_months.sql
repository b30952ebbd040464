-- What became of each cohort month by month. A row: a cohort and a month from its own on; fans present just before the
-- month's end, with an inbound interaction in it, with a counted order in it, and those of the last with two or more
-- counted orders up to its end.
-- Indexes: member_by_first_day, presence_once, event_inbound_day, order_by_day.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
member AS (
    SELECT period.first_day AS cohort, m.fan_id
    FROM period
    JOIN fans_member AS m
        ON m.project_id = %(project)s AND m.first_added_day >= period.first_day AND m.first_added_day < period.next_day
),
present AS (
    SELECT member.cohort, period.first_day AS month, count(*) AS present
    FROM member
    JOIN fans_presence AS presence ON presence.project_id = %(project)s AND presence.fan_id = member.fan_id
    JOIN period
        ON presence.begun_day < period.next_day
        AND (presence.ended_day IS NULL OR presence.ended_day >= period.next_day)
    GROUP BY member.cohort, period.first_day
),
active AS (
    SELECT member.cohort, period.first_day AS month, count(DISTINCT event.fan_id) AS active
    FROM period
    JOIN fans_event AS event
        ON event.project_id = %(project)s AND event.day >= period.first_day AND event.day < period.next_day
        AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 4 AND event.inbound
    JOIN member ON member.fan_id = event.fan_id AND member.cohort <= period.first_day
    GROUP BY member.cohort, period.first_day
),
bought AS (
    SELECT
        member.cohort,
        paid.fan_id,
        paid.day,
        row_number() OVER (PARTITION BY paid.fan_id ORDER BY paid.day) AS so_far
    FROM member
    JOIN fans_order AS paid
        ON paid.project_id = %(project)s AND paid.fan_id = member.fan_id AND paid.state = 'counted'
),
buyer AS (
    SELECT bought.cohort, period.first_day AS month, bought.fan_id, max(bought.so_far) AS orders
    FROM bought
    JOIN period ON bought.day >= period.first_day AND bought.day < period.next_day AND bought.cohort <= period.first_day
    GROUP BY bought.cohort, period.first_day, bought.fan_id
),
buyers AS (
    SELECT cohort, month, count(*) AS buyers, count(*) FILTER (WHERE orders >= 2) AS repeat_buyers
    FROM buyer
    GROUP BY cohort, month
)
SELECT
    cohort.first_day AS cohort,
    month.first_day AS month,
    coalesce(present.present, 0) AS present,
    coalesce(active.active, 0) AS active,
    coalesce(buyers.buyers, 0) AS buyers,
    coalesce(buyers.repeat_buyers, 0) AS repeat_buyers
FROM period AS cohort
JOIN period AS month ON month.first_day >= cohort.first_day
LEFT JOIN present ON present.cohort = cohort.first_day AND present.month = month.first_day
LEFT JOIN active ON active.cohort = cohort.first_day AND active.month = month.first_day
LEFT JOIN buyers ON buyers.cohort = cohort.first_day AND buyers.month = month.first_day
ORDER BY cohort.first_day, month.first_day

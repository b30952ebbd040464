-- Inbound interactions of known fans, each once, present or not. A row: a period.
-- Indexes: event_inbound_day (index-only), member_once.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
)
SELECT period.first_day, count(*) AS inbound
FROM period
CROSS JOIN LATERAL (  -- OFFSET 0: a range of the index per period, also while a table just filled has no statistics
    SELECT e.fan_id FROM fans_event AS e
    WHERE
        e.project_id = %(project)s AND e.day >= period.first_day AND e.day < period.next_day
        AND e.superseded_by IS NULL AND e.status = 0 AND e.kind = 4 AND e.inbound
    OFFSET 0
) AS event
JOIN fans_member AS member
    ON member.project_id = %(project)s AND member.fan_id = event.fan_id AND member.known_at IS NOT NULL
GROUP BY period.first_day

-- What a channel reached, cost and brought in the period. A row: a period and a channel (null: fans who named none);
-- reached and cost are null where no day of the period has a figure.
-- Indexes: event_of_day, day_flow_once.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
reported AS (
    SELECT period.first_day, event.channel_id, sum(event.reached) AS reached, sum(event.amount) AS cost
    FROM period
    JOIN fans_event AS event
        ON event.project_id = %(project)s AND event.day >= period.first_day AND event.day < period.next_day
        AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 8
    GROUP BY period.first_day, event.channel_id
),
diverted AS (
    SELECT period.first_day, flow.channel_id, sum(flow.diverted) AS diverted
    FROM period
    CROSS JOIN LATERAL (  -- OFFSET 0 as in flows.sql
        SELECT f.channel_id, f.diverted FROM kpi_dayflow AS f
        WHERE f.project_id = %(project)s AND f.day >= period.first_day AND f.day < period.next_day AND f.diverted <> 0
        OFFSET 0
    ) AS flow
    GROUP BY period.first_day, flow.channel_id
)
SELECT
    coalesce(reported.first_day, diverted.first_day) AS first_day,
    coalesce(reported.channel_id, diverted.channel_id) AS channel_id,
    reported.reached,
    reported.cost,
    coalesce(diverted.diverted, 0) AS diverted
FROM reported
FULL JOIN diverted ON diverted.first_day = reported.first_day AND diverted.channel_id = reported.channel_id

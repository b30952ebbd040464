-- Fans of `seen` with an inbound interaction in the period. A row: a period, the account and guide credited, a channel.
-- Indexes: event_inbound_day (index-only); presence_once and holding_once by fan.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
),
wrote AS (
    SELECT DISTINCT period.first_day, period.next_day, period.before_at, event.fan_id
    FROM period
    JOIN fans_event AS event
        ON event.project_id = %(project)s AND event.day >= period.first_day AND event.day < period.next_day
        AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 4 AND event.inbound
),
credited AS (  -- as in churned.sql; who has neither `before` nor `arrival` was not seen
    SELECT
        wrote.first_day,
        coalesce(before.channel_id, arrival.channel_id) AS channel_id,
        coalesce(held.account_id, arrival.account_id) AS account_id,
        CASE WHEN before.fan_id IS NOT NULL THEN wrote.before_at ELSE arrival.credited_at END AS credited_at
    FROM wrote
    LEFT JOIN fans_presence AS before
        ON before.project_id = %(project)s AND before.fan_id = wrote.fan_id
        AND before.begun_day < wrote.first_day AND (before.ended_day IS NULL OR before.ended_day >= wrote.first_day)
    LEFT JOIN fans_holding AS held
        ON held.project_id = %(project)s AND held.fan_id = wrote.fan_id
        AND held.begun_day < wrote.first_day AND (held.ended_day IS NULL OR held.ended_day >= wrote.first_day)
    LEFT JOIN fans_presence AS arrival
        ON arrival.project_id = %(project)s AND arrival.fan_id = wrote.fan_id
        AND arrival.begun_day >= wrote.first_day AND arrival.begun_day < wrote.next_day
        AND (arrival.before_ended_day IS NULL OR arrival.before_ended_day < wrote.first_day)
    WHERE before.fan_id IS NOT NULL OR arrival.fan_id IS NOT NULL
)
SELECT credited.first_day, credited.account_id, keeping.guide, credited.channel_id, count(*) AS interacted
FROM credited
LEFT JOIN keeping
    ON keeping.account_id = credited.account_id
    AND keeping.since <= credited.credited_at AND credited.credited_at < keeping.until
GROUP BY credited.first_day, credited.account_id, keeping.guide, credited.channel_id

-- Fans of `seen` with an inbound interaction in the period. A row: a period and, as far as `by` asks for them, the
-- account and guide credited and the channel.
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
    SELECT period.first_day, period.next_day, period.before_at, event.fan_id
    FROM period
    CROSS JOIN LATERAL (  -- OFFSET 0: a range of the index per period, also while a table just filled has no statistics
        SELECT DISTINCT e.fan_id FROM fans_event AS e
        WHERE
            e.project_id = %(project)s AND e.day >= period.first_day AND e.day < period.next_day
            AND e.superseded_by IS NULL AND e.status = 0 AND e.kind = 4 AND e.inbound
        OFFSET 0
    ) AS event
),
credited AS (  -- `entry`: of a fan's presences that reach into the period the first; it covers S or else begins first
    SELECT
        wrote.first_day,
        CASE WHEN entry.begun_day < wrote.first_day THEN held.account_id ELSE entry.account_id END AS account_id,
        CASE WHEN entry.begun_day < wrote.first_day THEN wrote.before_at ELSE entry.credited_at END AS credited_at,
        entry.channel_id
    FROM wrote
    JOIN fans_presence AS entry
        ON entry.project_id = %(project)s AND entry.fan_id = wrote.fan_id
        AND entry.begun_day < wrote.next_day
        AND (entry.ended_day IS NULL OR entry.ended_day >= wrote.first_day)
        AND (entry.before_ended_day IS NULL OR entry.before_ended_day < wrote.first_day)
    LEFT JOIN fans_holding AS held
        ON %(by)s IN ('all', 'account', 'guide') AND entry.begun_day < wrote.first_day
        AND held.project_id = %(project)s AND held.fan_id = wrote.fan_id
        AND held.begun_day < wrote.first_day AND (held.ended_day IS NULL OR held.ended_day >= wrote.first_day)
)
SELECT
    credited.first_day,
    CASE WHEN %(by)s IN ('all', 'account') THEN credited.account_id END AS account_id,
    CASE WHEN %(by)s IN ('all', 'guide') THEN keeping.guide END AS guide,
    CASE WHEN %(by)s IN ('all', 'channel') THEN credited.channel_id END AS channel_id,
    count(*) AS interacted
FROM credited
LEFT JOIN keeping
    ON keeping.account_id = credited.account_id
    AND keeping.since <= credited.credited_at AND credited.credited_at < keeping.until
GROUP BY 1, 2, 3, 4

-- Fans of `seen` who were not in P(S). A row: a period and, as far as `by` asks for them, the account and guide
-- credited and the channel.
-- Of such a fan exactly one presence begun in the period has none before it that reached the period: her first there.
-- Index: presence_by_begin.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
)
SELECT
    period.first_day,
    CASE WHEN %(by)s IN ('all', 'account') THEN presence.account_id END AS account_id,
    CASE WHEN %(by)s IN ('all', 'guide') THEN keeping.guide END AS guide,
    CASE WHEN %(by)s IN ('all', 'channel') THEN presence.channel_id END AS channel_id,
    count(*) AS arrived
FROM period
JOIN fans_presence AS presence
    ON presence.project_id = %(project)s
    AND presence.begun_day >= period.first_day AND presence.begun_day < period.next_day
    AND (presence.before_ended_day IS NULL OR presence.before_ended_day < period.first_day)
LEFT JOIN keeping
    ON keeping.account_id = presence.account_id
    AND keeping.since <= presence.credited_at AND presence.credited_at < keeping.until
GROUP BY 1, 2, 3, 4

-- Ratings of known fans. A row: a period, the account that held her at the instant and its guide, a channel.
-- Indexes: event_of_day, member_once, holding_once.
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
    holding.account_id,
    keeping.guide,
    member.channel_id,
    count(*) AS rated,
    count(*) FILTER (WHERE event.score >= 4) AS rated_good
FROM period
JOIN fans_event AS event
    ON event.project_id = %(project)s AND event.day >= period.first_day AND event.day < period.next_day
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 5
JOIN fans_member AS member
    ON member.project_id = %(project)s AND member.fan_id = event.fan_id AND member.known_at IS NOT NULL
LEFT JOIN fans_holding AS holding
    ON holding.project_id = %(project)s AND holding.fan_id = event.fan_id
    AND holding.begun_at <= event.at AND (holding.ended_at IS NULL OR event.at < holding.ended_at)
LEFT JOIN keeping
    ON keeping.account_id = holding.account_id AND keeping.since <= event.at AND event.at < keeping.until
GROUP BY period.first_day, holding.account_id, keeping.guide, member.channel_id

-- Ratings of one period, one by one. A row: a rating of a known fan; ascending by the event's id from behind `after`.
-- `only`: all of them, or good ones.
-- Indexes: event_of_day, member_once, holding_once.
WITH keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
)
SELECT event.id AS position, event.key AS id, fan.code AS fan, event.at, event.score >= 4 AS good
FROM fans_event AS event
JOIN fans_member AS member
    ON member.project_id = %(project)s AND member.fan_id = event.fan_id AND member.known_at IS NOT NULL
JOIN fans_fan AS fan ON fan.id = event.fan_id
LEFT JOIN fans_holding AS holding
    ON holding.project_id = %(project)s AND holding.fan_id = event.fan_id
    AND holding.begun_at <= event.at AND (holding.ended_at IS NULL OR event.at < holding.ended_at)
LEFT JOIN keeping
    ON keeping.account_id = holding.account_id AND keeping.since <= event.at AND event.at < keeping.until
WHERE
    event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 5
    AND event.id > %(after)s
    AND (event.score >= 4 OR %(only)s <> 'good')
    AND CASE %(by)s
        WHEN 'account' THEN holding.account_id IS NOT DISTINCT FROM %(part_id)s
        WHEN 'guide' THEN keeping.guide IS NOT DISTINCT FROM %(part)s
        WHEN 'channel' THEN member.channel_id IS NOT DISTINCT FROM %(part_id)s
        ELSE TRUE
    END
ORDER BY event.id
LIMIT %(limit)s

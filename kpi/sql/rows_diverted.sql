-- Diverted fans of one period, one by one. A row: a fan; `at`: her first addition; ascending by fan_id from behind
-- `after`.
-- `only`: all of them, valid ones (diverted.sql), those who name a KOC post or a referrer, or those of channels that
-- report reach.
-- Index: member_by_first_day.
WITH keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
)
SELECT member.fan_id AS position, fan.code AS id, fan.code AS fan, member.first_added_at AS at
FROM fans_member AS member
JOIN fans_fan AS fan ON fan.id = member.fan_id
LEFT JOIN keeping
    ON keeping.account_id = member.account_id
    AND keeping.since <= member.credited_at AND member.credited_at < keeping.until
WHERE
    member.project_id = %(project)s AND member.fan_id > %(after)s
    AND member.first_added_day >= %(first_day)s AND member.first_added_day < %(next_day)s
    AND NOT member.opening
    AND CASE %(only)s
        WHEN 'valid' THEN
            member.first_lost_at IS NULL
            OR member.first_lost_at >= member.first_added_at + make_interval(hours => %(valid_after_hours)s)
        WHEN 'koc' THEN member.koc_post IS NOT NULL
        WHEN 'referral' THEN member.referrer IS NOT NULL
        WHEN 'reported' THEN EXISTS (
            SELECT FROM fans_event AS event
            WHERE event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
            AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 8
            AND event.channel_id = member.channel_id AND event.reached IS NOT NULL
        )
        ELSE TRUE
    END
    AND CASE %(by)s
        WHEN 'account' THEN member.account_id IS NOT DISTINCT FROM %(part_id)s
        WHEN 'guide' THEN keeping.guide IS NOT DISTINCT FROM %(part)s
        WHEN 'channel' THEN member.channel_id IS NOT DISTINCT FROM %(part_id)s
        ELSE TRUE
    END
ORDER BY member.fan_id
LIMIT %(limit)s

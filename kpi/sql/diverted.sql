-- Diverted fans: first presence begun in the period, by an addition that is not opening stock. A row: a period, the
-- account and guide credited, a channel. A first loss within the sheet's hours (their end excluded) makes one invalid.
-- Index: member_by_first_day.
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
    member.account_id,
    keeping.guide,
    member.channel_id,
    count(*) AS diverted,
    count(*) FILTER (
        WHERE member.first_lost_at IS NULL
        OR member.first_lost_at >= member.first_added_at + make_interval(hours => %(valid_after_hours)s)
    ) AS valid,
    count(*) FILTER (WHERE member.koc_post IS NOT NULL) AS koc,
    count(*) FILTER (WHERE member.referrer IS NOT NULL) AS referral
FROM period
JOIN fans_member AS member
    ON member.project_id = %(project)s
    AND member.first_added_day >= period.first_day AND member.first_added_day < period.next_day
    AND NOT member.opening
LEFT JOIN keeping
    ON keeping.account_id = member.account_id
    AND keeping.since <= member.credited_at AND member.credited_at < keeping.until
GROUP BY period.first_day, member.account_id, keeping.guide, member.channel_id

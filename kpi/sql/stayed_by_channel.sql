-- Diverted fans of a range and how many of them were present so many hours after their first addition, as in P(X).
-- A row: a channel (null: named none). Indexes: member_by_first_day, presence_once.
SELECT
    channel.code AS channel,
    count(*) AS fans,
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM fans_presence AS presence
        WHERE presence.project_id = %(project)s AND presence.fan_id = member.fan_id
        AND presence.begun_at < member.first_added_at + make_interval(hours => %(hours)s)
        AND (
            presence.ended_at IS NULL
            OR presence.ended_at >= member.first_added_at + make_interval(hours => %(hours)s)
        )
    )) AS stayed
FROM fans_member AS member
LEFT JOIN projects_channel AS channel ON channel.id = member.channel_id
WHERE
    member.project_id = %(project)s AND NOT member.opening
    AND member.first_added_day >= %(first_day)s AND member.first_added_day < %(next_day)s
GROUP BY channel.code
ORDER BY channel.code NULLS LAST

-- Diverted fans of a range and how many of them were present 1, 7 and 30 times 24 hours after their first addition, as
-- in P(X): begun before that instant, not ended before it. One row; `newest` is the last first addition.
-- Indexes: member_by_first_day, presence_once.
WITH diverted AS (
    SELECT member.fan_id, member.first_added_at
    FROM fans_member AS member
    WHERE
        member.project_id = %(project)s AND NOT member.opening
        AND member.first_added_day >= %(first_day)s AND member.first_added_day < %(next_day)s
),
stayed AS (
    SELECT
        diverted.fan_id,
        bool_or(presence.begun_at < later.d1 AND (presence.ended_at IS NULL OR presence.ended_at >= later.d1)) AS d1,
        bool_or(presence.begun_at < later.d7 AND (presence.ended_at IS NULL OR presence.ended_at >= later.d7)) AS d7,
        bool_or(presence.begun_at < later.d30 AND (presence.ended_at IS NULL OR presence.ended_at >= later.d30)) AS d30
    FROM diverted
    CROSS JOIN LATERAL (
        SELECT
            diverted.first_added_at + interval '24 hours' AS d1,
            diverted.first_added_at + interval '168 hours' AS d7,
            diverted.first_added_at + interval '720 hours' AS d30
    ) AS later
    JOIN fans_presence AS presence ON presence.project_id = %(project)s AND presence.fan_id = diverted.fan_id
    GROUP BY diverted.fan_id
)
SELECT
    (SELECT count(*) FROM diverted) AS fans,
    (SELECT max(first_added_at) FROM diverted) AS newest,
    count(*) FILTER (WHERE d1) AS d1,
    count(*) FILTER (WHERE d7) AS d7,
    count(*) FILTER (WHERE d30) AS d30
FROM stayed

-- KOC posts that were published in a range, or whose users were diverted in it. A row: a post; `users`: the diverted fans
-- of the range that name it; platform and day are null where the post itself is not known.
-- Indexes: member_by_first_day, event_of_day, event_identity_once.
WITH brought AS (
    SELECT member.koc_post AS post, count(*) AS users
    FROM fans_member AS member
    WHERE
        member.project_id = %(project)s AND NOT member.opening AND member.koc_post IS NOT NULL
        AND member.first_added_day >= %(first_day)s AND member.first_added_day < %(next_day)s
    GROUP BY member.koc_post
),
published AS (
    SELECT event.key AS post
    FROM fans_event AS event
    WHERE
        event.project_id = %(project)s AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 9
        AND event.day >= %(first_day)s AND event.day < %(next_day)s
)
SELECT
    post,
    coalesce(brought.users, 0) AS users,
    published.post IS NOT NULL AS is_new,
    event.platform,
    event.day
FROM brought
FULL JOIN published USING (post)
LEFT JOIN fans_event AS event
    ON event.project_id = %(project)s AND event.kind = 9 AND event.key = post AND event.superseded_by IS NULL
    AND event.status = 0
ORDER BY coalesce(brought.users, 0) DESC, post

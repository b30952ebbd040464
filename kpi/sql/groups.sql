-- Memberships of groups in a range of instants. A row: a group; its members just before the range, those who joined and who
-- left in it. One who joins, leaves and joins again counts twice in `added` and once in `lost`.
-- Index: tie_of_fan.
SELECT
    tie.group_code AS "group",
    count(*) FILTER (WHERE tie.opened_at < %(start)s AND (tie.closed_at IS NULL OR tie.closed_at >= %(start)s)) AS before,
    count(*) FILTER (WHERE tie.opened_at >= %(start)s) AS added,
    count(*) FILTER (WHERE tie.closed_at >= %(start)s AND tie.closed_at < %(until)s) AS lost
FROM fans_tie AS tie
WHERE
    tie.project_id = %(project)s AND tie.kind = 2 AND tie.opened_at < %(until)s
    AND (tie.closed_at IS NULL OR tie.closed_at >= %(start)s)
GROUP BY tie.group_code
ORDER BY tie.group_code

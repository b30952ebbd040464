-- What came after merge %(seq)s and is dated before %(until)s (additions, decisions and losses: before %(fold_until)s),
-- identity by identity, however often it changed in between: late where nothing was in force then, corrected, withdrawn.
-- A row: a kind of event and what became of it; how many, their first and last day (of what stood before, where
-- something did), the merges that brought the first and the last.
-- Indexes: event_of_merge, event_ended_by_merge.
WITH now AS (
    SELECT event.kind, event.key, event.status, event.day, event.seq
    FROM fans_event AS event
    WHERE event.project_id = %(project)s AND event.seq > %(seq)s AND event.superseded_by IS NULL
),
was AS (
    SELECT event.kind, event.key, event.day
    FROM fans_event AS event
    WHERE
        event.project_id = %(project)s AND event.superseded_seq > %(seq)s AND event.seq <= %(seq)s AND event.status = 0
),
change AS (
    SELECT
        now.kind,
        CASE WHEN was.key IS NULL THEN 'late' WHEN now.status = 0 THEN 'corrected' ELSE 'withdrawn' END AS what,
        least(was.day, now.day) AS day,
        now.seq
    FROM now
    LEFT JOIN was USING (kind, key)
    WHERE was.key IS NOT NULL OR now.status = 0
)
SELECT change.kind, change.what, count(*) AS count, min(change.day) AS first_day, max(change.day) AS last_day,
    min(change.seq) AS first_seq, max(change.seq) AS last_seq
FROM change
WHERE change.day < CASE WHEN change.kind <= 3 THEN %(fold_until)s ELSE %(until)s END
GROUP BY change.kind, change.what
ORDER BY change.kind, change.what

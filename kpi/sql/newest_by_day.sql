-- The newest merge after %(seq)s that changed anything dated on a day: new, corrected or withdrawn. A row: a day.
-- Indexes: event_of_merge, event_ended_by_merge.
SELECT touched.day, max(touched.seq) AS seq
FROM (
    SELECT event.day, event.seq FROM fans_event AS event
    WHERE event.project_id = %(project)s AND event.seq > %(seq)s
    UNION ALL
    SELECT event.day, event.superseded_seq FROM fans_event AS event
    WHERE event.project_id = %(project)s AND event.superseded_seq > %(seq)s
) AS touched
WHERE touched.day IS NOT NULL
GROUP BY touched.day
ORDER BY touched.day

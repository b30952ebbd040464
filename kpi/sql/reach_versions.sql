-- What was said of the reach of channel days from first_day to before next_day, in the order it came. A row: a version of a
-- channel's day; reached is NULL where it brought none or took the figure back. The key begins with the day.
-- Index: event_channel_days.
SELECT
    substr(version.key, 12) AS channel,
    left(version.key, 10)::date AS day,
    CASE version.status WHEN 0 THEN version.reached END AS reached,
    merge.merged_at AS at,
    batch.made_by
FROM fans_event AS version
JOIN fans_merge AS merge ON merge.id = version.seq
JOIN fans_batch AS batch ON batch.id = merge.batch_id
WHERE version.project_id = %(project)s AND version.kind = 8
    AND version.key >= %(first_day)s::date::text AND version.key < %(next_day)s::date::text
ORDER BY version.seq, version.id

-- Days of channels in one period. A row: a channel's day with a figure for reach or (`only` 'cost') for cost; ascending
-- by the event's id from behind `after`.
-- Index: event_of_day.
SELECT
    event.id AS position,
    event.key AS id,
    NULL::text AS fan,
    event.day AS at,
    CASE WHEN %(only)s = 'cost' THEN event.amount ELSE event.reached END AS amount
FROM fans_event AS event
WHERE
    event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 8
    AND event.id > %(after)s
    AND CASE WHEN %(only)s = 'cost' THEN event.amount IS NOT NULL ELSE event.reached IS NOT NULL END
    AND CASE %(by)s WHEN 'channel' THEN event.channel_id IS NOT DISTINCT FROM %(part_id)s ELSE TRUE END
ORDER BY event.id
LIMIT %(limit)s

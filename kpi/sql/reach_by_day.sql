-- What channels reached on which days of first_day..last_day, both included. A row: a channel's day with a figure.
-- Index: event_of_day.
SELECT channel.code AS channel, event.day, event.reached
FROM fans_event AS event
JOIN projects_channel AS channel ON channel.id = event.channel_id
WHERE event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day <= %(last_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 8 AND event.reached IS NOT NULL

-- KOC posts dated in one period, one by one. A row: a post; ascending by the event's id from behind `after`.
-- Index: event_of_day.
SELECT event.id AS position, event.key AS id, fan.code AS fan, event.at
FROM fans_event AS event
LEFT JOIN fans_fan AS fan ON fan.id = event.fan_id
WHERE
    event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 9
    AND event.id > %(after)s
ORDER BY event.id
LIMIT %(limit)s

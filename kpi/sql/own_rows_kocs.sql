-- Authors of KOC posts dated in one period, one by one. A row: an author; `at`: her first of them; ascending by fan_id
-- from behind `after`.
-- Index: event_of_day.
SELECT event.fan_id AS position, fan.code AS id, fan.code AS fan, min(event.at) AS at
FROM fans_event AS event
JOIN fans_fan AS fan ON fan.id = event.fan_id
WHERE
    event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 9
    AND event.fan_id > %(after)s
GROUP BY event.fan_id, fan.code
ORDER BY event.fan_id
LIMIT %(limit)s

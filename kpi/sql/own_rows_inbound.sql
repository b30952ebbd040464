-- Inbound interactions of known fans in one period, one by one. A row: an interaction; ascending by the event's id from
-- behind `after`.
-- Indexes: event_inbound_day, member_once.
SELECT event.id AS position, event.key AS id, fan.code AS fan, event.at
FROM fans_event AS event
JOIN fans_member AS member
    ON member.project_id = %(project)s AND member.fan_id = event.fan_id AND member.known_at IS NOT NULL
JOIN fans_fan AS fan ON fan.id = event.fan_id
WHERE
    event.project_id = %(project)s AND event.day >= %(first_day)s AND event.day < %(next_day)s
    AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 4 AND event.inbound
    AND event.id > %(after)s
ORDER BY event.id
LIMIT %(limit)s

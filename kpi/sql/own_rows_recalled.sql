-- Recalled fans of one period, one by one. A row: a fan; `at`: when her first presence of the period began that is not
-- her first of all; ascending by fan_id from behind `after`.
-- Index: presence_by_begin.
SELECT presence.fan_id AS position, fan.code AS id, fan.code AS fan, min(presence.begun_at) AS at
FROM fans_presence AS presence
JOIN fans_fan AS fan ON fan.id = presence.fan_id
WHERE
    presence.project_id = %(project)s AND presence.fan_id > %(after)s
    AND presence.begun_day >= %(first_day)s AND presence.begun_day < %(next_day)s
    AND presence.number > 1
GROUP BY presence.fan_id, fan.code
ORDER BY presence.fan_id
LIMIT %(limit)s

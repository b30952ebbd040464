-- How many additions are in force for each fan staged in chunk_fan. A row is a fan with at least one. Index: event_of_fan.
ANALYZE chunk_fan;

SELECT f.code, count(*)
FROM chunk_fan c
JOIN fans_fan f ON f.code = c.code
JOIN fans_event e
  ON e.project_id = %(project)s AND e.fan_id = f.id AND e.kind = 1 AND e.superseded_by IS NULL AND e.status = 0
GROUP BY f.code

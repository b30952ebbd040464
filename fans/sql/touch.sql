-- What merge %(seq)s touched, by its new versions and by those they superseded: fans to fold anew, phones whose orders may
-- bind differently, days of events that count by themselves. Fans that are named for the first time become members,
-- unknown until an addition is in force. Indexes: event_of_merge, event_ended_by_merge.
CREATE TEMPORARY TABLE touched_event ON COMMIT DROP AS
SELECT kind, fan_id, day, inbound, phone_index FROM fans_event WHERE seq = %(seq)s
UNION ALL
SELECT kind, fan_id, day, inbound, phone_index FROM fans_event WHERE superseded_seq = %(seq)s;

INSERT INTO touched_fan SELECT DISTINCT fan_id FROM touched_event WHERE kind IN (1, 2, 3) AND fan_id IS NOT NULL;
INSERT INTO touched_phone SELECT DISTINCT phone_index FROM touched_event WHERE kind = 1 AND phone_index IS NOT NULL;
INSERT INTO touched_day
SELECT DISTINCT day FROM touched_event WHERE (kind = 4 AND inbound OR kind IN (5, 8, 9, 10)) AND day IS NOT NULL;

INSERT INTO fans_member (project_id, fan_id, opening)
SELECT DISTINCT %(project)s::bigint, t.fan_id, false
FROM touched_event t
WHERE t.kind IN (1, 2, 3, 4, 5) AND t.fan_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM fans_member m WHERE m.project_id = %(project)s AND m.fan_id = t.fan_id);

DROP TABLE touched_event;
ANALYZE touched_fan

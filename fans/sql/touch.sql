-- What merge %(seq)s touched, by its new versions and by those they superseded: fans to fold anew, phones whose orders may
-- bind differently, days of events that count by themselves. Indexes: event_of_merge, event_ended_by_merge.
CREATE TEMPORARY TABLE touched_event ON COMMIT DROP AS
SELECT kind, fan_id, day, inbound, phone_index FROM fans_event WHERE seq = %(seq)s
UNION ALL
SELECT kind, fan_id, day, inbound, phone_index FROM fans_event WHERE superseded_seq = %(seq)s;

INSERT INTO touched_fan SELECT DISTINCT fan_id FROM touched_event WHERE kind IN (1, 2, 3) AND fan_id IS NOT NULL;
INSERT INTO touched_phone SELECT DISTINCT phone_index FROM touched_event WHERE kind = 1 AND phone_index IS NOT NULL;
INSERT INTO touched_day
SELECT DISTINCT day FROM touched_event
WHERE (kind = 4 AND inbound OR kind IN (5, 8, 9, 10) OR kind >= 11) AND day IS NOT NULL;

ANALYZE touched_fan

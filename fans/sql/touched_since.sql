-- Fans whose additions, decisions or losses merges after %(seq)s brought or replaced, into touched_fan; every member where
-- %(every)s. Indexes: event_of_merge, event_ended_by_merge, member_once.
INSERT INTO touched_fan
SELECT fan_id FROM fans_event
WHERE project_id = %(project)s AND seq > %(seq)s AND kind IN (1, 2, 3) AND fan_id IS NOT NULL
UNION
SELECT fan_id FROM fans_event
WHERE project_id = %(project)s AND superseded_seq > %(seq)s AND kind IN (1, 2, 3) AND fan_id IS NOT NULL
UNION
SELECT fan_id FROM fans_member WHERE project_id = %(project)s AND %(every)s;
CREATE UNIQUE INDEX ON touched_fan (fan_id);
ANALYZE touched_fan

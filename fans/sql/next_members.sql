-- Put the next %(most)s members after fan id %(after)s into touched_fan. The row is the last one's id. Index: member_once.
INSERT INTO touched_fan
SELECT fan_id FROM fans_member WHERE project_id = %(project)s AND fan_id > %(after)s ORDER BY fan_id LIMIT %(most)s;
ANALYZE touched_fan;

SELECT max(fan_id) FROM touched_fan

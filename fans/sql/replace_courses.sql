-- Compare what was folded (new_*) with what stood for the fans in touched_fan; replace it for those where anything differs
-- (changed_fan) and mark every day on which such a fan counts, before or after: begins and ends of presences and holdings,
-- inbound interactions, ratings. A day not among them has the same figures as before. Indexes: *_once, tie_of_fan,
-- event_of_fan.
ANALYZE new_member;
ANALYZE new_presence;
ANALYZE new_holding;
ANALYZE new_tie;

CREATE TEMPORARY VIEW old_member AS
SELECT m.fan_id, m.known_at, m.first_added_at, m.first_added_day, m.channel_id, m.opening, m.koc_post, m.referrer,
       m.first_lost_at, m.account_id, m.credited_at
FROM touched_fan t JOIN fans_member m ON m.project_id = %(project)s AND m.fan_id = t.fan_id;

CREATE TEMPORARY VIEW old_tie AS
SELECT x.fan_id, x.kind, x.account_id, x.group_code, x.opened_at, x.closed_at
FROM touched_fan t JOIN fans_tie x ON x.project_id = %(project)s AND x.fan_id = t.fan_id;

CREATE TEMPORARY VIEW old_presence AS
SELECT p.fan_id, p.number, p.begun_at, p.begun_day, p.ended_at, p.ended_day, p.before_ended_day, p.after_begun_day,
       p.account_id, p.credited_at, p.channel_id
FROM touched_fan t JOIN fans_presence p ON p.project_id = %(project)s AND p.fan_id = t.fan_id;

CREATE TEMPORARY VIEW old_holding AS
SELECT h.fan_id, h.number, h.account_id, h.begun_at, h.begun_day, h.ended_at, h.ended_day, h.channel_id
FROM touched_fan t JOIN fans_holding h ON h.project_id = %(project)s AND h.fan_id = t.fan_id;

CREATE TEMPORARY TABLE changed_member ON COMMIT DROP AS
SELECT DISTINCT fan_id FROM (
    (TABLE new_member EXCEPT TABLE old_member) UNION ALL (TABLE old_member EXCEPT TABLE new_member)
) differs;
CREATE TEMPORARY TABLE changed_tie ON COMMIT DROP AS
SELECT DISTINCT fan_id FROM (
    (TABLE new_tie EXCEPT ALL TABLE old_tie) UNION ALL (TABLE old_tie EXCEPT ALL TABLE new_tie)
) differs;
CREATE TEMPORARY TABLE changed_presence ON COMMIT DROP AS
SELECT DISTINCT fan_id FROM (
    (TABLE new_presence EXCEPT TABLE old_presence) UNION ALL (TABLE old_presence EXCEPT TABLE new_presence)
) differs;
CREATE TEMPORARY TABLE changed_holding ON COMMIT DROP AS
SELECT DISTINCT fan_id FROM (
    (TABLE new_holding EXCEPT TABLE old_holding) UNION ALL (TABLE old_holding EXCEPT TABLE new_holding)
) differs;
INSERT INTO changed_fan
TABLE changed_member UNION TABLE changed_tie UNION TABLE changed_presence UNION TABLE changed_holding;
DROP VIEW old_member, old_tie, old_presence, old_holding;
ANALYZE changed_fan;

-- All days of a changed fan count, before …
INSERT INTO touched_day
SELECT p.begun_day FROM changed_fan c JOIN fans_presence p ON p.project_id = %(project)s AND p.fan_id = c.fan_id
UNION
SELECT p.ended_day FROM changed_fan c JOIN fans_presence p ON p.project_id = %(project)s AND p.fan_id = c.fan_id
UNION
SELECT h.begun_day FROM changed_fan c JOIN fans_holding h ON h.project_id = %(project)s AND h.fan_id = c.fan_id
UNION
SELECT h.ended_day FROM changed_fan c JOIN fans_holding h ON h.project_id = %(project)s AND h.fan_id = c.fan_id;

DELETE FROM fans_tie x USING changed_tie c WHERE x.project_id = %(project)s AND x.fan_id = c.fan_id;
DELETE FROM fans_presence p USING changed_presence c WHERE p.project_id = %(project)s AND p.fan_id = c.fan_id;
DELETE FROM fans_holding h USING changed_holding c WHERE h.project_id = %(project)s AND h.fan_id = c.fan_id;

UPDATE fans_member m SET
    known_at = n.known_at, first_added_at = n.first_added_at, first_added_day = n.first_added_day,
    channel_id = n.channel_id, opening = n.opening, koc_post = n.koc_post, referrer = n.referrer,
    first_lost_at = n.first_lost_at, account_id = n.account_id, credited_at = n.credited_at
FROM changed_member c JOIN new_member n USING (fan_id)
WHERE m.project_id = %(project)s AND m.fan_id = c.fan_id;

INSERT INTO fans_tie (project_id, fan_id, kind, account_id, group_code, opened_at, closed_at)
SELECT %(project)s, n.* FROM new_tie n JOIN changed_tie c USING (fan_id);
INSERT INTO fans_presence (
    project_id, fan_id, number, begun_at, begun_day, ended_at, ended_day, before_ended_day, after_begun_day, account_id,
    credited_at, channel_id)
SELECT %(project)s, n.* FROM new_presence n JOIN changed_presence c USING (fan_id);
INSERT INTO fans_holding (
    project_id, fan_id, number, account_id, begun_at, begun_day, ended_at, ended_day, channel_id)
SELECT %(project)s, n.* FROM new_holding n JOIN changed_holding c USING (fan_id);
DROP TABLE changed_member, changed_tie, changed_presence, changed_holding;

-- … and after.
INSERT INTO touched_day
SELECT n.begun_day FROM new_presence n JOIN changed_fan USING (fan_id)
UNION SELECT n.ended_day FROM new_presence n JOIN changed_fan USING (fan_id) WHERE n.ended_day IS NOT NULL
UNION SELECT n.begun_day FROM new_holding n JOIN changed_fan USING (fan_id)
UNION SELECT n.ended_day FROM new_holding n JOIN changed_fan USING (fan_id) WHERE n.ended_day IS NOT NULL
UNION SELECT e.day
FROM changed_fan c
JOIN fans_event e
  ON e.project_id = %(project)s AND e.fan_id = c.fan_id AND e.kind IN (4, 5) AND e.superseded_by IS NULL AND e.status = 0
WHERE e.kind = 5 OR e.inbound;

INSERT INTO touched_phone
SELECT e.phone_index
FROM changed_fan c
JOIN fans_event e
  ON e.project_id = %(project)s AND e.fan_id = c.fan_id AND e.kind = 1 AND e.superseded_by IS NULL AND e.status = 0
WHERE e.phone_index IS NOT NULL

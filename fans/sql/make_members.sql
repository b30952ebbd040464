-- Fans that are named for the first time become members, unknown until an addition is in force. No join decides who is
-- new: of a project that has just begun the planner knows no members yet, and would compare each fan with every other.
-- Index: member_once.
INSERT INTO fans_member (project_id, fan_id, opening)
SELECT DISTINCT %(project)s::bigint, t.fan_id, false
FROM touched_event t
WHERE t.kind IN (1, 2, 3, 4, 5) AND t.fan_id IS NOT NULL
ON CONFLICT (project_id, fan_id) DO NOTHING;

DROP TABLE touched_event

-- The orders that merge %(seq)s may have changed, into touched_order: its own, those of changed fans or naming them, those
-- with a touched phone, and under a window rule those within %(window_hours)s hours after a touch of the merge.
-- Indexes: event_of_merge, event_ended_by_merge, order_*.
INSERT INTO touched_order
SELECT key FROM fans_event WHERE seq = %(seq)s AND kind = 6
UNION
SELECT key FROM fans_event WHERE superseded_seq = %(seq)s AND kind = 6
UNION
SELECT o.number FROM changed_fan c JOIN fans_order o ON o.project_id = %(project)s AND o.fan_id = c.fan_id
UNION
SELECT o.number FROM changed_fan c JOIN fans_order o ON o.project_id = %(project)s AND o.named_fan_id = c.fan_id
UNION
SELECT o.number FROM (SELECT DISTINCT phone_index FROM touched_phone) p
JOIN fans_order o ON o.project_id = %(project)s AND o.phone_index = p.phone_index
UNION
SELECT o.number
FROM (
    SELECT fan_id, at FROM fans_event WHERE seq = %(seq)s AND kind = 4 AND NOT inbound
    UNION ALL
    SELECT fan_id, at FROM fans_event WHERE superseded_seq = %(seq)s AND kind = 4 AND NOT inbound
) touch
JOIN fans_order o
  ON o.project_id = %(project)s AND o.fan_id = touch.fan_id AND o.at >= touch.at
 AND o.at <= touch.at + make_interval(hours => %(window_hours)s)
WHERE %(window_hours)s::int IS NOT NULL;
ANALYZE touched_order;

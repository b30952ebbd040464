-- The fans that an applied plan moved at %(applied_at)s and that its accounts do not hold by that move any more at %(now)s:
-- gone, or moved since (also where she came back by another decision). A row is a fan. Indexes: event_identity_once,
-- holding_once, presence_once.
SELECT m.fan_id, f.code, p.fan_id IS NULL
FROM fans_plannedmove m
JOIN fans_event e
  ON e.project_id = %(project)s AND e.kind = 2 AND e.key = 'siyu:plan:' || m.plan_id || ':' || m.fan_id
 AND e.superseded_by IS NULL
JOIN fans_fan f ON f.id = m.fan_id
LEFT JOIN fans_presence p
  ON p.project_id = %(project)s AND p.fan_id = m.fan_id AND p.begun_at <= %(now)s AND (p.ended_at IS NULL OR p.ended_at > %(now)s)
LEFT JOIN fans_holding h
  ON h.project_id = %(project)s AND h.fan_id = m.fan_id AND h.account_id = m.to_account_id AND h.begun_at = %(applied_at)s
 AND (h.ended_at IS NULL OR h.ended_at > %(now)s)
WHERE m.plan_id = %(plan)s AND (e.status <> 0 OR p.fan_id IS NULL OR h.fan_id IS NULL)
ORDER BY f.code

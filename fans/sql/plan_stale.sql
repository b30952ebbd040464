-- The plan's fans of whom the plan is no longer true at %(now)s: not present, or held by another account. A row is a fan.
-- Indexes: presence_once, holding_once.
SELECT m.fan_id, f.code, p.fan_id IS NULL
FROM fans_plannedmove m
JOIN fans_fan f ON f.id = m.fan_id
LEFT JOIN fans_presence p
  ON p.project_id = %(project)s AND p.fan_id = m.fan_id AND p.begun_at <= %(now)s AND (p.ended_at IS NULL OR p.ended_at > %(now)s)
LEFT JOIN fans_holding h
  ON h.project_id = %(project)s AND h.fan_id = m.fan_id AND h.begun_at <= %(now)s AND (h.ended_at IS NULL OR h.ended_at > %(now)s)
WHERE m.plan_id = %(plan)s AND (p.fan_id IS NULL OR h.account_id IS DISTINCT FROM m.from_account_id)
ORDER BY f.code

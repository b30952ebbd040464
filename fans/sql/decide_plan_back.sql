-- Record as events of merge %(seq)s, dated %(now)s, that the fans whom an applied plan moved go back to who held them before
-- (null: nobody), each naming the plan's account as the holder it expects; fans in %(kept)s are left out, and so are those
-- whom the plan itself left out. A row is a decision.
INSERT INTO fans_event (
    project_id, kind, key, status, seq, hash, source, at, day, fan_id, account_id, from_given, from_account_id, extra)
SELECT %(project)s, 2, 'siyu:plan:' || m.plan_id || ':' || m.fan_id || ':back', 0, %(seq)s,
       decode(md5('siyu:plan:' || m.plan_id || ':' || m.fan_id || ':back'), 'hex'), 'siyu', %(now)s, %(day)s, m.fan_id,
       m.from_account_id, true, m.to_account_id, %(extra)s::jsonb
FROM fans_plannedmove m
JOIN fans_event e
  ON e.project_id = %(project)s AND e.kind = 2 AND e.key = 'siyu:plan:' || m.plan_id || ':' || m.fan_id
 AND e.superseded_by IS NULL AND e.status = 0
WHERE m.plan_id = %(plan)s AND m.id BETWEEN %(first)s AND %(last)s AND NOT m.fan_id = ANY(%(kept)s)

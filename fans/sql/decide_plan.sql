-- Record the plan's decisions as events of merge %(seq)s, dated %(now)s, each naming the holder it expects; fans in %(stale)s
-- are left out. A row is a decision. The digest only tells these versions from what a source might send under the same id.
INSERT INTO fans_event (
    project_id, kind, key, status, seq, hash, source, at, day, fan_id, account_id, from_given, from_account_id, extra)
SELECT %(project)s, 2, 'siyu:plan:' || m.plan_id || ':' || m.fan_id, 0, %(seq)s,
       decode(md5('siyu:plan:' || m.plan_id || ':' || m.fan_id), 'hex'), 'siyu', %(now)s, %(day)s, m.fan_id,
       m.to_account_id, true, m.from_account_id, %(extra)s::jsonb
FROM fans_plannedmove m
WHERE m.plan_id = %(plan)s AND m.id BETWEEN %(first)s AND %(last)s AND NOT m.fan_id = ANY(%(stale)s)

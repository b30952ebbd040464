-- Record the automatic decisions of merge %(seq)s, planned in plan %(plan)s: dated at her addition where that is less than a
-- day old, else now; `from` is nobody. A row is a decision; its day is set by the caller's bounds %(starts)s of the days
-- %(days)s. Index: primary keys.
INSERT INTO fans_event (
    project_id, kind, key, status, seq, hash, source, at, day, fan_id, account_id, from_given, from_account_id, extra)
SELECT %(project)s, 2, 'siyu:auto:' || m.plan_id || ':' || m.fan_id, 0, %(seq)s,
       decode(md5('siyu:auto:' || m.plan_id || ':' || m.fan_id), 'hex'), 'siyu', dated.at,
       (%(days)s::date[])[width_bucket(dated.at, %(starts)s::timestamptz[])], m.fan_id, m.to_account_id, true, NULL,
       %(extra)s::jsonb
FROM fans_plannedmove m
JOIN plan_candidate c ON c.fan_id = m.fan_id
CROSS JOIN LATERAL (SELECT CASE WHEN c.begun_at >= %(now)s - interval '24 hours' THEN c.begun_at ELSE %(now)s END AS at) dated
WHERE m.plan_id = %(plan)s AND m.id BETWEEN %(first)s AND %(last)s

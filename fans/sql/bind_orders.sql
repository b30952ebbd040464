-- Bind the orders in touched_order anew, into new_order. A row is an order in force with its fan, state, account and channel.
-- Indexes: event_identity_once, event_of_phone, event_of_fan, member_once, holding_once.
INSERT INTO new_order
SELECT e.key, e.id, e.at, e.day, e.amount, e.fan_id, e.phone_index, e.platform, coalesce(e.dual, false), e.proof, m.fan_id,
    CASE
        WHEN rule.name = 'full' THEN 'counted'
        WHEN m.fan_id IS NULL THEN 'unbound'
        WHEN m.first_added_at IS NULL OR m.first_added_at > e.at THEN 'before_added'
        WHEN rule.name = 'any_fan' THEN 'counted'
        WHEN rule.name = 'proof' AND e.proof IS NOT NULL THEN 'counted'
        WHEN rule.name = 'present' AND EXISTS (
            SELECT FROM fans_presence p
            WHERE p.project_id = %(project)s AND p.fan_id = m.fan_id AND p.begun_at <= e.at
              AND (p.ended_at IS NULL OR e.at < p.ended_at + make_interval(hours => rule.hours))
        ) THEN 'counted'
        WHEN rule.name = 'window' AND EXISTS (
            SELECT FROM fans_event t
            WHERE t.project_id = %(project)s AND t.fan_id = m.fan_id AND t.kind = 4 AND t.superseded_by IS NULL
              AND t.status = 0 AND NOT t.inbound AND t.at BETWEEN e.at - make_interval(hours => rule.hours) AND e.at
        ) THEN 'counted'
        ELSE 'natural'
    END,
    h.account_id, m.channel_id
FROM touched_order o
JOIN fans_event e
  ON e.project_id = %(project)s AND e.kind = 6 AND e.key = o.number AND e.superseded_by IS NULL AND e.status = 0
LEFT JOIN fans_member named
  ON named.project_id = %(project)s AND named.fan_id = e.fan_id AND named.known_at IS NOT NULL
LEFT JOIN LATERAL (
    SELECT k.fan_id
    FROM fans_event a
    JOIN fans_member k ON k.project_id = %(project)s AND k.fan_id = a.fan_id
    JOIN fans_fan f ON f.id = k.fan_id
    WHERE a.project_id = %(project)s AND a.kind = 1 AND a.superseded_by IS NULL AND a.status = 0
      AND a.phone_index = e.phone_index
    ORDER BY k.known_at, f.code
    LIMIT 1
) by_phone ON named.fan_id IS NULL AND e.phone_index IS NOT NULL
LEFT JOIN fans_member m ON m.project_id = %(project)s AND m.fan_id = coalesce(named.fan_id, by_phone.fan_id)
LEFT JOIN fans_holding h
  ON h.project_id = %(project)s AND h.fan_id = m.fan_id AND h.begun_at <= e.at AND (h.ended_at IS NULL OR e.at < h.ended_at)
LEFT JOIN unnest(%(platforms)s::text[], %(rules)s::text[], %(hours)s::int[]) ruled (platform, name, hours)
  ON ruled.platform = e.platform
CROSS JOIN LATERAL (
    SELECT coalesce(ruled.name, %(default_rule)s) AS name,
           CASE WHEN ruled.name IS NULL THEN %(default_hours)s::int ELSE ruled.hours END AS hours
) rule

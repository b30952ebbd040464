-- Derive anew the orders that merge %(seq)s may have changed: its own, those of changed fans or naming them, those with a
-- touched phone, and under a window rule those within %(window_hours)s hours after a touch of the merge. A row of new_order
-- is an order in force with its fan, state, account and channel. Days of orders that differ, and of their refunds, are
-- marked. Indexes: event_identity_once, event_of_phone, event_of_fan, member_once, holding_once, order_*.
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
) rule;

INSERT INTO changed_order
SELECT number FROM (
    TABLE new_order
    EXCEPT
    SELECT o.number, o.event_id, o.at, o.day, o.amount, o.named_fan_id, o.phone_index, o.platform, o.dual, o.proof, o.fan_id,
           o.state, o.account_id, o.channel_id
    FROM touched_order t JOIN fans_order o ON o.project_id = %(project)s AND o.number = t.number
) differs
UNION
SELECT o.number
FROM touched_order t JOIN fans_order o ON o.project_id = %(project)s AND o.number = t.number
WHERE NOT EXISTS (SELECT FROM new_order n WHERE n.number = o.number);
ANALYZE changed_order;

WITH gone AS (
    DELETE FROM fans_order o USING changed_order c
    WHERE o.project_id = %(project)s AND o.number = c.number
    RETURNING o.day
)
INSERT INTO touched_day SELECT DISTINCT day FROM gone;

INSERT INTO fans_order (
    project_id, number, event_id, at, day, amount, named_fan_id, phone_index, platform, dual, proof, fan_id, state,
    account_id, channel_id)
SELECT %(project)s, n.* FROM new_order n JOIN changed_order c USING (number);

INSERT INTO touched_day
SELECT n.day FROM new_order n JOIN changed_order c USING (number)
UNION
SELECT r.day FROM changed_order c JOIN fans_refund r ON r.project_id = %(project)s AND r.order_number = c.number

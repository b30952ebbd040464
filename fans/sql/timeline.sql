-- What happened to a fan, the newest first: at most %(count)s things before the place (%(at)s, %(rank)s, %(key)s), of the kinds
-- in %(kinds)s. A row is one thing; messages are one row a local day, at the last of them. `rank` puts in order what shares an
-- instant as the fold does: additions, decisions, holdings, the rest, losses. Of messages only those in the way
-- %(how)s, of orders those by the touch %(touch)s; '' asks for all. Indexes: event_of_fan, tie_of_fan, presence_once,
-- holding_once, order_of_fan, refund_of_order, fans_event's key.
WITH mine AS (
    SELECT e.* FROM fans_event e
    WHERE e.project_id = %(project)s AND e.fan_id = %(fan)s AND e.superseded_by IS NULL AND e.status = 0
),
bought AS (
    SELECT o.*, e.extra ->> 'touch' AS touch
    FROM fans_order o JOIN fans_event e ON e.id = o.event_id
    WHERE o.project_id = %(project)s AND o.fan_id = %(fan)s
),
course AS (
    SELECT e.at, 1 AS rank, e.key, 'added' AS kind, jsonb_build_object(
        'account', a.code, 'channel', c.code, 'tie', coalesce(e.tie, 1), 'group', e.group_code, 'opening', e.opening,
        'referrer', e.referrer, 'koc_post', e.koc_post,
        'present', EXISTS (SELECT FROM fans_presence p
                           WHERE p.project_id = %(project)s AND p.fan_id = %(fan)s AND p.begun_at = e.at)) AS facts
    FROM mine e
    LEFT JOIN projects_account a ON a.id = e.account_id
    LEFT JOIN projects_channel c ON c.id = e.channel_id
    WHERE e.kind = 1
  UNION ALL
    SELECT e.at, 2, e.key, 'decided', jsonb_build_object(
        'to', a.code, 'reason', e.extra ->> 'reason', 'source', e.source, 'void', e.id = ANY(%(void)s))
    FROM mine e LEFT JOIN projects_account a ON a.id = e.account_id
    WHERE e.kind = 2
  UNION ALL
    SELECT h.begun_at, 3, h.number::text, 'held', jsonb_build_object('account', a.code, 'until', h.ended_at)
    FROM fans_holding h JOIN projects_account a ON a.id = h.account_id
    WHERE h.project_id = %(project)s AND h.fan_id = %(fan)s
  UNION ALL
    SELECT max(e.at), 4, e.day::text, 'wrote', jsonb_build_object(
        'day', e.day, 'in', count(*) FILTER (WHERE e.inbound), 'out', count(*) FILTER (WHERE NOT e.inbound))
    FROM mine e WHERE e.kind = 4 AND %(how)s IN ('', e.extra ->> 'kind') GROUP BY e.day
  UNION ALL
    SELECT e.at, 5, e.key, 'rated', jsonb_build_object('score', e.score)
    FROM mine e WHERE e.kind = 5
  UNION ALL
    SELECT e.at, 5, e.key, 'posted', jsonb_build_object('platform', e.platform, 'post', e.key)
    FROM mine e WHERE e.kind = 9
  UNION ALL
    SELECT o.at, 6, o.number, 'paid', jsonb_build_object(
        'order', o.number, 'amount', o.amount::text, 'platform', o.platform, 'state', o.state, 'dual', o.dual, 'account', a.code,
        'touch', o.touch)
    FROM bought o LEFT JOIN projects_account a ON a.id = o.account_id
    WHERE %(touch)s IN ('', o.touch)
  UNION ALL
    SELECT r.at, 7, r.key, 'refunded', jsonb_build_object('order', r.order_number, 'amount', r.amount::text, 'stage', r.stage)
    FROM bought o
    JOIN fans_refund r ON r.project_id = o.project_id AND r.order_number = o.number AND r.state = 'applied'
    WHERE %(touch)s IN ('', o.touch)
  UNION ALL
    SELECT e.at, 8, e.key, 'lost', jsonb_build_object(
        'by', e.by, 'cause', e.cause,
        'closed', (SELECT coalesce(jsonb_agg(jsonb_build_object('tie', t.kind, 'account', ta.code, 'group', t.group_code)
                                             ORDER BY t.kind, ta.code, t.group_code), '[]'::jsonb)
                   FROM fans_tie t LEFT JOIN projects_account ta ON ta.id = t.account_id
                   WHERE t.project_id = %(project)s AND t.fan_id = %(fan)s AND t.closed_at = e.at),
        'gone', EXISTS (SELECT FROM fans_presence p
                        WHERE p.project_id = %(project)s AND p.fan_id = %(fan)s AND p.ended_at = e.at))
    FROM mine e
    WHERE e.kind = 3
)
SELECT at, rank, key, kind, facts
FROM course
WHERE kind = ANY(%(kinds)s)
  AND (%(at)s::timestamptz IS NULL OR (at, rank, key COLLATE "C") < (%(at)s, %(rank)s, %(key)s))
ORDER BY at DESC, rank DESC, key COLLATE "C" DESC
LIMIT %(count)s

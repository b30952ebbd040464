-- Stage the fans present at %(now)s that a plan is about into plan_candidate: those nobody holds (%(account)s null, every
-- false), those an account holds, or everybody held (%(every)s), each with her channel and value tier (net amount of her
-- counted orders of the last 365 days against the bounds %(tiers)s). `place` orders an account's fans by channel, tier and
-- code, so that any even pick of places is even over both. Fans whom WeCom has moved twice in 90 days stay where they are.
-- A row is a fan. Indexes: presence_once, holding_open_once, order_by_day, refund_by_day, event_of_fan.
CREATE TEMPORARY TABLE plan_candidate ON COMMIT DROP AS
WITH present AS (
    SELECT p.fan_id, p.channel_id, h.account_id
    FROM fans_presence p
    LEFT JOIN fans_holding h
      ON h.project_id = p.project_id AND h.fan_id = p.fan_id
     AND h.begun_at <= %(now)s AND (h.ended_at IS NULL OR h.ended_at > %(now)s)
    WHERE p.project_id = %(project)s AND p.begun_at <= %(now)s AND (p.ended_at IS NULL OR p.ended_at > %(now)s)
      AND CASE WHEN %(every)s THEN h.account_id IS NOT NULL ELSE h.account_id IS NOT DISTINCT FROM %(account)s::bigint END
),
spent AS (
    SELECT fan_id, sum(amount) AS amount
    FROM (
        SELECT o.fan_id, o.amount FROM fans_order o
        WHERE o.project_id = %(project)s AND o.state = 'counted' AND o.fan_id IS NOT NULL AND o.day >= %(year_ago)s
        UNION ALL
        SELECT o.fan_id, -r.amount FROM fans_refund r
        JOIN fans_order o ON o.project_id = r.project_id AND o.number = r.order_number
        WHERE r.project_id = %(project)s AND r.state = 'applied' AND r.day >= %(year_ago)s
          AND o.state = 'counted' AND o.fan_id IS NOT NULL
    ) money
    GROUP BY fan_id
),
transferred AS (
    SELECT e.fan_id
    FROM present c
    JOIN fans_event e
      ON e.project_id = %(project)s AND e.fan_id = c.fan_id AND e.kind = 3 AND e.superseded_by IS NULL AND e.status = 0
    WHERE c.account_id IS NOT NULL AND e.cause = 'transfer' AND e.at > %(now)s - interval '2160 hours' AND e.at <= %(now)s
    GROUP BY e.fan_id
    HAVING count(*) >= 2
)
SELECT c.fan_id, c.account_id, (t.fan_id IS NOT NULL) AS barred,
       row_number() OVER (
           PARTITION BY c.account_id, t.fan_id IS NOT NULL
           ORDER BY c.channel_id NULLS FIRST, width_bucket(coalesce(s.amount, 0), %(tiers)s::numeric[]), f.code
       ) AS place,
       c.channel_id, width_bucket(coalesce(s.amount, 0), %(tiers)s::numeric[]) AS tier, f.code
FROM present c
JOIN fans_fan f ON f.id = c.fan_id
LEFT JOIN spent s ON s.fan_id = c.fan_id
LEFT JOIN transferred t ON t.fan_id = c.fan_id;
ANALYZE plan_candidate;

SELECT account_id, count(*) FILTER (WHERE NOT barred), count(*) FILTER (WHERE barred) FROM plan_candidate GROUP BY account_id

-- The fans of P(next_day), by value tier: net amount of their counted orders of the 365 days before it (paid, less refunds,
-- each by its own day) against the bounds `tiers`. A row: a tier from 0; its fans, those first added from first_day on,
-- those with one and with two or more counted orders until then, those who are dormant (present since before
-- `quiet_since` and neither wrote nor bought since), and the tier's amount.
-- Indexes: presence_by_begin, order_by_day, refund_by_day, order_once, event_inbound_day, member_once.
WITH present AS (
    SELECT presence.fan_id, presence.begun_day
    FROM fans_presence AS presence
    WHERE
        presence.project_id = %(project)s AND presence.begun_day < %(next_day)s
        AND (presence.ended_day IS NULL OR presence.ended_day >= %(next_day)s)
),
spent AS (
    SELECT money.fan_id, sum(money.amount) AS amount
    FROM (
        SELECT paid.fan_id, paid.amount FROM fans_order AS paid
        WHERE
            paid.project_id = %(project)s AND paid.state = 'counted' AND paid.fan_id IS NOT NULL
            AND paid.day >= %(year_ago)s AND paid.day < %(next_day)s
        UNION ALL
        SELECT paid.fan_id, -refund.amount
        FROM fans_refund AS refund
        JOIN fans_order AS paid
            ON paid.project_id = %(project)s AND paid.number = refund.order_number
            AND paid.state = 'counted' AND paid.fan_id IS NOT NULL
        WHERE
            refund.project_id = %(project)s AND refund.state = 'applied'
            AND refund.day >= %(year_ago)s AND refund.day < %(next_day)s
    ) AS money
    GROUP BY money.fan_id
),
bought AS (
    SELECT paid.fan_id, count(*) AS orders, max(paid.day) AS newest
    FROM fans_order AS paid
    WHERE
        paid.project_id = %(project)s AND paid.state = 'counted' AND paid.fan_id IS NOT NULL
        AND paid.day < %(next_day)s
    GROUP BY paid.fan_id
),
wrote AS (
    SELECT DISTINCT event.fan_id
    FROM fans_event AS event
    WHERE
        event.project_id = %(project)s AND event.day >= %(quiet_since)s AND event.day < %(next_day)s
        AND event.superseded_by IS NULL AND event.status = 0 AND event.kind = 4 AND event.inbound
)
SELECT
    width_bucket(coalesce(spent.amount, 0), %(tiers)s::numeric[]) AS tier,
    count(*) AS fans,
    count(*) FILTER (WHERE member.first_added_day >= %(first_day)s) AS new,
    count(*) FILTER (WHERE bought.orders = 1) AS bought_once,
    count(*) FILTER (WHERE bought.orders >= 2) AS bought_again,
    count(*) FILTER (
        WHERE present.begun_day < %(quiet_since)s AND wrote.fan_id IS NULL
        AND (bought.newest IS NULL OR bought.newest < %(quiet_since)s)
    ) AS dormant,
    coalesce(sum(spent.amount), 0) AS amount
FROM present
JOIN fans_member AS member ON member.project_id = %(project)s AND member.fan_id = present.fan_id
LEFT JOIN spent ON spent.fan_id = present.fan_id
LEFT JOIN bought ON bought.fan_id = present.fan_id
LEFT JOIN wrote ON wrote.fan_id = present.fan_id
GROUP BY 1
ORDER BY 1

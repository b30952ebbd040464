-- Counted orders of some platforms, before refunds, and the refunds of such orders by their own day. A row: a period
-- and a platform on which either happened; refunds of all stages stand under `refunds_unknown`.
-- Indexes: order_by_day, refund_by_day, order_once.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
sold AS (
    SELECT
        period.first_day,
        paid.platform,
        count(*) AS orders,
        count(DISTINCT paid.fan_id) AS buyers,
        sum(paid.amount) AS gross
    FROM period
    JOIN fans_order AS paid
        ON paid.project_id = %(project)s AND paid.day >= period.first_day AND paid.day < period.next_day
        AND paid.state = 'counted' AND paid.platform = ANY(%(platforms)s::text[])
    GROUP BY period.first_day, paid.platform
),
refunded AS (
    SELECT period.first_day, paid.platform, sum(refund.amount) AS amount
    FROM period
    JOIN fans_refund AS refund
        ON refund.project_id = %(project)s AND refund.day >= period.first_day AND refund.day < period.next_day
        AND refund.state = 'applied'
    JOIN fans_order AS paid
        ON paid.project_id = %(project)s AND paid.number = refund.order_number AND paid.state = 'counted'
        AND paid.platform = ANY(%(platforms)s::text[])
    GROUP BY period.first_day, paid.platform
)
SELECT
    coalesce(sold.first_day, refunded.first_day) AS first_day,
    coalesce(sold.platform, refunded.platform) AS platform,
    coalesce(sold.orders, 0) AS orders,
    coalesce(sold.buyers, 0) AS buyers,
    coalesce(sold.gross, 0) AS gross,
    coalesce(refunded.amount, 0) AS refunds_unknown
FROM sold
FULL JOIN refunded ON refunded.first_day = sold.first_day AND refunded.platform = sold.platform

-- Refunds of counted orders by their own day. A row: a period and what the order is credited to: its account, that
-- account's keeper when the order was paid, its channel.
-- Indexes: refund_by_day, order_once.
WITH period AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(nexts)s::date[], %(befores)s::timestamptz[])
        AS p (first_day, next_day, before_at)
),
keeping AS (
    SELECT * FROM unnest(%(kept)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(guides)s::text[])
        AS k (account_id, since, until, guide)
)
SELECT
    period.first_day,
    paid.account_id,
    keeping.guide,
    paid.channel_id,
    coalesce(sum(refund.amount) FILTER (WHERE refund.stage = 'before_shipping'), 0) AS refunds_before_shipping,
    coalesce(sum(refund.amount) FILTER (WHERE refund.stage = 'after_receipt'), 0) AS refunds_after_receipt,
    coalesce(sum(refund.amount) FILTER (WHERE refund.stage = 'unknown'), 0) AS refunds_unknown
FROM period
JOIN fans_refund AS refund
    ON refund.project_id = %(project)s AND refund.day >= period.first_day AND refund.day < period.next_day
    AND refund.state = 'applied'
JOIN fans_order AS paid
    ON paid.project_id = %(project)s AND paid.number = refund.order_number AND paid.state = 'counted'
LEFT JOIN keeping
    ON keeping.account_id = paid.account_id AND keeping.since <= paid.at AND paid.at < keeping.until
GROUP BY period.first_day, paid.account_id, keeping.guide, paid.channel_id

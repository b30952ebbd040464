-- Orders by payment, before refunds. A row: a period, the account that held the buyer at the instant and its guide, a
-- channel; `orders`, `gross` and `dual` of counted orders, the other states' amounts beside them.
-- Index: order_by_day.
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
    count(*) FILTER (WHERE paid.state = 'counted') AS orders,
    coalesce(sum(paid.amount) FILTER (WHERE paid.state = 'counted'), 0) AS gross,
    coalesce(sum(paid.amount) FILTER (WHERE paid.state = 'counted' AND paid.dual), 0) AS dual,
    coalesce(sum(paid.amount) FILTER (WHERE paid.state = 'unbound'), 0) AS unbound,
    coalesce(sum(paid.amount) FILTER (WHERE paid.state = 'before_added'), 0) AS before_added,
    coalesce(sum(paid.amount) FILTER (WHERE paid.state = 'natural'), 0) AS "natural"
FROM period
JOIN fans_order AS paid
    ON paid.project_id = %(project)s AND paid.day >= period.first_day AND paid.day < period.next_day
LEFT JOIN keeping
    ON keeping.account_id = paid.account_id AND keeping.since <= paid.at AND paid.at < keeping.until
GROUP BY period.first_day, paid.account_id, keeping.guide, paid.channel_id

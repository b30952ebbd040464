-- Money of counted orders in a range, as the figure `gmv` counts it: orders by payment, refunds by their own day with what
-- their order was. A row: platform, touchpoint, whether another department counts it too, and the customer: `new` where
-- her first counted order lies in the range or behind it, `old` where it lies before, null where no fan is bound.
-- Indexes: order_by_day, refund_by_day, order_once, order_of_fan, the log's primary key.
WITH money AS (
    SELECT paid.event_id, paid.platform, paid.dual, paid.fan_id, 1 AS orders, paid.amount AS gross, 0::numeric AS refunds
    FROM fans_order AS paid
    WHERE
        paid.project_id = %(project)s AND paid.day >= %(first_day)s AND paid.day < %(next_day)s
        AND paid.state = 'counted'
    UNION ALL
    SELECT paid.event_id, paid.platform, paid.dual, paid.fan_id, 0, 0, refund.amount
    FROM fans_refund AS refund
    JOIN fans_order AS paid
        ON paid.project_id = %(project)s AND paid.number = refund.order_number AND paid.state = 'counted'
    WHERE
        refund.project_id = %(project)s AND refund.day >= %(first_day)s AND refund.day < %(next_day)s
        AND refund.state = 'applied'
),
customer AS (
    SELECT buyer.fan_id, CASE WHEN earliest.day < %(first_day)s THEN 'old' ELSE 'new' END AS customer
    FROM (SELECT DISTINCT fan_id FROM money WHERE fan_id IS NOT NULL) AS buyer
    CROSS JOIN LATERAL (
        SELECT paid.day FROM fans_order AS paid
        WHERE paid.project_id = %(project)s AND paid.fan_id = buyer.fan_id AND paid.state = 'counted'
        ORDER BY paid.at
        LIMIT 1
    ) AS earliest
)
SELECT
    money.platform,
    event.extra ->> 'touch' AS touch,
    money.dual,
    customer.customer,
    sum(money.orders) AS orders,
    sum(money.gross) AS gross,
    sum(money.refunds) AS refunds
FROM money
JOIN fans_event AS event ON event.id = money.event_id
LEFT JOIN customer ON customer.fan_id = money.fan_id
GROUP BY money.platform, event.extra ->> 'touch', money.dual, customer.customer

-- Days with refunds of counted orders that were paid on the given days: a refund is credited as its order is, so where
-- the credit of an order's day may have changed, its refunds' days follow. A row: a day.
-- Indexes: order_by_day, refund_of_order. OFFSET 0 as in flows.sql.
SELECT DISTINCT refund.day
FROM unnest(%(days)s::date[]) AS changed (day)
CROSS JOIN LATERAL (
    SELECT o.number FROM fans_order AS o
    WHERE o.project_id = %(project)s AND o.day = changed.day AND o.state = 'counted'
    OFFSET 0
) AS paid
CROSS JOIN LATERAL (
    SELECT r.day FROM fans_refund AS r
    WHERE r.project_id = %(project)s AND r.order_number = paid.number AND r.state = 'applied'
    OFFSET 0
) AS refund

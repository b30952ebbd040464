-- Days with refunds of counted orders that were paid on the given days: a refund is credited as its order is, so where
-- the credit of an order's day may have changed, its refunds' days follow. A row: a day.
-- Indexes: order_by_day, refund_of_order.
SELECT DISTINCT refund.day
FROM fans_order AS paid
JOIN fans_refund AS refund
    ON refund.project_id = %(project)s AND refund.order_number = paid.number AND refund.state = 'applied'
WHERE paid.project_id = %(project)s AND paid.day = ANY(%(days)s::date[]) AND paid.state = 'counted'

-- Refunds dated in a range of counted orders (of a platform, where named): one row with their sum in yuan.
-- Indexes: refund_by_day, order_once.
SELECT coalesce(sum(refund.amount), 0) AS refunds
FROM fans_refund AS refund
JOIN fans_order AS paid
    ON paid.project_id = %(project)s AND paid.number = refund.order_number AND paid.state = 'counted'
WHERE
    refund.project_id = %(project)s AND refund.day >= %(first_day)s AND refund.day < %(next_day)s
    AND refund.state = 'applied'
    AND (%(platform)s = '' OR paid.platform = %(platform)s)

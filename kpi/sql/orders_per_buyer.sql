-- How many fans are bound to how many counted orders paid in a range. A row: a number of orders.
-- Index: order_by_day.
SELECT buyer.orders, count(*) AS buyers
FROM (
    SELECT paid.fan_id, count(*) AS orders
    FROM fans_order AS paid
    WHERE
        paid.project_id = %(project)s AND paid.day >= %(first_day)s AND paid.day < %(next_day)s
        AND paid.state = 'counted' AND paid.fan_id IS NOT NULL
    GROUP BY paid.fan_id
) AS buyer
GROUP BY buyer.orders
ORDER BY buyer.orders

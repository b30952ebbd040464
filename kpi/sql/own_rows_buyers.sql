-- Buyers of one period, one by one. A row: a fan to whom counted orders paid in it are bound; `at`: her first of them;
-- ascending by fan_id from behind `after`. `platform`: where it is given, of orders of that platform.
-- Index: order_by_day.
SELECT paid.fan_id AS position, fan.code AS id, fan.code AS fan, min(paid.at) AS at
FROM fans_order AS paid
JOIN fans_fan AS fan ON fan.id = paid.fan_id
WHERE
    paid.project_id = %(project)s AND paid.day >= %(first_day)s AND paid.day < %(next_day)s
    AND paid.state = 'counted' AND paid.fan_id > %(after)s
    AND (paid.platform = %(platform)s OR %(platform)s IS NULL)
GROUP BY paid.fan_id, fan.code
ORDER BY paid.fan_id
LIMIT %(limit)s

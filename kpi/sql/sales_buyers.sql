-- Distinct fans bound to counted orders paid in a range, new where the first counted order of all lies in the range.
-- One row. Indexes: order_by_day, order_of_fan.
SELECT
    count(*) FILTER (WHERE earliest.day >= %(first_day)s) AS new,
    count(*) FILTER (WHERE earliest.day < %(first_day)s) AS old
FROM (
    SELECT DISTINCT paid.fan_id FROM fans_order AS paid
    WHERE
        paid.project_id = %(project)s AND paid.day >= %(first_day)s AND paid.day < %(next_day)s
        AND paid.state = 'counted' AND paid.fan_id IS NOT NULL
) AS buyer
CROSS JOIN LATERAL (
    SELECT paid.day FROM fans_order AS paid
    WHERE paid.project_id = %(project)s AND paid.fan_id = buyer.fan_id AND paid.state = 'counted'
    ORDER BY paid.at
    LIMIT 1
) AS earliest

-- Put the orders in new_order in the place of those that stood, where they differ (changed_order), and mark their days and
-- those of their refunds. Indexes: order_once, refund_of_order.
INSERT INTO changed_order
SELECT number FROM (
    TABLE new_order
    EXCEPT
    SELECT o.number, o.event_id, o.at, o.day, o.amount, o.named_fan_id, o.phone_index, o.platform, o.dual, o.proof, o.fan_id,
           o.state, o.account_id, o.channel_id
    FROM touched_order t JOIN fans_order o ON o.project_id = %(project)s AND o.number = t.number
) differs
UNION
SELECT o.number
FROM touched_order t JOIN fans_order o ON o.project_id = %(project)s AND o.number = t.number
WHERE NOT EXISTS (SELECT FROM new_order n WHERE n.number = o.number);
ANALYZE changed_order;

WITH gone AS (
    DELETE FROM fans_order o USING changed_order c
    WHERE o.project_id = %(project)s AND o.number = c.number
    RETURNING o.day
)
INSERT INTO touched_day SELECT DISTINCT day FROM gone;

INSERT INTO fans_order (
    project_id, number, event_id, at, day, amount, named_fan_id, phone_index, platform, dual, proof, fan_id, state,
    account_id, channel_id)
SELECT %(project)s, n.* FROM new_order n JOIN changed_order c USING (number);

INSERT INTO touched_day
SELECT n.day FROM new_order n JOIN changed_order c USING (number)
UNION
SELECT r.day FROM changed_order c JOIN fans_refund r ON r.project_id = %(project)s AND r.order_number = c.number

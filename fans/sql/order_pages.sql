-- What is paid and refunded for each order number staged in chunk_order. A row is an order's amount (refund columns null)
-- or a refund in force that names it (paid null). Indexes: order_once, refund_of_order.
ANALYZE chunk_order;

SELECT o.number, o.amount, NULL::text, NULL::numeric, NULL::text, NULL::bigint
FROM chunk_order c
JOIN fans_order o ON o.project_id = %(project)s AND o.number = c.number
UNION ALL
SELECT r.order_number, NULL, r.key, r.amount, r.state, r.event_id
FROM chunk_order c
JOIN fans_refund r ON r.project_id = %(project)s AND r.order_number = c.number

-- Versions up to merge %(seq)s, in the order of arrival, of the orders in replayed_order and of every refund that ever named
-- one of them: what their ledger took. A row: a version. Index: none for refunds by order; the log is read through.
SELECT event.id, event.kind, event.key, event.status, event.order_number, event.amount
FROM fans_event AS event
WHERE event.project_id = %(project)s AND event.seq <= %(seq)s
AND (
    event.kind = 6 AND event.key IN (SELECT number FROM replayed_order)
    OR event.kind = 7 AND event.key IN (
        SELECT named.key FROM fans_event AS named
        WHERE named.project_id = %(project)s AND named.kind = 7
        AND named.order_number IN (SELECT number FROM replayed_order)
    )
)
ORDER BY event.id

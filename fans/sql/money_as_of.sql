-- Refunds dated in first_day..next_day and the orders of that time, as they were: temporary views hide the tables until the
-- transaction ends. A refund whose order's ledger changed since has the state it was replayed to (chunk_refund).
-- Indexes: none for refunds and orders of the log by day, which is read through; the refund's primary key.
CREATE TEMPORARY TABLE refund_as_of ON COMMIT DROP AS
SELECT
    event.project_id, event.id AS event_id, event.key, event.order_number, event.at, event.day, event.amount, event.stage,
    coalesce(replayed.state, stands.state) AS state
FROM fans_event AS event
LEFT JOIN chunk_refund AS replayed ON replayed.event_id = event.id
LEFT JOIN fans_refund AS stands ON stands.event_id = event.id AND replayed.event_id IS NULL
WHERE
    event.project_id = %(project)s AND event.kind = 7 AND event.superseded_by IS NULL AND event.status = 0
    AND event.day >= %(first_day)s AND event.day < %(next_day)s;
CREATE TEMPORARY VIEW fans_refund AS SELECT * FROM refund_as_of;

INSERT INTO touched_order
SELECT event.key FROM fans_event AS event
WHERE
    event.project_id = %(project)s AND event.kind = 6 AND event.superseded_by IS NULL AND event.status = 0
    AND event.day >= %(first_day)s AND event.day < %(next_day)s
UNION
SELECT refund_as_of.order_number FROM refund_as_of;
ANALYZE touched_order

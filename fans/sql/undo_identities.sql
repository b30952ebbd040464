-- Number the identities that batch %(batch)s touched, an order and its refunds side by side, so that an undo goes through
-- them piece by piece. A row is an identity. Index: event_of_merge.
CREATE TEMPORARY TABLE undo_seq ON COMMIT DROP AS SELECT id AS seq FROM fans_merge WHERE batch_id = %(batch)s;
CREATE TEMPORARY TABLE undo_identity ON COMMIT DROP AS
SELECT kind, key, row_number() OVER (ORDER BY coalesce(order_number, key), kind, key) AS number
FROM (
    SELECT e.kind, e.key, max(e.order_number) AS order_number
    FROM undo_seq s JOIN fans_event e ON e.seq = s.seq
    GROUP BY e.kind, e.key
) touched;
CREATE INDEX ON undo_identity (number);
ANALYZE undo_identity

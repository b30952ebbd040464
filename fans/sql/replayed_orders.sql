-- Orders whose ledger may have changed since merge %(seq)s: it or a refund that names it came or was replaced, into
-- replayed_order. A row: their number. Indexes: event_of_merge, event_ended_by_merge.
CREATE TEMPORARY TABLE replayed_order (number varchar(128) COLLATE "C") ON COMMIT DROP;
INSERT INTO replayed_order
SELECT DISTINCT CASE WHEN kind = 6 THEN key ELSE order_number END
FROM fans_event
WHERE
    project_id = %(project)s AND kind IN (6, 7) AND (kind = 6 OR order_number IS NOT NULL)
    AND (seq > %(seq)s OR superseded_seq > %(seq)s);
CREATE UNIQUE INDEX ON replayed_order (number);
ANALYZE replayed_order;

SELECT number FROM replayed_order

-- Bring the refunds to the states the ledger came to (chunk_refund: every refund of an order that merge %(seq)s touched) and
-- mark the days of those that came, went or changed. Indexes: event_of_merge, event_ended_by_merge, primary keys.
ANALYZE chunk_refund;

WITH gone AS (
    DELETE FROM fans_refund r USING fans_event e
    WHERE e.superseded_seq = %(seq)s AND e.kind = 7 AND r.event_id = e.id
    RETURNING r.day
)
INSERT INTO touched_day SELECT day FROM gone;

WITH settled AS (
    INSERT INTO fans_refund AS r (event_id, project_id, key, order_number, at, day, amount, stage, state)
    SELECT e.id, e.project_id, e.key, e.order_number, e.at, e.day, e.amount, e.stage, c.state
    FROM chunk_refund c JOIN fans_event e ON e.id = c.event_id
    ON CONFLICT (event_id) DO UPDATE SET state = excluded.state WHERE r.state <> excluded.state
    RETURNING r.day
)
INSERT INTO touched_day SELECT day FROM settled

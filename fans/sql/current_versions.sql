-- The current version of each identity staged in chunk_identity, with what the ledger needs of its content.
-- A row is an event's newest version. Index: event_identity_once.
ANALYZE chunk_identity;

SELECT e.id, e.kind, e.key, e.status, e.hash, f.code, e.order_number, e.amount
FROM chunk_identity i
JOIN fans_event e
  ON e.project_id = %(project)s AND e.kind = i.kind AND e.key = i.key AND e.superseded_by IS NULL
LEFT JOIN fans_fan f ON f.id = e.fan_id

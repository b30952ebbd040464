-- The identities numbered %(first)s..%(last)s: the current version; the version in force before the batch came, if any; and
-- whether the current one is the batch's own. A row is an identity. Indexes: event_identity_once, event_ended_by_merge.
WITH before AS (
    SELECT e.* FROM undo_seq s JOIN fans_event e ON e.superseded_seq = s.seq
    WHERE e.project_id = %(project)s AND e.seq NOT IN (SELECT seq FROM undo_seq)
)
SELECT c.id, c.kind, c.key, c.status, c.hash, cf.code, c.order_number, c.amount,
       b.id, b.status, b.hash, bf.code, b.order_number, b.amount,
       c.seq IN (SELECT seq FROM undo_seq)
FROM undo_identity i
JOIN fans_event c ON c.project_id = %(project)s AND c.kind = i.kind AND c.key = i.key AND c.superseded_by IS NULL
LEFT JOIN before b ON b.kind = i.kind AND b.key = i.key
LEFT JOIN fans_fan cf ON cf.id = c.fan_id
LEFT JOIN fans_fan bf ON bf.id = b.fan_id
WHERE i.number BETWEEN %(first)s AND %(last)s
ORDER BY i.number

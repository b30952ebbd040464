-- The identities numbered %(first)s..%(last)s: the current version; the last version that is not the batch's, if it took the
-- place of one; and whether the current one is the batch's own. (Another body may have come between two of its chunks.) A row is an identity. Indexes: event_identity_once, event_ended_by_merge.
WITH before AS (
    SELECT DISTINCT ON (e.kind, e.key) e.* FROM undo_seq s JOIN fans_event e ON e.superseded_seq = s.seq
    WHERE e.project_id = %(project)s AND e.seq NOT IN (SELECT seq FROM undo_seq)
    ORDER BY e.kind, e.key, e.id DESC
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

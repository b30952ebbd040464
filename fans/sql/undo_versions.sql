-- The identities numbered %(first)s..%(last)s: the current version; the last version that is not the batch's, if it took the
-- place of one; and whether the current one is the batch's own. (Another body may have come between two of its chunks.) Its
-- own is also what the undo of a later batch gave back. A row is an identity. Indexes: event_identity_once,
-- event_ended_by_merge.
WITH RECURSIVE before AS (
    SELECT DISTINCT ON (e.kind, e.key) e.* FROM undo_seq s JOIN fans_event e ON e.superseded_seq = s.seq
    WHERE e.project_id = %(project)s AND e.seq NOT IN (SELECT seq FROM undo_seq)
    ORDER BY e.kind, e.key, e.id DESC
),
now AS (
    SELECT i.number, c.*
    FROM undo_identity i
    JOIN fans_event c ON c.project_id = %(project)s AND c.kind = i.kind AND c.key = i.key AND c.superseded_by IS NULL
    WHERE i.number BETWEEN %(first)s AND %(last)s
),
origin AS (  -- the merges that brought the content a current version has: its own, and those an undo went back to
    SELECT id, kind, key, seq FROM now
    UNION
    SELECT o.id, o.kind, o.key, e.seq
    FROM origin o
    JOIN fans_merge m ON m.id = o.seq
    JOIN fans_batch u ON u.id = m.batch_id AND u.undoes_id IS NOT NULL
    JOIN fans_merge undone ON undone.batch_id = u.undoes_id
    JOIN fans_event e
      ON e.superseded_seq = undone.id AND e.project_id = %(project)s AND e.kind = o.kind AND e.key = o.key
    WHERE NOT EXISTS (SELECT FROM fans_merge b WHERE b.id = e.seq AND b.batch_id = u.undoes_id)
)
SELECT c.id, c.kind, c.key, c.status, c.hash, cf.code, c.order_number, c.amount,
       b.id, b.status, b.hash, bf.code, b.order_number, b.amount,
       c.id IN (SELECT o.id FROM origin o JOIN undo_seq s USING (seq))
FROM now c
LEFT JOIN before b ON b.kind = c.kind AND b.key = c.key
LEFT JOIN fans_fan cf ON cf.id = c.fan_id
LEFT JOIN fans_fan bf ON bf.id = b.fan_id
ORDER BY c.number

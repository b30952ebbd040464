-- Close the versions staged in chunk_superseded: another version took their place in merge %(seq)s. Index: primary key.
ANALYZE chunk_superseded;

UPDATE fans_event e SET superseded_by = c.superseded_by, superseded_seq = %(seq)s
FROM chunk_superseded c WHERE e.id = c.id

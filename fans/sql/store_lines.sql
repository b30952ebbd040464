-- Append a chunk's runs of stored lines to those of its batch. A row is the batch. Index: primary key.
UPDATE fans_batch SET stored_lines = stored_lines || %(runs)s::int[] WHERE id = %(batch)s

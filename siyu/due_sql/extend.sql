-- The lease of a row that is still ours, extended; no row where another worker has it.
UPDATE siyu_duework SET leased_until = clock_timestamp() + %(lease)s
WHERE id = %(id)s AND leased_until = %(leased_until)s
RETURNING leased_until

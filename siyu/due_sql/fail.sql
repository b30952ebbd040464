-- Tried again after a while, or parked after the last attempt.
UPDATE siyu_duework
SET leased_until = NULL, last_error = %(error)s, due_at = least(due_at, clock_timestamp() + %(again)s),
    parked_at = CASE WHEN attempts >= %(most)s THEN clock_timestamp() END
WHERE id = %(id)s AND leased_until = %(leased_until)s

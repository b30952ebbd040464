-- Tried again after a while, twice as long each time, or parked after the last failure.
UPDATE siyu_duework
SET leased_until = NULL, last_error = %(error)s, failures = failures + 1, written_at = clock_timestamp(),
    due_at = least(due_at, clock_timestamp() + %(again)s * power(2, failures)),
    parked_at = CASE WHEN failures + 1 >= %(most)s THEN clock_timestamp() END
WHERE id = %(id)s AND leased_until = %(leased_until)s

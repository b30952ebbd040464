-- One row per brand, kind and subject (index due_work_once). Asked again, the earlier instant holds and a parked row is
-- taken up anew. While a row runs its due_at is the end of time (claim.sql), so `least` gives the instant asked for.
INSERT INTO siyu_duework AS due (schema, kind, subject, due_at, written_at, asked, attempts, failures, last_error)
VALUES (
    %(schema)s, %(kind)s, %(subject)s, coalesce(%(at)s, clock_timestamp()), clock_timestamp(), 1, 0, 0, ''
)
ON CONFLICT (schema, kind, subject) DO UPDATE SET
    asked = due.asked + 1,
    due_at = least(due.due_at, excluded.due_at),
    written_at = clock_timestamp(),
    attempts = CASE WHEN due.parked_at IS NULL THEN due.attempts ELSE 0 END,
    failures = CASE WHEN due.parked_at IS NULL THEN due.failures ELSE 0 END,
    parked_at = NULL

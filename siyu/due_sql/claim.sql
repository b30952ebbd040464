-- The oldest row that is due, or whose lease has ended; kinds that can wait (%(patient)s) only where nothing else is due.
-- Rows that an asking transaction holds are passed over.
-- due_at goes to the end of time, so that what is asked for while it runs can be told apart.
UPDATE siyu_duework
SET leased_until = clock_timestamp() + %(lease)s, attempts = attempts + 1, due_at = '9999-01-01 00:00:00+00'
WHERE id = (
    SELECT id FROM siyu_duework AS due
    WHERE parked_at IS NULL
      AND (leased_until IS NULL AND due_at <= clock_timestamp() OR leased_until <= clock_timestamp())
      AND kind = ANY(%(kinds)s) AND schema = ANY(%(schemas)s)
      AND (SELECT count(*) FROM siyu_duework AS running
           WHERE running.schema = due.schema AND running.leased_until > clock_timestamp()) < %(per_brand)s
    ORDER BY kind = ANY(%(patient)s), least(due_at, leased_until), id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, schema, kind, subject, asked, attempts, leased_until

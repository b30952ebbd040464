-- A row of due work as people look at it, the oldest first. The due_at of a row that runs is the end of time
-- (claim.sql): it is shown as now. A row whose lease has ended waits to be taken over.
SELECT kind, subject,
    CASE WHEN leased_until > clock_timestamp() THEN 'running'
         WHEN parked_at IS NOT NULL THEN 'parked'
         WHEN leased_until IS NOT NULL THEN 'queued'
         WHEN last_error <> '' THEN 'failed'
         WHEN due_at > clock_timestamp() THEN 'waiting'
         ELSE 'queued' END,
    CASE WHEN leased_until IS NULL THEN due_at ELSE clock_timestamp() END AS due_at,
    attempts, parked_at, last_error
FROM siyu_duework
WHERE schema = %(schema)s
ORDER BY 4, id

-- End the leases of workers that died: who works on a row holds an advisory lock with its connection (Claim.lock), and the
-- database takes that back at once. Rows with a running lease and no such lock are nobody's.
UPDATE siyu_duework AS due SET leased_until = clock_timestamp()
WHERE leased_until > clock_timestamp()
  AND NOT EXISTS (
      SELECT FROM pg_locks
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid::bigint = %(lock)s AND objsubid = 2 AND granted
        AND objid::bigint = (due.id * 16 + due.attempts %% 16) %% 2147483648
  )

-- Nobody asked while it ran: it is done. Otherwise it is due again, at the instant that was asked for.
DELETE FROM siyu_duework WHERE id = %(id)s AND leased_until = %(leased_until)s AND asked = %(asked)s;
UPDATE siyu_duework
SET leased_until = NULL, attempts = 0, failures = 0, last_error = '', written_at = clock_timestamp()
WHERE id = %(id)s AND leased_until = %(leased_until)s

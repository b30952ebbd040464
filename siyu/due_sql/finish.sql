-- Nobody asked while it ran: it is done. Otherwise it is due again, at the instant that was asked for.
DELETE FROM siyu_duework WHERE id = %(id)s AND leased_until = %(leased_until)s AND asked = %(asked)s;
UPDATE siyu_duework SET leased_until = NULL, attempts = 0, last_error = ''
WHERE id = %(id)s AND leased_until = %(leased_until)s

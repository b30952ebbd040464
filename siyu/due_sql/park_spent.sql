-- Rows whose worker died during the last attempt they had.
UPDATE siyu_duework
SET parked_at = clock_timestamp(), leased_until = NULL,
    last_error = 'its worker ended without a word, ' || attempts || ' times'
WHERE attempts >= %(most)s AND parked_at IS NULL AND leased_until <= clock_timestamp()

-- Rows whose worker died during the last attempt they had.
UPDATE siyu_duework
SET parked_at = clock_timestamp(), leased_until = NULL, written_at = clock_timestamp(),
    last_error = 'its worker ended without a word, ' || attempts - failures || ' times'
WHERE attempts - failures >= %(most)s AND parked_at IS NULL AND leased_until <= clock_timestamp()

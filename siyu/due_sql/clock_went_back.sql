-- Rows written later than now: the clock went back since, and the instants they name were reckoned from a wrong now.
UPDATE siyu_duework
SET due_at = least(due_at, clock_timestamp()), written_at = clock_timestamp(),
    parked_at = CASE WHEN parked_at IS NOT NULL THEN least(parked_at, clock_timestamp()) END
WHERE written_at > clock_timestamp() + interval '1 minute' AND leased_until IS NULL

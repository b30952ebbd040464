-- Now, and the instant since which work has been done without a pause; this is a sign of life. A first start was no
-- pause. The clock is read once: of two readings one might be before a jump and one after.
WITH now AS MATERIALIZED (SELECT clock_timestamp() AS at),
life AS (
    INSERT INTO siyu_uptime AS up (id, since, seen_at)
    SELECT 1, '1970-01-01 00:00:00+00', at FROM now
    ON CONFLICT (id) DO UPDATE SET
        since = CASE
            WHEN excluded.seen_at - up.seen_at > %(pause)s OR up.seen_at - excluded.seen_at > interval '1 minute'
            THEN excluded.seen_at
            ELSE up.since
        END,
        seen_at = excluded.seen_at
    WHERE up.seen_at < excluded.seen_at - interval '5 seconds' OR up.seen_at > excluded.seen_at + interval '1 minute'
    RETURNING since
)
SELECT at, coalesce((SELECT since FROM life), (SELECT since FROM siyu_uptime)) FROM now
